"""Trains every algorithm of the registry: a small model for each, generated, checked, and run twice.

Called by tests/run with the program to test. For each: ruff, formatting and strict types find nothing; preprocess, train
and evaluate end well in two processes and leave equal bytes; the scores beat the baseline. What needs a
library that is not installed is skipped.

    python tests/pipelines/sweep.py target/release/mlopsgen [NAME…]
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import shell
import yaml

REGISTRY = shell.ROOT / "metamodel" / "registry"
# Small, and enough for the data below.
SMALL = {
    "n_estimators": "15",
    "n_clusters": "3",
    "eps": "0.9",
    "hidden_layer_sizes": "[8, 4]",
    "learning_rate_init": "0.02",
    "max_iter": "400",
}
STAGES = """
import sys
sys.path.insert(0, "src")
from {package} import evaluate, preprocess, train
for stage in (preprocess, train, evaluate):
    code = stage.main(["--output", "{output}"])
    if code:
        sys.exit(code)
"""


def rows() -> Iterator[str]:
    """Three groups of points, some of them far off; a second number is missing now and then."""
    chance = random.Random(7)
    yield "x,y,count,colour,kind,amount,odd\n"
    for n in range(240):
        group, odd = n % 3, n % 20 == 0
        x = group * 3 + chance.gauss(0, 0.5) + (9 if odd else 0)
        y = group * -2 + chance.gauss(0, 0.5) - (9 if odd else 0)
        count = 10 * group + chance.randrange(4)
        colour = ("red", "green", "blue")[group if chance.random() < 0.9 else chance.randrange(3)]
        amount = 4 * x - y + count + chance.gauss(0, 0.4)
        shown = "" if chance.random() < 0.03 else f"{y:.3f}"
        yield f"{x:.3f},{shown},{count},{colour},{'abc'[group]},{amount:.3f},{'yes' if odd else 'no'}\n"


def features(target: str | None) -> list[dict[str, Any]]:
    """The columns, one of them the target."""
    kinds = {"kind": "CATEGORY", "amount": "FLOAT", "odd": "BOOLEAN"}
    labels = [
        {"name": name, "type": kind, "role": "TARGET" if name == target else "IGNORED"}
        for name, kind in kinds.items()
    ]
    inputs: list[dict[str, Any]] = [
        {"name": "x"},
        {"name": "y", "nullable": True},
        {"name": "count", "type": "INTEGER"},
        {"name": "colour", "type": "CATEGORY"},
    ]
    return inputs + labels


def model(name: str, algorithm: dict[str, Any], target: str | None) -> dict[str, Any]:
    """A pipeline that trains an algorithm."""
    known = {parameter["name"] for parameter in algorithm["parameters"]}
    small = [{"key": key, "value": value} for key, value in SMALL.items() if key in known]
    data = {"inputPath": "data.csv", "outputPath": "artifacts", "features": features(target)}
    return {
        "type": "Pipeline",
        "name": name,
        "task": algorithm["task"],
        "dataProcessing": data,
        "training": {"algorithm": algorithm["name"], "parameters": small},
    }


def models() -> Iterator[tuple[str, dict[str, Any]]]:
    """One for each algorithm; two where labels may be there or not."""
    targets = {
        "CLASSIFICATION": ["kind"],
        "REGRESSION": ["amount"],
        "CLUSTERING": [None],
        "ANOMALY_DETECTION": [None, "odd"],
    }
    for file in sorted(REGISTRY.glob("*.yaml")):
        algorithm = yaml.safe_load(file.read_text(encoding="utf-8"))
        if isinstance(algorithm, dict) and algorithm["type"] == "Algorithm":
            for target in targets[algorithm["task"]]:
                name = f"{file.stem}-labelled" if target == "odd" else file.stem
                yield name, model(name, algorithm, target)


def check(project: Path, cache: Path) -> str:
    """Run all of one project; its scores."""
    shell.lint(project, cache)
    package = project.name.replace("-", "_")
    for output in ("one", "two"):
        shell.run(sys.executable, "-c", STAGES.format(package=package, output=output), cwd=project)
    first, second = (shell.digests(project / output) for output in ("one", "two"))
    assert first == second, f"{project.name}: a second run gives other bytes"
    report = json.loads((project / "one" / "metrics.json").read_text("utf-8"))
    assert report["passed"] is True, report["broken_gates"]
    return ", ".join(f"{name} {value:.3f}" for name, value in report["holdout"].items())


def missing(project: Path) -> str | None:
    """A library that the project asks for and this environment lacks: not every Python has all of them."""
    for line in (project / "requirements.txt").read_text("utf-8").splitlines():
        if name := re.match(r"[\w.-]+", line):
            try:
                metadata.version(name[0])
            except metadata.PackageNotFoundError:
                return name[0]
    return None


def main() -> None:
    """Train all of them, or those that are named."""
    program, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").mkdir()
        configuration = shell.ROOT / "workspace-example" / "mlopsgen.yaml"
        (home / "mlopsgen.yaml").write_text(configuration.read_text("utf-8"), "utf-8")
        for name, content in models():
            if not wanted or name in wanted:
                (home / "models" / f"{name}.yaml").write_text(json.dumps(content), "utf-8")
        shell.run(program, "generate", cwd=home)
        projects = sorted((home / "generated").iterdir())
        failed = skipped = 0
        for project in projects:
            if lacking := missing(project):
                skipped += 1
                print(f"{project.name}: skipped, {lacking} is not installed", flush=True)
                continue
            (project / "data.csv").write_text("".join(rows()), "utf-8")
            try:
                said = check(project, home / "mypy")
            except (AssertionError, SystemExit) as failure:
                failed, said = failed + 1, f"FAILED: {failure}"
            print(f"{project.name}: {said}", flush=True)
    print(f"{len(projects) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
