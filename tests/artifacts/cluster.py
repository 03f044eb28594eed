"""What a cluster would refuse, or take and do wrong: schemas, security of pods, names that nothing has."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import kubernetes_validate

# The versions of Kubernetes that have to take the resources.
VERSIONS = [f"1.{minor}" for minor in range(29, 38)]
# Kinds whose schema is no part of Kubernetes.
FOREIGN = {"Kustomization"}

Resource = dict[str, Any]


def findings(resources: list[Resource]) -> Iterator[str]:
    """What is wrong with resources that are applied together."""
    yield from schema_findings(resources)
    for resource in resources:
        for pod in pods(resource):
            yield from (f"{name(resource)}: {text}" for text in restricted(pod["spec"]))
    yield from dangling(resources)


def name(resource: Resource) -> str:
    return f"{resource['kind']}/{resource['metadata']['name']}"


def schema_findings(resources: list[Resource]) -> Iterator[str]:
    for resource in resources:
        if resource["kind"] in FOREIGN:
            continue
        for version in VERSIONS:
            if flaw := schema_flaw(json.dumps(resource), version):
                yield f"{name(resource)}: {version}: {flaw}"


@functools.cache
def schema_flaw(resource: str, version: str) -> str | None:
    try:
        kubernetes_validate.validate(json.loads(resource), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return None


def pods(resource: Resource) -> list[Resource]:
    match resource["kind"]:
        case "Deployment":
            return [resource["spec"]["template"]]
        case "CronJob":
            return [resource["spec"]["jobTemplate"]["spec"]["template"]]
        case "RayJob":
            ray = resource["spec"]["rayClusterSpec"]
            return [group["template"] for group in (ray["headGroupSpec"], *ray["workerGroupSpecs"])]
        case _:
            return []


def restricted(pod: Resource) -> Iterator[str]:
    """The restricted level of the pod security standards, and a root file system that is read-only."""
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("runAsUser", 0) == 0:
        yield "may be root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares a namespace of its node"
    if pod.get("automountServiceAccountToken") is not False:
        yield "has a token of the cluster"
    for volume in pod.get("volumes", []):
        if not volume.keys() & {"configMap", "emptyDir", "persistentVolumeClaim", "secret", "projected"}:
            yield f"volume {volume['name']} is of a kind that is not allowed"
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']} may become root"
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"{container['name']} keeps capabilities"
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']} can write everywhere"
        if not {"cpu", "memory"} <= container["resources"]["requests"].keys():
            yield f"{container['name']} asks for no resources"
        if "memory" not in container["resources"]["limits"]:
            yield f"{container['name']} has no limit of memory"


def dangling(resources: list[Resource]) -> Iterator[str]:
    """References by name to what is not there."""
    by_name = {name(resource): resource for resource in resources}
    if len(by_name) < len(resources):
        yield "two resources have the same name"
    templates = [pod for resource in resources for pod in pods(resource)]
    used = set()
    for resource in resources:
        for pod in pods(resource):
            yield from (f"{name(resource)}: {text}" for text in inside(pod["spec"]))
            wanted = list(claims_and_maps(pod["spec"]))
            used.update(wanted)
            wanted.append(f"ServiceAccount/{pod['spec']['serviceAccountName']}")
            yield from (f"{name(resource)}: no {w}" for w in wanted if w not in by_name)
        yield from (f"{name(resource)}: {text}" for text in outside(resource, by_name, templates))
    for unused in by_name.keys() - used:
        if unused.startswith(("ConfigMap/", "PersistentVolumeClaim/")):
            yield f"nothing mounts {unused}"


def inside(pod: Resource) -> Iterator[str]:
    """References within a pod."""
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    mounted = set()
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        mounts = {mount["name"] for mount in container.get("volumeMounts", [])}
        mounted |= mounts
        yield from (f"no volume {volume}" for volume in mounts - volumes)
        ports = {port["name"] for port in container.get("ports", [])}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            if kind in container and container[kind]["httpGet"]["port"] not in ports:
                yield f"no port of {kind}"
    yield from (f"nothing mounts volume {volume}" for volume in volumes - mounted)


def claims_and_maps(pod: Resource) -> Iterator[str]:
    for volume in pod.get("volumes", []):
        if "persistentVolumeClaim" in volume:
            yield f"PersistentVolumeClaim/{volume['persistentVolumeClaim']['claimName']}"
        if "configMap" in volume:
            yield f"ConfigMap/{volume['configMap']['name']}"


def outside(resource: Resource, by_name: dict[str, Resource], pods: list[Resource]) -> Iterator[str]:
    """References of a resource to others, by name or by labels."""

    def selected(labels: dict[str, str]) -> list[Resource]:
        return [pod for pod in pods if labels.items() <= pod["metadata"]["labels"].items()]

    spec = resource.get("spec", {})
    match resource["kind"]:
        case "Deployment" if not selected(spec["selector"]["matchLabels"]):
            yield "selects no pod"
        case "Deployment" if (
            "replicas" in spec and f"HorizontalPodAutoscaler/{resource['metadata']['name']}" in by_name
        ):
            yield "says how many pods there are, though they are scaled"
        case "Service":
            chosen = selected(spec["selector"])
            ports = {port["name"] for pod in chosen for c in pod["spec"]["containers"] for port in c.get("ports", [])}
            yield from (f"no port {p['targetPort']}" for p in spec["ports"] if p["targetPort"] not in ports)
        case "HorizontalPodAutoscaler" if f"Deployment/{spec['scaleTargetRef']['name']}" not in by_name:
            yield "scales nothing"
        case "PodDisruptionBudget":
            if not selected(spec["selector"]["matchLabels"]):
                yield "selects no pod"
            yield from budget(resource, by_name)
        case "NetworkPolicy" if not selected(spec["podSelector"].get("matchLabels", {})):
            yield "selects no pod"
        case "Ingress":
            for path in (path for rule in spec["rules"] for path in rule["http"]["paths"]):
                if f"Service/{path['backend']['service']['name']}" not in by_name:
                    yield "leads to no service"


def budget(resource: Resource, by_name: dict[str, Resource]) -> Iterator[str]:
    """A budget that keeps every pod lets no node be emptied."""
    own = resource["metadata"]["name"]
    scaler = by_name.get(f"HorizontalPodAutoscaler/{own}")
    least = scaler["spec"]["minReplicas"] if scaler else by_name[f"Deployment/{own}"]["spec"]["replicas"]
    if resource["spec"]["minAvailable"] >= least:
        yield f"keeps all of {least} pods"
