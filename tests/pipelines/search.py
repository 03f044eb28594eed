"""Searches for parameters, for real: by chance, on a grid, on ever more rows, for clusters, and for networks.

Called by tests/run with the program to test. For each: ruff, formatting and strict types find nothing; every value that
was tried is one that the model allows; scikit-learn's own cross-validation gives the same score to each trial; none is better
than the one that was taken, which trained the model; a second run gives the same bytes; the generated tests pass, in which
the hold-out rows are taken away from the search.

    python tests/pipelines/search.py target/release/mlopsgen [NAME…]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import shell
import yaml

FOREST: dict[str, Any] = {
    "iterations": 5,
    "metric": "f1_macro",
    "dimensions": [
        {"key": "n_estimators", "low": 5, "high": 40, "logScale": True},
        {"key": "max_features", "choices": ["sqrt", "0.5", "none"]},
        {"key": "criterion", "choices": ["gini", "entropy"]},
        {"key": "ccp_alpha", "low": 0.00001, "high": 0.01, "logScale": True},
    ],
}
BOOSTING: dict[str, Any] = {
    "strategy": "SUCCESSIVE_HALVING",
    "iterations": 8,
    "dimensions": [
        {"key": "max_iter", "low": 3, "high": 12},
        {"key": "learning_rate", "low": 0.05, "high": 0.5, "logScale": True},
    ],
}
CLUSTERS: dict[str, Any] = {
    "strategy": "GRID",
    "dimensions": [
        {"key": "n_clusters", "low": 2, "high": 6, "points": 3},
        {"key": "init", "choices": ["k-means++", "random"]},
    ],
}
NEIGHBOURS: dict[str, Any] = {
    "strategy": "GRID",
    "folds": 4,
    "metric": "rmse",
    "dimensions": [
        {"key": "n_neighbors", "low": 1, "high": 16, "logScale": True, "points": 4},
        {"key": "p", "low": 1, "high": 2.5, "type": "FLOAT", "points": 2},
    ],
}
LEARNING: dict[str, Any] = {
    "iterations": 4,
    "metric": "accuracy",
    "dimensions": [
        {"key": "learning_rate", "low": 0.002, "high": 0.05, "logScale": True},
        {"key": "epochs", "low": 5, "high": 25},
        {"key": "batch_size", "choices": ["16", "32"]},
    ],
}
VALUES: dict[str, Any] = {
    "strategy": "SUCCESSIVE_HALVING",
    "iterations": 4,
    "metric": "rmse",
    "dimensions": [{"key": "learning_rate", "low": 0.001, "high": 0.05, "logScale": True}],
}


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    """What makes a pipeline train a network, on the lightest of the libraries that Keras computes with."""
    return {
        "model": {"type": "NeuralNetwork", "layers": [{"type": "Dense", **layer} for layer in layers]},
        "requirements": [{"name": "jax", "specifier": "==0.12.0.1"}],
    }


IRIS, HEAT = "data/example-pipeline.csv", "data/heat-demand.csv"
MODELS: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "by-chance": (IRIS, {}, {"algorithm": "RandomForest", "search": FOREST}, {}),
    "grid": (HEAT, {"target": "demand"}, {"algorithm": "KNeighborsRegressor", "search": NEIGHBOURS}, {}),
    "halving": (IRIS, {}, {"algorithm": "HistGradientBoostingClassifier", "search": BOOSTING}, {}),
    "clusters": (IRIS, {}, {"algorithm": "KMeans", "search": CLUSTERS}, {}),
}
NETWORKS = {
    "network-of-classes": (
        IRIS,
        {},
        {"search": LEARNING},
        {"task": "CLASSIFICATION", **network({"units": 8, "activation": "relu"}, {"units": 3})},
    ),
    "network-of-values": (
        HEAT,
        {"target": "demand"},
        {"epochs": 8, "search": VALUES},
        {"task": "REGRESSION", **network({"units": 8, "activation": "relu"}, {"units": 1})},
    ),
}
# What scikit-learn says of each trial, with nothing of the search but the model and the folds.
SCORES = """
import json, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, "src")
from {package} import evaluate, model, scoring, store
from {package}.config import MetricConfig, load_config
from sklearn.model_selection import cross_val_score
config, output = load_config(Path("params.yaml")), Path("artifacts")
wanted, columns = config.model.search, store.prepared_columns(output, config)
rows = store.read_split(output / store.TRAIN, columns)
folds = evaluate.folds(replace(config.evaluation.cross_validation, folds=wanted.folds), config.seed)
metrics = (MetricConfig(wanted.metric, "MAXIMIZE", True),)
scorer = scoring.scorers(replace(config.evaluation, metrics=metrics))[wanted.metric]
for trial in json.loads((output / store.SEARCH).read_text("utf-8"))["trials"]:
    if trial["rows"] == len(rows.inputs):
        built = model.build_model(columns, {{**config.model.parameters, **trial["parameters"]}}, config.seed)
        scores = cross_val_score(built, rows.inputs, rows.target, cv=folds, scoring=scorer, error_score="raise")
        print("score", scoring.reported(wanted.metric, scores.mean()), trial["score"])
