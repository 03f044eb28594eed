"""Runs what is generated for DVC and Kubeflow, and reads what is generated for Argo with the types of its own API.

Called by tests/run with the program to test. DVC runs every stage once, then none, then those that a changed parameter
leads to. Kubeflow's compiler takes the pipeline, and its runner runs it on this machine. Each check of what Argo reads
is seen to fail on a planted mistake.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cluster
from check import documents, workspace
from hera.workflows import models

BIN = Path(sys.executable).parent

# Runs a pipeline of Kubeflow on this machine, in this very environment.
RUN = """
import sys
from kfp import local
sys.path.insert(0, "orchestration")
from kfp_pipeline import pipeline
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
pipeline(source=sys.argv[2], params="params.yaml")
"""

# What is wrong, what stands in the file, and what stands there instead.
ARGO_MISTAKES = [
    ("a key that Argo does not know", "podGC:", "podGCs:"),
    ("text for a number", "secondsAfterCompletion: 86400", "secondsAfterCompletion: soon"),
    ("a step that is not there", "depends: preprocess", "depends: prepare"),
    ("a template that is not there", "template: train", "template: training"),
    ("a volume that is not there", "- name: tmp\n              mountPath", "- name: temp\n              mountPath"),
    ("a claim that is not there", "claimName: argo-input", "claimName: input"),
    ("a list that is text", "not in [2, 3, 4]", "not in 2, 3, 4"),
]


def run(*command: object, cwd: Path) -> str:
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd), "DVC_NO_ANALYTICS": "1"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


def dvc(home: Path) -> None:
    pipeline = home / "generated" / "argo"
    run("git", "init", "--quiet", cwd=home)
    run(BIN / "dvc", "init", "--quiet", cwd=home)

    def ran() -> list[str]:
        said = run(BIN / "dvc", "repro", cwd=pipeline)
        return [stage for stage in ("preprocess", "train", "evaluate") if f"Running stage '{stage}'" in said]

    assert ran() == ["preprocess", "train", "evaluate"], "the first time, each stage runs"
    assert ran() == [], "the second time, no stage runs"
    params = pipeline / "params.yaml"
    text = params.read_text("utf-8")
    assert "n_estimators: 20" in text
    params.write_text(text.replace("n_estimators: 20", "n_estimators: 21"), "utf-8")
    assert ran() == ["train", "evaluate"], "another parameter of the model is nothing to the data"
    print("dvc: three stages run, then none, then the two that a parameter leads to")


def lost(given: Any, read: Any, path: str = "") -> Iterator[str]:
    """Keys of a document that its type does not know, and so does not keep."""
    if isinstance(given, dict):
        for key, value in given.items():
            if key in read:
                yield from lost(value, read[key], f"{path}/{key}")
            else:
                yield f"no key {path}/{key}"
    elif isinstance(given, list):
        for index, (one, other) in enumerate(zip(given, read, strict=True)):
            yield from lost(one, other, f"{path}/{index}")


def argo_findings(text: str, resources: list[cluster.Resource]) -> Iterator[str]:
    workflow, *others = documents(text)
    yield from cluster.schema_findings(others)
    try:
        read = models.CronWorkflow.model_validate(workflow)
    except ValueError as error:
        yield str(error)
        return
    yield from lost(workflow, json.loads(read.model_dump_json(by_alias=True, exclude_none=True)))
    spec = workflow["spec"]["workflowSpec"]
    templates = {template["name"]: template for template in spec["templates"]}
    tasks = [task for template in spec["templates"] for task in template.get("dag", {}).get("tasks", [])]
    names = {task["name"] for task in tasks}
    for task in tasks:
        if task["template"] not in templates or task.get("depends", task["name"]) not in names:
            yield f"{task['name']} hangs on what is not there"
    steps = [{"name": name, **t["container"]} for name, t in templates.items() if "container" in t]
    pod = {"containers": steps, "volumes": spec["volumes"]}
    yield from cluster.inside(pod)
    yield from cluster.restricted({**spec, **pod})
    known = {cluster.name(resource) for resource in [*resources, *others]}
    accounts = [spec["serviceAccountName"], spec["executor"]["serviceAccountName"]]
    wanted = [*cluster.claims_and_maps(pod), *(f"ServiceAccount/{account}" for account in accounts)]
    yield from (f"no {name}" for name in wanted if name not in known)
    for template in templates.values():
        if "container" in template and "not in [2, 3, 4]" not in template["retryStrategy"]["expression"]:
            yield f"{template['name']} is tried again whatever it says"


def argo(home: Path) -> None:
    folder = home / "generated" / "argo"
    resources = documents((folder / "deployment.yaml").read_text("utf-8"))
    text = (folder / "orchestration" / "argo-workflow.yaml").read_text("utf-8")
    found = list(argo_findings(text, resources))
    assert not found, found
    for what, right, wrong in ARGO_MISTAKES:
        assert right in text, right
        assert list(argo_findings(text.replace(right, wrong), resources)), f"{what} is not found"
    print(f"argo: no findings, and {len(ARGO_MISTAKES)} planted mistakes are found")


def kubeflow(home: Path) -> None:
    pipeline = home / "generated" / "kubeflow"
    run(sys.executable, "orchestration/kfp_pipeline.py", home / "kubeflow.yaml", cwd=pipeline)
    steps = documents((home / "kubeflow.yaml").read_text("utf-8"))[0]["root"]["dag"]["tasks"]
    assert steps.keys() == {"preprocess", "train", "evaluate"}, steps.keys()
    root = home / "kubeflow"
    data = home / "data" / "example-pipeline.csv"
    said = run("env", f"PYTHONPATH={pipeline / 'src'}", sys.executable, "-c", RUN, root, data, cwd=pipeline)
    metrics = [path for path in root.rglob("metrics.json") if path.parent.name == "approved"]
    assert len(metrics) == 1, said
    report = json.loads(metrics[0].read_text("utf-8"))
    assert report["passed"] is True, report
    print("kubeflow: the pipeline compiles, and runs here")


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        workspace(program, home)
        for part in (argo, dvc, kubeflow):
            part(home)


if __name__ == "__main__":
    main()
