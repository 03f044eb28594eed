"""Runs every pipeline of the example workspace for real, and checks what it leaves behind.

Called by tests/run with the program to test. Each pipeline: ruff, formatting and strict types find nothing; the scripts
preprocess, train and evaluate; metrics.json has scores between the bounds of each metric; a second run gives the same
bytes; broken data, broken parameters and a missed gate end with their own exit codes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*command: object, cwd: Path, expect: int = 0) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "2",
    }
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != expect:
        print(done.stdout, done.stderr, sep="\n")
        sys.exit(f"{' '.join(words)}: exit {done.returncode}, expected {expect}")
    return done.stdout + done.stderr


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def check_metrics(pipeline: Path) -> str:
    report = json.loads((pipeline / "artifacts" / "metrics.json").read_text("utf-8"))
    numbers = report["holdout"]
    assert numbers, f"{pipeline.name}: no scores"
    for name in numbers:
        folds = report["cross_validation"][name]["folds"]
        assert len(folds) >= 2, f"{pipeline.name}: {name} has {len(folds)} folds"
        if name in {"accuracy", "roc_auc"} or name.startswith(("f1", "precision", "recall")):
            assert all(0.0 <= value <= 1.0 for value in [*folds, numbers[name]]), name
    assert report["passed"] is True, report["broken_gates"]
    return ", ".join(f"{name} {value:.3f}" for name, value in numbers.items())


def check_pipeline(pipeline: Path) -> None:
    run(BIN / "ruff", "check", "--no-cache", ".", cwd=pipeline)
    run(BIN / "ruff", "format", "--no-cache", "--check", ".", cwd=pipeline)
    run(BIN / "mypy", "--cache-dir", pipeline.parent.parent / "mypy", "src", cwd=pipeline)
    for stage in ("preprocess", "train", "evaluate"):
        run(sys.executable, pipeline / f"{stage}.py", cwd=Path("/"))
    scores = check_metrics(pipeline)
    artifacts = pipeline / "artifacts"
    first = digests(artifacts)
    shutil.rmtree(artifacts)
    # As the original's document says: training alone prepares its data itself.
    run(sys.executable, pipeline / "train.py", cwd=Path("/"))
    run(sys.executable, pipeline / "evaluate.py", cwd=Path("/"))
    assert digests(artifacts) == first, f"{pipeline.name}: a second run gives other bytes"
    print(f"{pipeline.name}: {len(first)} files, twice the same; {scores}")


def check_refusals(pipeline: Path) -> None:
    params = pipeline / "params.yaml"
    text = params.read_text("utf-8")
    params.write_text(text + "unknown: 1\n", "utf-8")
    run(sys.executable, pipeline / "preprocess.py", cwd=Path("/"), expect=2)
    params.write_text(text.replace("n_estimators: ", "n_estimators: -"), "utf-8")
    run(sys.executable, pipeline / "train.py", cwd=Path("/"), expect=2)
    params.write_text(text, "utf-8")
    empty = pipeline / "empty.csv"
    empty.write_text("a,b\n", "utf-8")
    run(sys.executable, pipeline / "preprocess.py", "--input", empty, cwd=Path("/"), expect=3)


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run(program, "demo", "demo", cwd=home)
        pipelines = sorted(path for path in (home / "demo" / "generated").iterdir() if path.is_dir())
        assert len(pipelines) == 2, pipelines
        for pipeline in pipelines:
            check_pipeline(pipeline)
            check_refusals(pipeline)
    print(f"{len(pipelines)} passed, 0 failed")


if __name__ == "__main__":
    main()
