"""The peers of `mlopsgen watch`: inotifywait, Jinja2 and git's command line. jinja_watch.py FOLDER [MODEL]

Renders the artifacts of the pipeline that was saved, and commits them with it. Two ways: modules and templates are loaded
once, and git is told which files changed (`begin`); or all that runs is started by the change, as under `entr`, and git looks
at all files (`cold`). `prove` looks whether each commit has what its models render. With MODEL the artifacts of that one are
rendered, and no more.
"""
import json
import os
import resource
import subprocess
import sys
import threading

from jinja2 import Environment, FileSystemLoader, StrictUndefined


class Watch:
    def __init__(self, folder):
        os.chdir(folder)
        environment = Environment(
            loader=FileSystemLoader("templates"), trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
        )
        names = sorted(name for name in os.listdir("templates") if name.endswith(".jinja"))
        self.events = None
        self.templates = [(name.removesuffix(".jinja"), environment.get_template(name)) for name in names]

    def render(self, path):
        with open(path, encoding="utf-8") as text:
            pipeline = json.load(text)["pipelines"][0]
        folder = os.path.join("out", pipeline["package"])
        os.makedirs(folder, exist_ok=True)
        for name, template in self.templates:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(template.render(p=pipeline))
        return folder

    def render_all(self):
        for name in sorted(os.listdir("models")):
            self.render(os.path.join("models", name))

    def all(self):
        self.render_all()
        git("add", "-A")
        git("commit", "-q", "-m", "first version")

    def begin(self):
        self.follow_with(self.warm)

    def cold(self):
        self.follow_with(self.afresh)

    def follow_with(self, take_up):
        command = ["inotifywait", "-m", "-e", "close_write", "--format", "%w%f", "models"]
        self.events = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while "Watches established" not in self.events.stderr.readline():
            pass
        threading.Thread(target=self.follow, args=[take_up], daemon=True).start()

    def follow(self, take_up):
        for line in self.events.stdout:
            take_up(line.strip())

    def prove(self):
        listed = subprocess.run(["git", "rev-list", "--reverse", "HEAD"], check=True, capture_output=True, text=True)
        for commit in listed.stdout.split():
            git("checkout", "-q", commit)
            self.render_all()
            git("diff", "--quiet")
        git("checkout", "-q", "main")

    def warm(self, path):
        git("add", path, self.render(path))
        git("commit", "-q", "-m", f"{path} changed")

    def afresh(self, path):
        subprocess.run([sys.executable, __file__, os.getcwd(), path], check=True)
        git("add", "-A")
        git("commit", "-q", "-m", f"{path} changed")

    def peak(self):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        with open(f"/proc/{self.events.pid}/status", encoding="utf-8") as status:
            other = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
        return own + other


def git(*arguments):
    subprocess.run(["git", *arguments], check=True)


def main():
    watch = Watch(sys.argv[1])
    if len(sys.argv) > 2:
        watch.render(sys.argv[2])
        return
    for line in sys.stdin:
        word, *arguments = line.split()
        if word == "quit":
            if watch.events:
                watch.events.kill()
            break
        try:
            answer = getattr(watch, word)(*arguments)
            print(answer or 0, flush=True)
        except Exception as error:
            print(f"error {error}", flush=True)


main()
