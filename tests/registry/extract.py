"""Writes what the algorithm registry says of scikit-learn: metamodel/registry/*.yaml.

Names, defaults and ranges of parameters are those by which the library checks them itself; what the library does not
tell stands in the table below. The files of XGBoost and LightGBM are written by hand: these publish names and defaults
alone. `drift.py` beside this file compares the registry with the libraries that are installed.

    python tests/registry/extract.py
"""

from __future__ import annotations

import importlib
import inspect
import math
import numbers
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import sklearn
import sklearn.metrics
import sklearn.utils
from sklearn.utils import _param_validation as rules

FOLDER = Path(__file__).resolve().parents[2] / "metamodel" / "registry"
LINE = 120

CLASSIFICATION = ["accuracy", "f1_macro", "precision_macro", "recall_macro"]
REGRESSION = ["rmse", "mae", "r2"]
CLUSTERING = ["silhouette"]
# What judges scores of rows, also those of anomalies where they are known.
RANKINGS = {"average_precision", "roc_auc"}
METRICS = {"CLASSIFICATION": CLASSIFICATION, "REGRESSION": REGRESSION, "CLUSTERING": CLUSTERING}


class Facts(NamedTuple):
    """What a person has to say of an algorithm."""

    path: str
    task: str
    aliases: tuple[str, ...] = ()
    scaled: bool = False


ALGORITHMS = [
    Facts("sklearn.linear_model.LogisticRegression", "CLASSIFICATION", ("LogisticClassification", "Logit"), True),
    Facts("sklearn.linear_model.RidgeClassifier", "CLASSIFICATION", (), True),
    Facts("sklearn.linear_model.SGDClassifier", "CLASSIFICATION", ("SGD", "StochasticGradientDescent"), True),
    Facts("sklearn.svm.LinearSVC", "CLASSIFICATION", ("LinearSVM",), True),
    Facts("sklearn.svm.SVC", "CLASSIFICATION", ("SVM", "SupportVectorMachine", "SupportVectorClassifier"), True),
    Facts("sklearn.neighbors.KNeighborsClassifier", "CLASSIFICATION", ("KNN", "KNeighbors", "KNearestNeighbors"), True),
    Facts("sklearn.naive_bayes.GaussianNB", "CLASSIFICATION", ("NaiveBayes", "GaussianNaiveBayes")),
    Facts("sklearn.tree.DecisionTreeClassifier", "CLASSIFICATION", ("DecisionTree",)),
    Facts("sklearn.ensemble.RandomForestClassifier", "CLASSIFICATION", ("RandomForest",)),
    Facts("sklearn.ensemble.ExtraTreesClassifier", "CLASSIFICATION", ("ExtraTrees",)),
    Facts("sklearn.ensemble.GradientBoostingClassifier", "CLASSIFICATION", ("GradientBoosting",)),
    Facts("sklearn.ensemble.HistGradientBoostingClassifier", "CLASSIFICATION", ("HistGradientBoosting",)),
    Facts("sklearn.ensemble.AdaBoostClassifier", "CLASSIFICATION", ("AdaBoost",)),
    Facts("sklearn.neural_network.MLPClassifier", "CLASSIFICATION", ("MLP", "MultilayerPerceptron"), True),
    # Its predictions are the same whatever the scales of the columns.
    Facts("sklearn.linear_model.LinearRegression", "REGRESSION", ("Linear", "LeastSquares")),
    Facts("sklearn.linear_model.Ridge", "REGRESSION", ("RidgeRegression",), True),
    Facts("sklearn.linear_model.Lasso", "REGRESSION", ("LassoRegression",), True),
    Facts("sklearn.linear_model.ElasticNet", "REGRESSION", ("ElasticNetRegression",), True),
    Facts("sklearn.linear_model.SGDRegressor", "REGRESSION", ("SGD", "StochasticGradientDescent"), True),
    Facts("sklearn.svm.SVR", "REGRESSION", ("SVM", "SupportVectorMachine", "SupportVectorRegressor"), True),
    Facts("sklearn.neighbors.KNeighborsRegressor", "REGRESSION", ("KNN", "KNeighbors", "KNearestNeighbors"), True),
    Facts("sklearn.tree.DecisionTreeRegressor", "REGRESSION", ("DecisionTree",)),
    Facts("sklearn.ensemble.RandomForestRegressor", "REGRESSION", ("RandomForest",)),
    Facts("sklearn.ensemble.ExtraTreesRegressor", "REGRESSION", ("ExtraTrees",)),
    Facts("sklearn.ensemble.GradientBoostingRegressor", "REGRESSION", ("GradientBoosting",)),
    Facts("sklearn.ensemble.HistGradientBoostingRegressor", "REGRESSION", ("HistGradientBoosting",)),
    Facts("sklearn.ensemble.AdaBoostRegressor", "REGRESSION", ("AdaBoost",)),
    Facts("sklearn.neural_network.MLPRegressor", "REGRESSION", ("MLP", "MultilayerPerceptron"), True),
    Facts("sklearn.cluster.KMeans", "CLUSTERING", ("KMeansClustering",), True),
    Facts("sklearn.cluster.DBSCAN", "CLUSTERING", (), True),
    Facts("sklearn.cluster.AgglomerativeClustering", "CLUSTERING", ("HierarchicalClustering",), True),
    Facts("sklearn.ensemble.IsolationForest", "ANOMALY_DETECTION"),
    Facts("sklearn.svm.OneClassSVM", "ANOMALY_DETECTION", (), True),
]

