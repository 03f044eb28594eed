"""Whether mlopsgen refuses the values of hyperparameters that scikit-learn refuses, and no others.

Called by tests/run with the program to test. Each algorithm of the table in `extract.py` that templates train is a model
of one workspace; each of some values is given to all parameters of all of them at once, and what `mlopsgen check` says is
compared with what the library says of its own constructor. One difference is meant: Python takes `true` for the number
1, mlopsgen does not.

    python tests/registry/agree.py target/release/mlopsgen
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import extract

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ["-1", "0", "1", "2", "300", "-0.5", "0.0", "0.5", "1.0", "1.5", "1e-3"]
VALUES = [*NUMBERS, "true", "none", "auto", "balanced", "sqrt", "k-means++", "[1, 2]"]
TRAINED = [f for f in extract.ALGORITHMS if f.task in ("CLASSIFICATION", "REGRESSION")]


def literal(text: str, words: bool = False) -> Any:
    """The value that generated code makes of a text, for a parameter that may take nothing but words."""
    if words and text != "none":
        return text
    if text in ("true", "none"):
        return {"true": True, "none": None}[text]
    if text.startswith("["):
        return [literal(item.strip()) for item in text[1:-1].split(",")]
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text) else text


def constructor(facts: extract.Facts) -> type:
    """The class."""
    module, name = facts.path.rsplit(".", 1)
    found: type = getattr(importlib.import_module(module), name)
    return found


def model(facts: extract.Facts, value: str) -> str:
    """A pipeline that gives all parameters one value; JSON is YAML."""
    cls = constructor(facts)
    parameters = [{"key": p["name"], "value": value} for p in extract.parameters(cls)]
    training = {"algorithm": cls.__name__, "parameters": parameters}
    return json.dumps({"type": "Pipeline", "name": "p", "task": facts.task, "training": training})


def refused(program: str, folder: Path, value: str) -> set[tuple[str, str]]:
    """The parameters for which the program does not take a value."""
    for facts in TRAINED:
        name = constructor(facts).__name__
        (folder / "models" / f"{name}.yaml").write_text(model(facts, value), encoding="utf-8")
    command = [program, "-C", str(folder), "check", "--format", "short"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert "(parameter-value)" in said or done.returncode == 0, said
    return set(re.findall(r"models/(\w+)\.yaml\S* error\[constraint\]: `(\w+)` of", said))


def takes(cls: type, parameter: dict[str, Any], value: str) -> bool:
    """Whether the library takes a value."""
    kinds = {domain["type"] for domain in parameter.get("takes", [])}
    words = bool(kinds) and kinds <= {"Choice", "AnyText"}
    try:
        cls(**{parameter["name"]: literal(value, words)})._validate_params()
    except (TypeError, ValueError):
        return False
    return True


def main() -> int:
    """Compare all values."""
    program = str(Path(sys.argv[1]).resolve())
    compared, differing, refusals = 0, [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "models").mkdir()
        configuration = (ROOT / "workspace-example" / "mlopsgen.yaml").read_text(encoding="utf-8")
        (folder / "mlopsgen.yaml").write_text(configuration, encoding="utf-8")
        for value in VALUES:
            no = refused(program, folder, value)
            refusals += len(no)
            for facts in TRAINED:
                cls = constructor(facts)
                for one in extract.parameters(cls):
                    compared += 1
                    ours = (cls.__name__, one["name"]) not in no
                    theirs = takes(cls, one, value)
                    if ours != theirs and not (value == "true" and theirs):
                        differing.append(f"{cls.__name__}.{one['name']} = {value}: the library says {theirs}")
    print("\n".join(differing) or f"mlopsgen and scikit-learn agree on {compared} values, {refusals} of them refused")
    return int(bool(differing) or refusals == 0)


if __name__ == "__main__":
    sys.exit(main())
