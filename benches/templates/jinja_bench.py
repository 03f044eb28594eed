"""Jinja2, asked line by line in the words of `ours.rs`: jinja_bench.py FOLDER-OF-TEMPLATES MODEL.json."""
import itertools
import json
import os
import sys
import time

from jinja2 import Environment, FileSystemLoader, StrictUndefined


class Bench:
    def __init__(self, folder, model):
        environment = Environment(
            loader=FileSystemLoader(folder), trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
        )
        names = sorted(name for name in os.listdir(folder) if name.endswith(".jinja"))
        self.templates = [(name.removesuffix(".jinja"), environment.get_template(name)) for name in names]
        with open(model, encoding="utf-8") as text:
            self.pipelines = json.load(text)

    def each(self):
        for name, template in self.templates:
            for pipeline in self.pipelines:
                yield f"{pipeline['package']}/{name}", template.render(p=pipeline)

    def run(self):
        return sum(len(text) for _, text in self.each())

    def files(self, folder):
        for path, text in self.each():
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)

    def answer(self, word, argument):
        if word == "run":
            return repeat(float(argument), self.run)
        if word == "files":
            folder, seconds = argument.rsplit(" ", 1)
            numbers = itertools.count(1)
            return repeat(float(seconds), lambda: self.files(os.path.join(folder, str(next(numbers)))))
        if word == "write":
            self.files(argument)
            return "0"
        if word == "size":
            return self.run()
        return f"unknown {word}"


def repeat(seconds, work):
    times = 0
    cpu, begin = time.process_time_ns(), time.perf_counter_ns()
    end = begin
    while times == 0 or end - begin < seconds * 1e9:
        work()
        times += 1
        end = time.perf_counter_ns()
    return f"{times} {(time.process_time_ns() - cpu) // times} {(end - begin) // times}"


def main():
    bench = Bench(*sys.argv[1:])
    for line in sys.stdin:
        word, _, argument = line.strip().partition(" ")
        if word == "quit":
            break
        try:
            print(bench.answer(word, argument), flush=True)
        except Exception as error:
            print(f"error {error}", flush=True)


main()
