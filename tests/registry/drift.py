"""Compares the algorithm registry, metamodel/registry/*.yaml, with the libraries that are installed.

What `extract.py` says of scikit-learn has to stand in the registry, word for word. XGBoost and LightGBM publish names
and defaults alone, so these are compared. Prints what differs, and which libraries are missing; exits with 1 where
something differs, and where a planted difference is not found.

    python tests/registry/drift.py
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "metamodel" / "registry"


class Texts(yaml.SafeLoader):
    """Reads every scalar as the text that is written, as mlopsgen does for the features that are texts."""


Texts.yaml_implicit_resolvers = {}


def plain(value: Any) -> Any:
    """A value with every scalar as text, to be compared with what was read."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def read() -> dict[str, dict[str, Any]]:
    """The algorithms of the registry, by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        made = yaml.load(path.read_text(encoding="utf-8"), Loader=Texts)
        if isinstance(made, dict):
            found[made["name"]] = made
    return found


def difference(known: Any, real: Any, at: str) -> list[str]:
    """What is not the same, with its place."""
    if isinstance(known, dict) and isinstance(real, dict):
        keys = [*known, *(key for key in real if key not in known)]
        return [d for k in keys for d in difference(known.get(k), real.get(k), f"{at}.{k}")]
    if isinstance(known, list) and isinstance(real, list) and len(known) == len(real):
        return [d for i, (k, r) in enumerate(zip(known, real)) for d in difference(k, r, f"{at}[{i}]")]
    return [] if known == real else [f"{at}: the registry says {known}, the library {real}"]


def of_scikit_learn(known: dict[str, dict[str, Any]]) -> list[str]:
    """Where the registry and scikit-learn differ."""
    sys.path.insert(0, str(Path(__file__).parent))
    import extract

    found = []
    for facts in extract.ALGORITHMS:
        real = plain(extract.algorithm(facts))
        found.extend(difference(known.get(real["name"]), real, real["name"]))
    scores = yaml.load((FOLDER / "scores.yaml").read_text(encoding="utf-8"), Loader=Texts)
    found.extend(difference(scores, plain(extract.scores()), "scores"))
    return found


def of_constructor(name: str, known: dict[str, Any], passed_on: set[str]) -> list[str]:
    """Where names and defaults of an algorithm differ from those that its class tells."""
    module, cls = known["importPath"].rsplit(".", 1)
    library = importlib.import_module(module)
    real = getattr(library, cls)().get_params()
    told = {p["name"]: p.get("default") for p in known["parameters"]}
    found = difference(known["version"], library.__version__, f"{name}.version")
    found += [f"{name}: the registry has no {n}" for n in real if n not in told]
    found += [f"{name}: the library has no {n}" for n in told if n not in real and n not in passed_on]
    for parameter, value in real.items():
        unsayable = isinstance(value, float) and math.isnan(value)
        default = None if unsayable else plain("none" if value is None else value)
        if parameter in told:
            found.extend(difference(told[parameter], default, f"{name}.{parameter}"))
    return found


def of_lightgbm(known: dict[str, dict[str, Any]]) -> list[str]:
    """Where the registry and LightGBM differ; it takes the parameters of the library beneath as well."""
    from lightgbm.basic import _ConfigAliases

    passed_on = {n for names in _ConfigAliases._get_all_param_aliases().values() for n in names}
    passed_on |= set(_ConfigAliases._get_all_param_aliases())
    names = ["LGBMClassifier", "LGBMRegressor"]
    return [d for n in names for d in of_constructor(n, known[n], passed_on)]


def of_xgboost(known: dict[str, dict[str, Any]]) -> list[str]:
    """Where the registry and XGBoost differ."""
    names = ["XGBClassifier", "XGBRegressor"]
    return [d for n in names for d in of_constructor(n, known[n], set())]


LIBRARIES = {"sklearn": of_scikit_learn, "xgboost": of_xgboost, "lightgbm": of_lightgbm}


def planted(known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The registry with one mistake in each algorithm."""
    wrong = {}
    for name, one in known.items():
        first, *rest = one["parameters"]
        wrong[name] = {**one, "parameters": [{**first, "name": first["name"] + "s"}, *rest]}
    return wrong


def main() -> int:
    """Compare with each library that is there."""
    known = read()
    failed = False
    for library, compare in LIBRARIES.items():
        if importlib.util.find_spec(library) is None:
            print(f"skipped registry of {library}: it is not installed")
            continue
        found = compare(known)
        if not compare(planted(known)):
            found.append(f"{library}: a planted mistake is not found")
        print("\n".join(found) or f"{library} {importlib.import_module(library).__version__} is what the registry says")
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
