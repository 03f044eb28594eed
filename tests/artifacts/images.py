"""Builds the images of a pipeline and runs them as a cluster does: no root, no capabilities, nothing to write to.

Called by tests/run with the program to test and a folder that is kept. The stages run in the image for training, then
the other one serves what they left: it answers over HTTP, its own check of health passes, and when it is told to stop
it takes nobody new, answers whom it has begun with, and ends well, even if one of them never finishes. What still loads
its libraries when it is told to stop ends at once. Each check is seen to fail on a planted mistake.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from check import workspace
from containers import BASE, RESTRICTED, Failure, Store, free_port

PIPELINE = "credit-risk"
DATA = f"data/{PIPELINE}.csv"
PACKAGES, TRAIN, SERVE, PLANTED = (f"localhost/{name}" for name in ("packages", "train", "serve", "planted"))
# Not the address that a server listens on which nobody else can reach.
HOST = "127.0.0.2"
# What a cluster waits before it kills: `terminationGracePeriodSeconds`, less the sleep before the signal.
PATIENCE = 25

Answer = tuple[int, Any]


class Server:
    """A container that serves the volume with the model, from its start to its end."""

    def __init__(self, store: Store, image: str) -> None:
        self.store = store
        self.port = free_port()
        self.name = f"serve-{self.port}"
        how = ["--detach", f"--name={self.name}", f"--env=PORT={self.port}", "--volume=output:/data/output:ro"]
        store.do("run", *RESTRICTED, *how, image)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.do("rm", "--force", self.name)

    def state(self) -> dict[str, Any]:
        """What the container does, or how it has ended."""
        return self.store.inspect("container", self.name)["State"]

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        line = http.client.HTTPConnection(HOST, self.port, timeout=30)
        with contextlib.closing(line):
            line.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            answer = line.getresponse()
            said = answer.read().decode()
            return answer.status, json.loads(said) if answer.status == 200 else said

    def is_ready(self) -> bool:
        """Waits for it, as long as it runs."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.state()["Running"]:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/readyz")[0] == 200:
                    return True
            time.sleep(0.2)
        return False

    def refuses(self) -> bool:
        """Whether nobody can connect any more, soon."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                socket.create_connection((HOST, self.port), timeout=5).close()
            except ConnectionRefusedError:
                return True
            time.sleep(0.05)
        return False


def instances(server: Server, source: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows as the server wants them, and what is known to be right."""
    kinds: dict[str, Callable[[str], Any]] = {"INTEGER": int, "FLOAT": float, "BOOLEAN": bool, "CATEGORY": str}
    columns = server.ask("GET", "/metadata")[1]["columns"]
    with source.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))[:200]
    rows = [{c["name"]: kinds[c["kind"]](row[c["name"]]) if row[c["name"]] else None for c in columns} for row in table]
    return rows, [row["outcome"] for row in table]