"""


def allowed(dimension: dict[str, Any], value: object) -> bool:
    """Whether a model allows a value."""
    if "choices" in dimension:
        return str(value).lower() in dimension["choices"]
    whole = float(dimension["low"]).is_integer() and float(dimension["high"]).is_integer()
    if not isinstance(value, int if whole and dimension.get("type") != "FLOAT" else float):
        return False
    return bool(dimension["low"] <= value <= dimension["high"])


def findings(search: dict[str, Any], found: dict[str, Any], scores: list[tuple[float, float]]) -> list[str]:
    """What is wrong with what a search has left."""
    wrong = []
    dimensions = {dimension["key"]: dimension for dimension in search["dimensions"]}
    for trial in found["trials"]:
        if trial["parameters"].keys() != dimensions.keys():
            wrong.append(f"{trial['parameters']} are not all that is searched for")
        wrong += [f"{k} is {v}" for k, v in trial["parameters"].items() if not allowed(dimensions[k], v)]
    rows = max(trial["rows"] for trial in found["trials"])
    last = [trial["score"] for trial in found["trials"] if trial["rows"] == rows]
    if found["best"]["score"] != (min(last) if search.get("metric") == "rmse" else max(last)):
        wrong.append("another trial was better")
    wrong += [f"{theirs}, not {ours}" for theirs, ours in scores if abs(theirs - ours) > 1e-9]
    return wrong


def planted(search: dict[str, Any], found: dict[str, Any]) -> None:
    """The findings above are seen: a value out of bounds, another best, another score."""
    text = json.dumps(found)
    trial = found["trials"][0]
    worst = (max if search.get("metric") == "rmse" else min)(found["trials"], key=lambda t: float(t["score"]))
    other = {**trial, "parameters": {**trial["parameters"], search["dimensions"][0]["key"]: 1e6}}
    mistakes = [{**json.loads(text), "trials": [other, *found["trials"]]}, {**json.loads(text), "best": worst}]
    assert all(findings(search, mistake, []) for mistake in mistakes)
    assert findings(search, found, [(0.5, 0.6)])


def check(project: Path, search: dict[str, Any], cache: Path) -> str:
    """All of one project."""
    shell.lint(project, cache)
    for stage in ("preprocess", "train", "evaluate"):
        shell.run(sys.executable, project / f"{stage}.py", cwd=project)
    artifacts = project / "artifacts"
    first = shell.digests(artifacts)
    for stage in ("train", "evaluate"):
        shell.run(sys.executable, project / f"{stage}.py", cwd=project)
    assert shell.digests(artifacts) == first, f"{project.name}: a second run gives other bytes"
    found = json.loads((artifacts / "model" / "search.json").read_text("utf-8"))
    said = shell.run(sys.executable, "-c", SCORES.format(package=project.name.replace("-", "_")), cwd=project)
    lines = [line.split() for line in said.splitlines() if line.startswith("score ")]
    scores = [(float(theirs), float(ours)) for _, theirs, ours in lines]
    assert found["strategy"] == "SUCCESSIVE_HALVING" or len(scores) == len(found["trials"])
    wrong = findings(search, found, scores)
    assert not wrong, wrong
    planted(search, found)
    report = json.loads((artifacts / "metrics.json").read_text("utf-8"))
    assert found["best"]["parameters"].items() <= report["parameters"].items()
    said = shell.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", cwd=project)
    passed = said.strip().splitlines()[-1]
    assert "skipped" not in passed, said
    best = found["best"]
    return f"best of {len(found['trials'])} by {found['metric']} {best['score']:.3f}: {best['parameters']}; {passed}"


def main() -> None:
    """Search in all ways without a network, or in those that are named."""
    program, wanted, known = Path(sys.argv[1]).resolve(), sys.argv[2:] or list(MODELS), {**MODELS, **NETWORKS}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shell.run(program, "demo", "demo", cwd=home)
        for name in wanted:
            source, facts, training, more = known[name]
            data = {"inputPath": source, "outputPath": "artifacts", **facts}
            model = {"type": "Pipeline", "name": name, "dataProcessing": data, "training": training, **more}
            (home / "demo" / "models" / f"{name}.yaml").write_text(yaml.safe_dump(model, sort_keys=False), "utf-8")
        shell.run(program, "generate", cwd=home / "demo")
        for name in wanted:
            said = check(home / "demo" / "generated" / name, known[name][2]["search"], home / "mypy")
            print(f"{name}: {said}", flush=True)
    print(f"{len(wanted)} passed, 0 failed")


if __name__ == "__main__":
    main()
