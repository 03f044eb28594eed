"""Runs pipelines of the example workspace for real, and checks what they leave behind.

Called by tests/run with the program to test and the names of pipelines. For each: ruff, formatting and strict types find
nothing; the scripts preprocess, train and evaluate; metrics.json has scores between the bounds of each metric; a second
run gives the same bytes; the tests that were generated with it pass, in which a server answers over HTTP, and broken
data, broken settings, missed gates and damaged models are refused.

    python tests/pipelines/examples.py target/release/mlopsgen credit-risk heat-demand
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import shell


def scores(pipeline: Path) -> str:
    """The scores of the hold-out rows, after a look at all of them."""
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


def check(pipeline: Path, cache: Path) -> None:
    """All of one pipeline."""
    shell.lint(pipeline, cache)
    for stage in ("preprocess", "train", "evaluate"):
        shell.run(sys.executable, pipeline / f"{stage}.py", cwd=Path("/"))
    found = scores(pipeline)
    artifacts = pipeline / "artifacts"
    first = shell.digests(artifacts)
    shutil.rmtree(artifacts)
    # As the original's document says: training alone prepares its data itself.
    shell.run(sys.executable, pipeline / "train.py", cwd=Path("/"))
    shell.run(sys.executable, pipeline / "evaluate.py", cwd=Path("/"))
    assert shell.digests(artifacts) == first, f"{pipeline.name}: a second run gives other bytes"
    said = shell.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", cwd=pipeline)
    passed = said.strip().splitlines()[-1]
    assert "skipped" not in passed, said
    print(f"{pipeline.name}: {len(first)} files, twice the same; {found}; its tests: {passed}", flush=True)


def main() -> None:
    """Check those that are named, or all."""
    program, names = Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shell.run(program, "demo", "demo", cwd=home)
        generated = home / "demo" / "generated"
        for name in names:
            check(generated / name, home / "mypy")
    print(f"{len(names)} passed, 0 failed")


if __name__ == "__main__":
    main()
