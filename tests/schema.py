"""Checks the models of the example workspace against the JSON Schema of its metamodel, with a validator of others.

Called by tests/run with the program to test. The schema itself is valid; every YAML model of the example, the model that
`init` makes and the same models as lists of roots are valid; each planted mistake is found, and where it is. So are
the models of tests/interchange, as the program writes them in YAML and JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from jsonschema import Draft7Validator

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "workspace-example"

# What is wrong: the text of the example, what stands there instead, and the place that the validator names.
MISTAKES = [
    ("a misspelt feature", "algorithm: RandomForest", "algoritm: RandomForest", "training"),
    ("a wrong literal", "role: TARGET", "role: TARGT", "dataProcessing/features/0/role"),
    ("text for a number", "min: 1, max: 120", "min: one, max: 120", "dataProcessing/features/5/min"),
    ("a list for a number", "scalability: 2", "scalability: [2, 3]", "deployment/scalability"),
    ("a number beyond its type", "scalability: 2", "scalability: 2147483648", "deployment/scalability"),
    ("text for a truth value", "nullable: true #", "nullable: perhaps #", "dataProcessing/features/9/nullable"),
    ("a mapping for a list", "steps:\n", "steps:\n    type: Encode\n  x:\n", "dataProcessing/steps"),
    ("a missing reference", "{metric: roc_auc, threshold: 0.7}", "{threshold: 0.7}", "evaluation/gates/0"),
    ("a missing name", "{name: accuracy}", "{primary: false}", "evaluation/metrics/1"),
    ("a class that is not there", "type: Encode", "type: Encod", "dataProcessing/steps/0/type"),
    ("a class of another kind", "type: Encode", "type: Training", "dataProcessing/steps/0/type"),
    ("no class", "type: Encode, ", "", "dataProcessing/steps/0"),
    ("a feature of another class", "method: ONE_HOT", "factor: 1.5", "dataProcessing/steps/0"),
    ("a root of no class", "type: Pipeline", "type: Pipelin", "type"),
]


class Core(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `no` is a text, and so is a date."""

    yaml_implicit_resolvers: dict = {}


for tag, pattern, first in [
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+0123456789.")),
]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def run(*words: object, cwd: Path) -> str:
    done = subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def load(text: str) -> object:
    return yaml.load(text, Core)  # noqa: S506, it makes plain data only


def findings(validator: Draft7Validator, text: str) -> list[tuple[str, str]]:
    """Where each finding is, and what it says."""
    errors = validator.iter_errors(load(text))
    return [("/".join(str(step) for step in error.absolute_path), error.message) for error in errors]


def interchange(program: Path) -> int:
    """Checks every XMI model that the program converts, and returns how many there are."""
    count = 0
    for folder in sorted((ROOT / "tests" / "interchange").iterdir()):
        metamodels = [w for path in sorted(folder.glob("*.ecore")) if ".saved." not in path.name for w in ("--metamodel", path.name)]
        names = [path.name for path in sorted(folder.glob("*.xmi")) if not path.stem.endswith((".saved", ".unfollowed"))]
        if not names or not metamodels:
            continue
        schema = subprocess.run([program, "schema", *metamodels], cwd=folder, capture_output=True, text=True, check=False)
        if schema.returncode != 0:
            continue
        validator = Draft7Validator(json.loads(schema.stdout))
        Draft7Validator.check_schema(validator.schema)
        for name in names:
            # Such a file brings classes that the schema does not know.
            far = b"schemaLocation" in (folder / name).read_bytes()
            words = [program, "check", name, *metamodels]
            if far or subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode != 0:
                continue
            for syntax in ("yaml", "json"):
                words = [program, "convert", name, *metamodels, "--to", syntax]
                done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    continue
                found = list(validator.iter_errors(load(done.stdout) if syntax == "yaml" else json.loads(done.stdout)))
                assert found == [], f"{folder.name}/{name} as {syntax}: {found[0].message}"
                count += 1
    return count


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    text = run(program, "schema", cwd=EXAMPLE)
    assert text == run(program, "schema", cwd=EXAMPLE), "the schema varies"
    schema = json.loads(text)
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run(program, "init", "churn", cwd=home)
        made = (home / "models" / "churn.yaml").read_text("utf-8")
        written = json.loads((home / ".mlopsgen" / "schema.json").read_text("utf-8"))
    assert written == schema, "init writes another schema"
    models = [made] + [path.read_text("utf-8") for path in sorted((EXAMPLE / "models").glob("*.yaml"))]
    assert len(models) >= 2, models
    for model in models:
        assert findings(validator, model) == [], findings(validator, model)
        roots = json.dumps([load(model)] * 2)
        assert findings(validator, roots) == [], findings(validator, roots)
    example = (EXAMPLE / "models" / "credit-risk.yaml").read_text("utf-8")
    for name, old, new, place in MISTAKES:
        assert old in example, old
        found = findings(validator, example.replace(old, new, 1))
        assert place in [where for where, _ in found], f"{name}: {found}"
        print(f"found {name}: {found[0][1][:100]}")
    written = interchange(program)
    assert written > 200, written
    print(f"{len(models) + len(MISTAKES) + written} passed, 0 failed")


if __name__ == "__main__":
    main()
