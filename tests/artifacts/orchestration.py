"""Runs what is generated for DVC, Kubeflow and Ray, and reads what is generated for Argo and KubeRay with the types of their APIs.

Called by tests/run with the program to test, and perhaps the names of parts. DVC runs every stage once, then none, then those
that a changed parameter leads to. Kubeflow's compiler takes the pipeline, and its runner runs it on this machine. A cluster of
Ray, whose head has no processors for others and whose worker has two, leaves the bytes that the stages leave without it. Each
check of what Argo and KubeRay read is seen to fail on a planted mistake.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "pipelines"))

import cluster  # noqa: E402
import shell  # noqa: E402
from check import documents, workspace  # noqa: E402
from hera.workflows import models  # noqa: E402

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[2]

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


# Where the cluster of Ray runs what scikit-learn has it run: whether that is only where the driver is not.
WHERE = """
import joblib, ray
from shared_trials.workers import workers
ray.init(log_to_driver=False)
here = ray.get_runtime_context().get_node_id()
with workers():
    others = joblib.Parallel()(joblib.delayed(lambda: ray.get_runtime_context().get_node_id())() for _ in range(8))
print("elsewhere" if here not in others and len(others) == 8 else f"{here} {others}")
"""

RAY_MISTAKES = [
    ("a key that KubeRay does not know", "shutdownAfterJobFinishes:", "shutDownAfterJobFinishes:"),
    ("text for a number", "backoffLimit: 2", "backoffLimit: twice"),
    ("a number for text", 'num-cpus: "0"', "num-cpus: 0"),
    ("no template of the workers", "        rayStartParams: {}\n        template:", "        rayStartParams: {}\n        pods:"),
    ("a cluster that anybody can use", "mode: token", "mode: disabled"),
    ("a key that no pod has", "enableServiceLinks: false", "enableServiceLink: false"),
    ("a volume that is not there", "- name: tmp\n                  mountPath", "- name: temp\n                  mountPath"),
    ("a claim that is not there", "claimName: shared-trials-input", "claimName: input"),
    ("an account that is not there", "serviceAccountName: shared-trials", "serviceAccountName: default"),
    ("a worker that may be root", "            runAsUser: 10001\n              runAsGroup", "            runAsUser: 0\n              runAsGroup"),
    ("a head that can write everywhere", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ("a probe of no port", "port: agent\n                periodSeconds: 10", "port: agents\n                periodSeconds: 10"),
    ("a policy for no pod", "component: ray\n  policyTypes", "component: rays\n  policyTypes"),
    ("a port that no pod has", "- port: dashboard", "- port: dashbord"),
]


def run(*command: object, cwd: Path, **more: str) -> str:
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd), "DVC_NO_ANALYTICS": "1", **more}
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


def hold(name: str, text: str, findings: Callable[[str], Iterator[str]], mistakes: Collection[tuple[str, str, str]]) -> None:
    """Sees that nothing is found in a text, and something in it with each of some mistakes."""
    found = list(findings(text))
    assert not found, found
    for what, right, wrong in mistakes:
        assert right in text, right
        assert list(findings(text.replace(right, wrong))), f"{what} is not found"
    print(f"{name}: no findings, and {len(mistakes)} planted mistakes are found", flush=True)


def argo(home: Path) -> None:
    folder = home / "generated" / "argo"
    resources = documents((folder / "deployment.yaml").read_text("utf-8"))
    text = (folder / "orchestration" / "argo-workflow.yaml").read_text("utf-8")
    hold("argo", text, lambda text: argo_findings(text, resources), ARGO_MISTAKES)


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


@functools.cache
def kuberay() -> Path:
    """A program that reads what KubeRay reads."""
    target = ROOT / "target" / "rayjob"
    manifest = ROOT / "tests" / "artifacts" / "rayjob" / "Cargo.toml"
    words = ["cargo", "build", "--quiet", "--locked", "--manifest-path", str(manifest), "--target-dir", str(target)]
    subprocess.run(words, check=True)
    return target / "debug" / "rayjob"


def rayjob_findings(text: str, resources: list[cluster.Resource]) -> Iterator[str]:
    job, *others = documents(text)
    yield from cluster.schema_findings(others)
    ray = job["spec"]["rayClusterSpec"]
    said = subprocess.run([kuberay()], input=json.dumps(job["spec"]), capture_output=True, text=True, check=True)
    # The types are those of KubeRay 1.2, which came before tokens.
    yield from (line for line in said.stdout.splitlines() if line != "no key rayClusterSpec.?.authOptions")
    if said.stdout.count("no key") > 1 or ray.get("authOptions") != {"mode": "token"}:
        yield "who has no token may use the cluster"
    if any("template" not in group for group in (ray["headGroupSpec"], *ray["workerGroupSpecs"])):
        return
    pods = cluster.pods(job)
    known = {cluster.name(resource) for resource in [*resources, *others]}
    for pod in pods:
        named = {**pod["metadata"], "name": "pod"}
        yield from cluster.schema_findings([{"apiVersion": "v1", "kind": "Pod", **pod, "metadata": named}])
        yield from cluster.restricted(pod["spec"])
        yield from cluster.inside(pod["spec"])
        wanted = [*cluster.claims_and_maps(pod["spec"]), f"ServiceAccount/{pod['spec']['serviceAccountName']}"]
        yield from (f"no {name}" for name in wanted if name not in known)
    ports = {port["name"] for pod in pods for c in pod["spec"]["containers"] for port in c["ports"]}
    for policy in others:
        labels = policy["spec"]["podSelector"]["matchLabels"].items()
        yield from ("a policy is not for all pods" for pod in pods if not labels <= pod["metadata"]["labels"].items())
        asked = [port["port"] for rule in policy["spec"]["ingress"] for port in rule.get("ports", [])]
        yield from (f"no port {port}" for port in asked if port not in ports)


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def ray(home: Path) -> None:
    for name in ("shared-trials", "shared-folds"):
        pipeline = home / "generated" / name
        shell.lint(pipeline, home / "mypy")
        said = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_distributed.py", cwd=pipeline)
        print(f"{name}: no findings of lints and types; its tests with Ray: {said.strip().splitlines()[-1]}", flush=True)
    folds = home / "generated" / "shared-folds"
    manifest = (folds / "orchestration" / "rayjob.yaml").read_text("utf-8")
    found = list(rayjob_findings(manifest, documents((folds / "deployment.yaml").read_text("utf-8"))))
    assert not found, found
    pipeline = home / "generated" / "shared-trials"
    resources = documents((pipeline / "deployment.yaml").read_text("utf-8"))
    text = (pipeline / "orchestration" / "rayjob.yaml").read_text("utf-8")
    hold("rayjob", text, lambda text: rayjob_findings(text, resources), RAY_MISTAKES)

    source = home / "data" / "example-pipeline.csv"

    def given(output: str, params: str = "params.yaml") -> list[str]:
        return ["--input", str(source), "--output", str(home / output), "--params", params]

    own = {"PYTHONPATH": str(pipeline / "src")}
    settings = (pipeline / "params.yaml").read_text("utf-8")
    (pipeline / "other.yaml").write_text(settings.replace("seed: 42", "seed: 43"), "utf-8")
    for output, params in (("alone", "params.yaml"), ("other", "other.yaml")):
        for stage in ("preprocess", "train", "evaluate"):
            run(sys.executable, "-m", f"shared_trials.{stage}", *given(output, params), cwd=pipeline, **own)
    # As KubeRay starts them: a head that works for nobody, a worker with two processors, and a token; the package as in images.
    tokens = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.update({**tokens, **own})
    from ray.cluster_utils import Cluster  # reads the environment

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        nodes.add_node(num_cpus=2)
        own.update(tokens, RAY_ADDRESS=nodes.address)
        said = run(sys.executable, "-c", WHERE, cwd=pipeline, **own)
        assert said.splitlines()[0] == "elsewhere", said
        run(sys.executable, "-m", "shared_trials.distributed", *given("shared"), cwd=pipeline, **own)
    finally:
        nodes.shutdown()
    alone, other, shared = (digests(home / output) for output in ("alone", "other", "shared"))
    assert "model/search.json" in alone and "metrics.json" in alone
    assert shared == alone, "a cluster leaves other bytes"
    assert other.keys() == alone.keys() and other != alone, "another seed leaves the same bytes"
    best = json.loads((home / "shared" / "model" / "search.json").read_text("utf-8"))["best"]
    print(f"ray: a worker runs the trials, and leaves the same {len(shared)} files: {best}")


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        workspace(program, home)
        parts = {"argo": argo, "dvc": dvc, "kubeflow": kubeflow, "ray": ray}
        for name in sys.argv[2:] or parts:
            parts[name](home)


if __name__ == "__main__":
    main()
