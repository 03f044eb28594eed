"""Running programs and comparing what they leave behind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)


def environment(home: Path) -> dict[str, str]:
    """Nothing of this machine but its programs."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def run(*command: object, cwd: Path, expect: int = 0) -> str:
    """What a program says; the end of the test where it exits otherwise than expected."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment(cwd), capture_output=True, text=True, check=False)
    if done.returncode != expect:
        print(done.stdout, done.stderr, sep="\n")
        sys.exit(f"{cwd}: {' '.join(words)}: exit {done.returncode}, expected {expect}")
    return done.stdout + done.stderr


def tool(name: str, python: Path = PYTHON) -> Path:
    """A program that is installed beside Python."""
    return python.parent / name


def lint(project: Path, cache: Path, python: Path = PYTHON) -> None:
    """Lints, formatting and strict types find nothing."""
    run(tool("ruff"), "check", "--no-cache", ".", cwd=project)
    run(tool("ruff"), "format", "--no-cache", "--check", ".", cwd=project)
    parts = [part for part in ("src", "tests") if (project / part).is_dir()]
    # Modules of two projects have the same names: a cache for each.
    run(tool("mypy", python), "--cache-dir", cache / project.name, *parts, cwd=project)


def digests(folder: Path) -> dict[str, str]:
    """The digest of each file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
