"""Checks what is generated beside Python code, with the tools of those who made the formats.

Called by tests/run with the program to test. Over the example and the models beside this file: resources of every
version of Kubernetes that is cared for, what Kustomize makes of overlays, Dockerfiles, Compose files, workflows of GitHub
and GitLab, makefiles, and YAML in general. Each check is seen to fail on a planted mistake.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cluster
import yaml

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent.parent / "workspace-example"
BIN = Path(sys.executable).parent
YAMLLINT = """{extends: default, rules: {
  line-length: {max: 140}, document-start: disable, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}"""
TARGETS = ["all", "install", "test", "lint", "lock", "image", "serve", "clean"]

Check = Callable[[Path], Iterator[str]]


def said(*command: object, cwd: Path | None = None) -> Iterator[str]:
    """What a tool says if it does not end well."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"{Path(words[0]).name}: {done.stdout}{done.stderr}".strip()


def documents(text: str) -> list[cluster.Resource]:
    return [document for document in yaml.safe_load_all(text) if document]


def flat(home: Path) -> Iterator[str]:
    for path in sorted(home.glob("generated/*/deployment.yaml")):
        for finding in cluster.findings(documents(path.read_text("utf-8"))):
            yield f"{path.parent.name}/{path.name}: {finding}"


def kustomized(home: Path) -> Iterator[str]:
    for folder in sorted(home.glob("generated/*/k8s/overlays/*")):
        done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"{folder}: {done.stderr}"
            continue
        for finding in cluster.findings(documents(done.stdout)):
            yield f"{folder.parent.parent.parent.name}, {folder.name}: {finding}"


def dockerfiles(home: Path) -> Iterator[str]:
    for path in sorted(home.glob("generated/*/Dockerfile")):
        yield from said(BIN / "hadolint", "--no-color", "--failure-threshold", "info", path)


def compose(home: Path) -> Iterator[str]:
    files = sorted(home.glob("generated/*/compose.yaml"))
    yield from said(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", *files)


def github(home: Path) -> Iterator[str]:
    files = sorted(home.glob(".github/workflows/*.yml"))
    yield from said(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    yield from said(BIN / "zizmor", "--offline", "--quiet", "--persona", "auditor", *files)


def gitlab(home: Path) -> Iterator[str]:
    files = sorted(home.glob(".gitlab/ci/*.yml"))
    yield from said(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *files)


def makefiles(home: Path) -> Iterator[str]:
    for path in sorted(home.glob("generated/*/Makefile")):
        words = ["make", "--dry-run", "--warn-undefined-variables", *TARGETS]
        done = subprocess.run(words, cwd=path.parent, capture_output=True, text=True, check=False)
        if done.returncode != 0 or done.stderr:
            yield f"{path.parent.name}: {done.stderr}"


def tidy_yaml(home: Path) -> Iterator[str]:
    folders = [folder for name in ("generated", ".github", ".gitlab") if (folder := home / name).exists()]
    yield from said(BIN / "yamllint", "--strict", "-d", YAMLLINT, *folders)


# A check, what it is about, and mistakes that it has to find: a file, what stands in it, and what stands there instead.
CHECKS: list[tuple[Check, str, list[tuple[str, str, str]]]] = [
    (
        flat,
        "generated/*/deployment.yaml",
        [
            ("generated/credit-risk/deployment.yaml", "runAsUser: 10001", "runAsUser: app"),
            ("generated/credit-risk/deployment.yaml", "revisionHistoryLimit", "revisionHistoryLimits"),
            ("generated/credit-risk/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false"),
            ("generated/credit-risk/deployment.yaml", "targetPort: http", "targetPort: https"),
            ("generated/credit-risk/deployment.yaml", "claimName: credit-risk-output", "claimName: output"),
            ("generated/credit-risk/deployment.yaml", "minAvailable: 1", "minAvailable: 2"),
            ("generated/credit-risk/deployment.yaml", "  revisionHistory", "  replicas: 2\n  revisionHistory"),
        ],
    ),
    (
        kustomized,
        "generated/*/k8s/overlays/*",
        [
            ("generated/credit-risk/k8s/base/kustomization.yaml", "- hpa.yaml", "- hpas.yaml"),
            ("generated/credit-risk/k8s/overlays/dev/kustomization.yaml", "/spec/minReplicas", "/spec/least/x"),
            ("generated/credit-risk/k8s/base/kustomization.yaml", "credit-risk-params", "params"),
            ("generated/shared/k8s/base/networkpolicy-serve.yaml", "component: serve", "component: server"),
        ],
    ),
    (
        dockerfiles,
        "generated/*/Dockerfile",
        [
            ("generated/shared/Dockerfile", "--no-install-recommends ", ""),
            ("generated/alone/Dockerfile", "USER 10001:10001", "USER root"),
        ],
    ),
    (compose, "generated/*/compose.yaml", [("generated/alone/compose.yaml", "cap_drop", "cap_dropped")]),
    (
        github,
        ".github/workflows/*.yml",
        [
            (".github/workflows/shared.yml", "timeout-minutes: 30", "timeout-minutes: soon"),
            (".github/workflows/shared.yml", "@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "@v5"),
            (".github/workflows/shared.yml", "permissions: {}", "permissions: write-all"),
        ],
    ),
    (gitlab, ".gitlab/ci/*.yml", [(".gitlab/ci/alone.yml", "interruptible: true", "interruptible: perhaps")]),
    (
        makefiles,
        "generated/*/Makefile",
        [("generated/alone/Makefile", "$(REQUIREMENTS)", "$(REQUIREMENT)"), ("generated/alone/Makefile", "\t$(PYTHON)", "  $(PYTHON)")],
    ),
    (
        tidy_yaml,
        "**/*.y*ml",
        [
            ("generated/alone/compose.yaml", "read_only: true", "read_only: true "),
            ("generated/shared/k8s/base/service.yaml", "  type: ClusterIP", "  type: ClusterIP\n  type: NodePort"),
        ],
    ),
]


def workspace(program: Path, home: Path) -> None:
    shutil.copytree(EXAMPLE, home)
    for model in (HERE / "models").iterdir():
        shutil.copy(model, home / "models")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run([program, "generate"], cwd=home, env=environment, check=True)


def planted(check: Check, home: Path, mistake: tuple[str, str, str]) -> None:
    """Sees a check find a mistake, and nothing once it is gone."""
    path, right, wrong = mistake
    text = (home / path).read_text("utf-8")
    assert right in text, f"{path} has no `{right}`"
    (home / path).write_text(text.replace(right, wrong), "utf-8")
    assert list(check(home)), f"{check.__name__} does not see `{wrong}` in {path}"
    (home / path).write_text(text, "utf-8")


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        workspace(program, home)
        failed = 0
        for check, files, mistakes in CHECKS:
            if check is kustomized and shutil.which("kubectl") is None:
                print("skipped overlays of Kustomize: kubectl is not installed")
                continue
            found = list(check(home))
            failed += bool(found)
            print(f"{files}: {len(found)} findings", *found, sep="\n  ")
            for mistake in mistakes:
                planted(check, home, mistake)
            print(f"  and {len(mistakes)} planted mistakes are found")
    if failed:
        sys.exit(f"{failed} of {len(CHECKS)} checks have findings")


if __name__ == "__main__":
    main()