# The short names that generated code translates, and what the library calls them.
ERRORS = {
    "log_loss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
}
# Scorers that no test data of classes, numbers or clusters alone can be given to.
NOT_SCORED = ("_samples", "jaccard", "neg_max_error")


def text_of(value: Any) -> str | None:
    """A value as models write it; none where text cannot say it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        items = [text_of(item) for item in value]
        return None if None in items else f"[{', '.join(str(item) for item in items)}]"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (int, float, str)):
        return str(value)
    return None


def domains(constraint: Any) -> list[dict[str, Any]]:
    """The kinds of values, of those that text can say, that a constraint of scikit-learn allows."""
    if isinstance(constraint, rules.Interval):
        return [interval(constraint)]
    if isinstance(constraint, rules.StrOptions):
        return [{"type": "Choice", "values": sorted(constraint.options - constraint.deprecated)}]
    if isinstance(constraint, (rules.Options, rules.Hidden, rules.HasMethods)):
        return []
    named = {
        "boolean": [{"type": "TruthValue"}],
        "random_state": [{"type": "WholeNumber", "min": 0, "max": 2**32 - 1}],
        "verbose": [{"type": "WholeNumber", "min": 0}, {"type": "TruthValue"}],
        "array-like": [{"type": "ValueList"}],
        "sparse matrix": [],
    }
    if isinstance(constraint, str):
        return named[constraint]
    if constraint is numbers.Integral:
        return [{"type": "WholeNumber"}]
    if constraint is str:
        return [{"type": "AnyText"}]
    if constraint in (list, tuple):
        return [{"type": "ValueList"}]
    if constraint is None or callable(constraint):
        return []
    raise ValueError(f"no kind of values for {constraint!r}")


def interval(of: Any) -> dict[str, Any]:
    """Numbers within bounds."""
    low = None if of.left is None or math.isinf(of.left) else of.left
    high = None if of.right is None or math.isinf(of.right) else of.right
    open_low, open_high = of.closed in ("right", "neither"), of.closed in ("left", "neither")
    found: dict[str, Any]
    if of.type is numbers.Integral:
        found = {"type": "WholeNumber"}
        if low is not None:
            found["min"] = int(low) + int(open_low)
        if high is not None:
            found["max"] = int(high) - int(open_high)
        return found
    found = {"type": "RealNumber"}
    if low is not None:
        found |= {"min": float(low)} | ({"minExcluded": True} if open_low else {})
    if high is not None:
        found |= {"max": float(high)} | ({"maxExcluded": True} if open_high else {})
    if of.type is not numbers.Real:
        found["pointed"] = True
    return found


def parameters(cls: type) -> list[dict[str, Any]]:
    """What the constructor takes."""
    found = []
    for name, parameter in inspect.signature(cls).parameters.items():
        constraints = cls._parameter_constraints[name]
        one: dict[str, Any] = {"name": name}
        deprecated = parameter.default == "deprecated"
        default = None if deprecated else text_of(parameter.default)
        if default is not None:
            one["default"] = default
        if None in constraints or "random_state" in constraints:
            one["nullable"] = True
        if deprecated:
            one["deprecated"] = True
        takes: list[dict[str, Any]] = []
        for constraint in constraints:
            takes.extend(t for t in domains(constraint) if t not in takes)
        if takes:
            one["takes"] = takes
        found.append(one)
    return found


def algorithm(facts: Facts) -> dict[str, Any]:
    """All that the registry says of an algorithm."""
    module, name = facts.path.rsplit(".", 1)
    cls = getattr(importlib.import_module(module), name)
    takes = parameters(cls)
    major, minor = sklearn.__version__.split(".")[:2]
    found: dict[str, Any] = {"type": "Algorithm", "name": name}
    if facts.aliases:
        found["aliases"] = list(facts.aliases)
    found |= {"task": facts.task, "framework": "SCIKIT_LEARN", "importPath": facts.path}
    found |= {"package": "scikit-learn", "version": sklearn.__version__}
    found |= {"versions": f">={major}.{minor},<{int(major) + 1}"}
    flags = {
        "hasRandomState": any(p["name"] == "random_state" for p in takes),
        "hasProbabilities": hasattr(cls(), "predict_proba"),
        "needsScaling": facts.scaled,
        "handlesMissing": bool(sklearn.utils.get_tags(cls()).input_tags.allow_nan),
    }
    found |= {key: True for key, holds in flags.items() if holds}
    if facts.task in METRICS:
        found["metrics"] = METRICS[facts.task]
    found["parameters"] = takes
    return found


def scores() -> list[dict[str, Any]]:
    """The metrics that models may name."""
    kinds = {"cluster": "CLUSTERING", "_regression": "REGRESSION"}
    found: list[dict[str, Any]] = [
        {"type": "Score", "name": "silhouette", "tasks": ["CLUSTERING"]},
        {"type": "Score", "name": "anomaly_share", "tasks": ["ANOMALY_DETECTION"], "goal": "MINIMIZE"},
    ]
    names = {**{name: name for name in sklearn.metrics.get_scorer_names()}, **ERRORS}
    for name, theirs in names.items():
        if any(part in name for part in NOT_SCORED):
            continue
        scorer = sklearn.metrics.get_scorer(theirs)
        module = scorer._score_func.__module__.split(".")[2]
        task = kinds.get(module, "CLASSIFICATION")
        tasks = [task, "ANOMALY_DETECTION"] if name in RANKINGS else [task]
        one: dict[str, Any] = {"type": "Score", "name": name, "tasks": tasks}
        if name in ERRORS:
            one["goal"] = "MINIMIZE"
        if scorer._response_method == "predict_proba":
            one["needsProbabilities"] = True
        found.append(one)
    return sorted(found, key=lambda s: s["name"])


def scalar(value: Any) -> str:
    """A YAML scalar, quoted where it would mean something else in one of a list or mapping."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if re.fullmatch(r"[A-Za-z0-9_.+-][A-Za-z0-9_.+-]*", value):
        return value
    return f'"{value}"'