def confined(server: Server) -> Iterator[str]:
    """What the kernel says of the process."""
    text = Path(f"/proc/{server.state()['Pid']}/status").read_text("utf-8")
    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    wanted = {"Uid": "10001\t10001\t10001\t10001", "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}
    yield from (f"{key} is {status[key]}" for key, value in wanted.items() if status[key] != value)


def predicts(server: Server, source: Path) -> Iterator[str]:
    rows, known = instances(server, source)
    status, answer = server.ask("POST", "/predict", {"instances": rows})
    if status != 200:
        yield f"predictions: {status} {answer}"
        return
    found = answer["predictions"]
    right = sum(one["label"] == label for one, label in zip(found, known, strict=True))
    # The model has seen most of them.
    if right < 0.8 * len(known):
        yield f"{right} of {len(known)} labels are right"
    if any(abs(sum(one["probabilities"].values()) - 1) > 1e-9 for one in found):
        yield "probabilities do not add up"
    status, answer = server.ask("POST", "/predict", {"instances": [{**rows[0], "amount": "much"}]})
    if status != 422:
        yield f"a broken row: {status} {answer}"


@contextlib.contextmanager
def begun(server: Server, body: bytes) -> Iterator[socket.socket]:
    """A request whose head the server has read, and waits for the rest."""
    head = [f"POST /predict HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json"]
    head.append(f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
    with socket.create_connection((HOST, server.port), timeout=30) as line:
        line.sendall("\r\n".join(head).encode())
        said = line.recv(1000)
        assert said.startswith(b"HTTP/1.1 100"), said
        yield line


def stopping(server: Server) -> threading.Thread:
    """Stops the container with the signal that its image names, and kills it when patience ends."""
    words = [*server.store.podman, "stop", f"--time={PATIENCE}", server.name]
    thread = threading.Thread(target=subprocess.run, args=(words,), kwargs={"capture_output": True})
    thread.start()
    return thread


def drains(server: Server, source: Path) -> Iterator[str]:
    body = json.dumps({"instances": instances(server, source)[0]}).encode()
    with begun(server, body) as line:
        stop = stopping(server)
        if not server.refuses():
            yield "somebody new can connect while it stops"
        answer = b""
        # Slow, but well within its time.
        time.sleep(2)
        with contextlib.suppress(OSError):
            line.sendall(body)
            while more := line.recv(1 << 16):
                answer += more
    if not answer.startswith(b"HTTP/1.1 200") or answer.count(b'"label"') != 200:
        yield f"who was there is not answered: {answer[:200]!r}"
    stop.join()
    yield from ended(server)


def does_not_wait_forever(server: Server, _: Path) -> Iterator[str]:
    with begun(server, b"{}"):
        stopping(server).join()
    yield from ended(server)


def ended(server: Server) -> Iterator[str]:
    if code := server.state()["ExitCode"]:
        yield f"it ends with {code}"


def serves(store: Store, image: str, home: Path) -> Iterator[str]:
    """All that a server does, in two lives of it."""
    for last in (drains, does_not_wait_forever):
        with Server(store, image) as server:
            if not server.is_ready():
                yield f"it does not get ready: {store.do('logs', server.name)[-2000:]}"
                return
            yield from confined(server)
            yield from predicts(server, home / DATA)
            try:
                store.do("healthcheck", "run", server.name)
            except Failure as failure:
                yield f"it is not healthy: {failure}"
            yield from last(server, home / DATA)


def loads(store: Store, image: str, _: Path) -> Iterator[str]:
    """Whether what an image does by itself ends when it is told to before it has begun."""
    with Server(store, image) as server:
        process = server.state()["Pid"]
        with contextlib.suppress(OSError):
            while "numpy" not in Path(f"/proc/{process}/maps").read_text("utf-8"):
                time.sleep(0.005)
            os.kill(process, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while (state := server.state())["Running"] and time.monotonic() < end:
            time.sleep(0.2)
        if state["Running"] or state["ExitCode"] != 128 + signal.SIGTERM:
            yield f"it does not end while it loads: {state['Status']}, {state['ExitCode']}"


def holds(store: Store, image: str, home: Path) -> Iterator[str]:
    """What is in an image: who runs it is a number, nothing is in it but code, and that belongs to somebody else."""
    user = store.inspect("image", image)["Config"].get("User", "")
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user):
        yield f"its user is `{user}`"
        return
    project = home / "generated" / PIPELINE
    wanted = {"params.yaml", *(str(path.relative_to(project)) for path in project.glob("src/**/*.py"))}
    found = set(store.run(image, "find", "/app", "-type", "f", "-printf", "%P\n", options=[]).split())
    yield from (f"{path} is in it" for path in sorted(found - wanted))
    yield from (f"{path} is not in it" for path in sorted(wanted - found))
    # Root sees all of it.
    own = store.run(image, "find", "/", "-xdev", "-user", user.split(":")[0], options=["--user=0:0"])
    yield from (f"{path} belongs to who runs it" for path in own.split() if path != "/data/output")


Check = Callable[[Store, str, Path], Iterator[str]]
CODE = f"/app/src/{PIPELINE.replace('-', '_')}"


def edit(right: str, wrong: str, module: str = "serve") -> str:
    """A step that changes the server, or another module."""
    return f"USER root\nRUN sed -i 's,{right},{wrong},' {CODE}/{module}.py\nUSER 10001:10001"


# A check, a mistake that it has to find, as more steps of the Dockerfile, and what it says.
MISTAKES: list[tuple[Check, str, str]] = [
    (holds, "USER root", "its user is"),
    (holds, "USER app", "its user is"),
    (holds, "COPY --chown=10001 src ./src", "belongs to who runs it"),
    (holds, "COPY requirements.txt ./", "is in it"),
    (serves, "ENV HOST=127.0.0.1", "does not get ready"),
    (serves, "STOPSIGNAL SIGKILL", "is not answered"),
    (serves, 'HEALTHCHECK CMD ["python", "-c", "import credit"]', "is not healthy"),
    (serves, edit("    current.count(", '    Path("/app/seen").touch()\\n&'), "predictions: 500"),
    (serves, edit("graceful_shutdown=20", "graceful_shutdown=0"), "is not answered"),
    (serves, edit("graceful_shutdown=20", "graceful_shutdown=40"), "ends with 137"),
    (loads, edit("getpid() == 1", "getpid() == 0", "__init__"), "does not end while it loads"),
]


def planted(store: Store, home: Path, check: Check, mistake: str, word: str) -> None:
    """Sees a check find a mistake in an image that is made from the right one."""
    project = home / "generated" / PIPELINE
    wrong = project / "Dockerfile.wrong"
    wrong.write_text(f"FROM {SERVE} AS wrong\n{mistake}\n", "utf-8")
    store.build(wrong, PLANTED, "wrong")
    assert any(word in one for one in check(store, PLANTED, home)), f"{check.__name__} does not see: {mistake}"


def train(store: Store, home: Path) -> None:
    """The stages, as a job runs them; what they leave is in a volume."""
    options = ["--volume=output:/data/output", f"--volume={home / DATA}:/data/input/a.csv:ro"]
    package = PIPELINE.replace("-", "_")
    for stage in ("preprocess", "train", "evaluate"):
        # The one that learns is what the image does by itself.
        words = [] if stage == "train" else ["python", "-m", f"{package}.{stage}"]
        store.run(TRAIN, *words, options=options)


def main() -> None:
    program, store = Path(sys.argv[1]).resolve(), Store(Path(sys.argv[2]).resolve())
    store.base()
    try:
        store.run(BASE, "true", options=[])
    except Failure as failure:
        print(f"skipped images: no container can be started here: {failure}")
        return
    store.clean()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        workspace(program, home)
        project = home / "generated" / PIPELINE
        # The packages have a name so that they are kept for the next time.
        for target, image in (("packages", PACKAGES), ("train", TRAIN), ("serve", SERVE)):
            store.build(project / "Dockerfile", image, target)
        train(store, home)
        found = [*holds(store, TRAIN, home), *holds(store, SERVE, home), *serves(store, SERVE, home)]
        found += [*loads(store, TRAIN, home), *loads(store, SERVE, home)]
        print(f"images of {PIPELINE}: {len(found)} findings", *found, sep="\n  ")
        for mistake in MISTAKES:
            planted(store, home, *mistake)
        print(f"  and {len(MISTAKES)} planted mistakes are found")
    store.clean()
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
