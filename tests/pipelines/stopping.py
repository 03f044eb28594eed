"""Whether the stages and the server end when they are told to, as the first process of a container does not by itself.

Called by tests/run with the program to test. Each is told to stop while it still loads its libraries, in a namespace of
processes of its own, and ends at once with the exit code of that signal. Without what the package does for it, it is
seen to go on.

    python tests/pipelines/stopping.py target/release/mlopsgen
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import shell

PIPELINE = "credit-risk"
STAGES = ("preprocess", "train", "evaluate", "serve")
# Long for a process that ends, and short for one that serves.
PATIENCE = 15
ALONE = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")


def loading(parent: int) -> int:
    """The process that another one has started, once it has begun to load a library."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        if children and "numpy" in Path(f"/proc/{children[0]}/maps").read_text("utf-8"):
            return int(children[0])
        time.sleep(0.005)
    sys.exit("nothing is loaded")


def code(project: Path, stage: str) -> int | None:
    """The exit code of a stage that is told to stop; none of one that goes on."""
    package = project.name.replace("-", "_")
    own = {"PYTHONPATH": str(project / "src"), "PIPELINE_OUTPUT": "nowhere", "PORT": "0"}
    command = [*ALONE, sys.executable, "-m", f"{package}.{stage}"]
    environment = {**shell.environment(project), **own}
    with subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.DEVNULL) as process:
        os.kill(loading(process.pid), signal.SIGTERM)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


def main() -> None:
    """All of them, then without what is done for them."""
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shell.run(program, "init", "--from", PIPELINE, cwd=home)
        shell.run(program, "generate", cwd=home)
        project = home / "generated" / PIPELINE
        ends = {stage: code(project, stage) for stage in STAGES}
        assert set(ends.values()) == {128 + signal.SIGTERM}, ends
        package = project / "src" / PIPELINE.replace("-", "_") / "__init__.py"
        text = package.read_text("utf-8")
        assert "os.getpid() == 1" in text
        package.write_text(text.replace("os.getpid() == 1", "os.getpid() == 0"), "utf-8")
        on = {stage: code(project, stage) for stage in ("train", "serve")}
        assert on["serve"] is None and on["train"] != ends["train"], on
    print(f"{PIPELINE}: {', '.join(STAGES)} end when they are told to, and without their handler they do not")


if __name__ == "__main__":
    main()