def flow(value: Any) -> str:
    """YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def block(value: dict[str, Any], indent: str) -> list[str]:
    """A member of a list, on as few lines as fit."""
    short = f"{indent}- {flow(value)}"
    if len(short) <= LINE:
        return [short]
    lines = []
    for key, item in value.items():
        lead = f"{indent}{'  ' if lines else '- '}{key}:"
        if len(f"{lead} {flow(item)}") <= LINE:
            lines.append(f"{lead} {flow(item)}")
        elif isinstance(item, list) and isinstance(item[0], dict):
            lines.append(lead)
            for member in item:
                lines.extend(block(member, indent + "    "))
        else:
            lines.append(f"{lead} [")
            row = f"{indent}     "
            for member in item:
                if len(f"{row} {scalar(member)},") > LINE:
                    lines.append(row)
                    row = f"{indent}     "
                row += f" {scalar(member)},"
            lines.extend([row.rstrip(","), f"{indent}    ]"])
    return lines


def text(value: dict[str, Any]) -> str:
    """The file of an algorithm."""
    lines = [f"# scikit-learn {sklearn.__version__}, written by tests/registry/extract.py"]
    for key, item in value.items():
        if key == "parameters":
            lines.append("parameters:")
            for one in item:
                lines.extend(block(one, "  "))
        else:
            lines.append(f"{key}: {flow(item)}")
    return "\n".join(lines) + "\n"


def file_name(name: str) -> str:
    """`random-forest-classifier.yaml` of RandomForestClassifier."""
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3-\2\4", name)
    return f"{words.lower()}.yaml"


def main() -> int:
    """Write all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for facts in ALGORITHMS:
        made = algorithm(facts)
        (FOLDER / file_name(made["name"])).write_text(text(made), encoding="utf-8")
    lines = [f"# The scorers of scikit-learn {sklearn.__version__}, and short names; by tests/registry/extract.py"]
    for score in scores():
        lines.extend(block(score, ""))
    (FOLDER / "scores.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
