"""PyEcore, asked line by line in the words of EmfBench.java: pyecore_bench.py METAMODEL FILE."""
import gc
import os
import sys
import time

from pyecore.resources import URI, ResourceSet


class Bench:
    def __init__(self, metamodel, file):
        self.package = ResourceSet().get_resource(URI(metamodel)).contents[0]
        self.file = file
        self.loaded = None

    def load(self):
        self.loaded = None
        resources = ResourceSet()
        resources.metamodel_registry[self.package.nsURI] = self.package
        self.loaded = resources.get_resource(URI(self.file))

    def model(self):
        if self.loaded is None:
            self.load()
        return self.loaded

    def save(self, path=os.devnull):
        self.model().save(output=URI(path))

    def live(self):
        self.loaded = None
        gc.collect()
        before = status("VmRSS:")
        self.load()
        gc.collect()
        after = status("VmRSS:")
        objects = sum(1 + sum(1 for _ in root.eAllContents()) for root in self.loaded.contents)
        return f"{objects} {after - before}"

    def answer(self, word, argument):
        if word == "load":
            return repeat(float(argument), self.load)
        if word == "save":
            return repeat(float(argument), self.save)
        if word == "write":
            self.save(argument)
            return os.path.getsize(argument)
        if word == "live":
            return self.live()
        if word == "peak":
            return status("VmHWM:")
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


def status(key):
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))


def main():
    sys.setrecursionlimit(10_000)
    bench = Bench(*sys.argv[1:3])
    for line in sys.stdin:
        word, _, argument = line.strip().partition(" ")
        if word == "quit":
            break
        print(bench.answer(word, argument), flush=True)


main()
