//! Pods: their containers, volumes and ports, and the Pod Security Standard "restricted".

use std::collections::BTreeSet;

use super::resource::{Found, Resource, at, list, text};
use super::syntax::{is_label, is_port_name, not_a_label};
use crate::diag::Span;
use crate::format::node::Node;

/// The resources of a folder, and those of the files above it that have namespaces.
pub(super) type Spaces<'s> = (&'s [Resource], &'s dyn Fn() -> Vec<Resource>);

pub(super) fn check(resource: &Resource, spaces: Spaces<'_>, found: &mut Found) {
    let templates = resource.pods();
    for template in &templates {
        of_template(resource, template, found);
    }
    if !templates.is_empty() && is_restricted(resource, spaces) {
        for spec in templates.iter().filter_map(|t| t.get("spec")) {
            restricted(resource, spec, found);
        }
    }
}

fn of_template(resource: &Resource, template: &Node, found: &mut Found) {
    let Some(spec) = template.get("spec") else {
        found.report(resource, template.span, "the pods have no `spec`");
        return;
    };
    if list(spec, &["containers"]).is_empty() {
        found.report(resource, spec.span, "the pods have no containers");
    }
    let containers: Vec<&Node> = containers(spec).collect();
    let volumes: Vec<&Node> = list(spec, &["volumes"]).iter().collect();
    once((resource, "container"), &containers, found);
    once((resource, "volume"), &volumes, found);
    for container in containers {
        of_container(resource, (spec, container), found);
    }
    if matches!(resource.kind.as_str(), "Job" | "CronJob") {
        let policy = text(spec, &["restartPolicy"]);
        if !matches!(policy, Some("Never" | "OnFailure")) {
            let message = "pods of a job say `restartPolicy: Never` or `OnFailure`";
            found.report(resource, spec.span, message);
        }
    }
}

fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["initContainers", "containers"].map(|key| list(spec, &[key]));
    lists.into_iter().flatten()
}

/// Reports names that stand twice, or are none.
fn once((resource, what): (&Resource, &str), members: &[&Node], found: &mut Found) {
    let mut seen = BTreeSet::new();
    for member in members {
        let Some(name) = member.get("name").and_then(Node::scalar) else {
            found.report(resource, member.span, format!("this {what} has no name"));
            continue;
        };
        if !is_label(&name.text) {
            found.report(resource, name.span, not_a_label(&name.text));
        }
        if !seen.insert(name.text.clone()) {
            let message = format!("there is another {what} `{}`", name.text);
            found.report(resource, name.span, message);
        }
    }
}

fn of_container(resource: &Resource, (spec, container): (&Node, &Node), found: &mut Found) {
    if text(container, &["image"]).is_none_or(str::is_empty) {
        found.report(resource, container.span, "this container has no image");
    }
    let volumes = || names_of(list(spec, &["volumes"])).chain(claimed(resource));
    for mount in list(container, &["volumeMounts"]) {
        if let Some(name) = mount.get("name").and_then(Node::scalar)
            && !volumes().any(|v| v == &*name.text)
        {
            found.unknown((resource, name.span), ("volume", &name.text), volumes());
        }
    }
    let ports = list(container, &["ports"]);
    let mut seen = BTreeSet::new();
    for port in ports {
        let number = at(port, &["containerPort"]);
        if let Some(number) = number.filter(|n| !is_port(n)) {
            found.report(resource, number.span, "a port is a number from 1 to 65535");
        }
        if let Some(name) = port.get("name").and_then(Node::scalar) {
            if !is_port_name(&name.text) {
                let message = format!(
                    "`{}` names no port: at most 15 small letters, digits and `-`",
                    name.text
                );
                found.report(resource, name.span, message);
            }
            if !seen.insert(name.text.clone()) {
                let message = format!("there is another port `{}`", name.text);
                found.report(resource, name.span, message);
            }
        }
    }
    probes(resource, container, found);
}

/// The names of members of a list.
pub(super) fn names_of(members: &[Node]) -> impl Iterator<Item = &str> {
    members.iter().filter_map(|m| text(m, &["name"]))
}

/// The volumes that a stateful set claims for each of its pods.
fn claimed(resource: &Resource) -> impl Iterator<Item = &str> {
    let claims = list(&resource.node, &["spec", "volumeClaimTemplates"]);
    claims.iter().filter_map(|c| text(c, &["metadata", "name"]))
}

/// Ports of probes by name are ports of the container.
fn probes(resource: &Resource, container: &Node, found: &mut Found) {
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        for way in ["httpGet", "tcpSocket", "grpc"] {
            let Some(port) = at(container, &[probe, way, "port"]).and_then(Node::scalar) else {
                continue;
            };
            let named = !port.text.starts_with(|c: char| c.is_ascii_digit());
            let ports = || names_of(list(container, &["ports"]));
            if named && !ports().any(|p| p == &*port.text) {
                found.unknown((resource, port.span), ("port", &port.text), ports());
            }
        }
    }
}

pub(super) fn is_port(node: &Node) -> bool {
    let number = node.scalar().and_then(|n| n.text.parse::<u16>().ok());
    number.is_some_and(|n| n > 0)
}

/// Whether the namespace of the pods is there, or in a folder above, and says that it takes restricted ones only.
fn is_restricted(resource: &Resource, (together, above): Spaces<'_>) -> bool {
    let label = ["metadata", "labels", "pod-security.kubernetes.io/enforce"];
    let is_strict = |space: &Resource| text(&space.node, &label) == Some("restricted");
    let named = |space: &Resource| space.is("Namespace") && space.name == resource.namespace;
    let mut beside = together.iter().filter(|r| r.is("Namespace"));
    if resource.namespace.is_empty() {
        return beside.any(is_strict);
    }
    match beside.find(|space| named(space)) {
        Some(space) => is_strict(space),
        None => above().iter().any(|r| named(r) && is_strict(r)),
    }
}

/// Kinds of volumes that restricted pods may have.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The Pod Security Standard "restricted".
fn restricted(resource: &Resource, spec: &Node, found: &mut Found) {
    let mut refuse = |span: Span, what: &str| {
        let message = format!("the namespace takes restricted pods only: {what}");
        found.report(resource, span, message);
    };
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(node) = spec.get(key).filter(|n| is(n, "true")) {
            refuse(node.span, &format!("not with `{key}`"));
        }
    }
    for volume in list(spec, &["volumes"]) {
        let kinds = volume.mapping().unwrap_or_default().iter().map(|e| &e.key);
        for kind in kinds.filter(|k| &*k.text != "name" && !VOLUMES.contains(&&*k.text)) {
            refuse(kind.span, &format!("not with a volume of `{}`", kind.text));
        }
    }
    for container in containers(spec) {
        let own = |keys: &[&str]| at(container, &[&["securityContext"], keys].concat());
        let either =
            |keys: &[&str]| own(keys).or_else(|| at(spec, &[&["securityContext"], keys].concat()));
        let name = container.get("name").map_or(container.span, |n| n.span);
        let place = |node: Option<&Node>| node.map_or(name, |n| n.span);
        let escalates = own(&["allowPrivilegeEscalation"]);
        if !escalates.is_some_and(|n| is(n, "false")) {
            refuse(
                place(escalates),
                "each container says `allowPrivilegeEscalation: false`",
            );
        }
        if let Some(node) = own(&["privileged"]).filter(|n| is(n, "true")) {
            refuse(node.span, "no container is privileged");
        }
        let non_root = either(&["runAsNonRoot"]);
        if !non_root.is_some_and(|n| is(n, "true")) {
            refuse(
                place(non_root),
                "`runAsNonRoot: true` is said of the pods or of each container",
            );
        }
        if let Some(node) = either(&["runAsUser"]).filter(|n| is(n, "0")) {
            refuse(node.span, "nothing runs as root");
        }
        let profile = either(&["seccompProfile", "type"]);
        if !profile.is_some_and(|n| is(n, "RuntimeDefault") || is(n, "Localhost")) {
            refuse(
                place(profile),
                "`seccompProfile` is `RuntimeDefault` or `Localhost`",
            );
        }
        let dropped = own(&["capabilities", "drop"]);
        if !dropped
            .and_then(Node::sequence)
            .is_some_and(|l| l.iter().any(|n| is(n, "ALL")))
        {
            refuse(place(dropped), "each container drops `ALL` capabilities");
        }
        let added = own(&["capabilities", "add"])
            .and_then(Node::sequence)
            .unwrap_or_default();
        for node in added.iter().filter(|n| !is(n, "NET_BIND_SERVICE")) {
            refuse(node.span, "no capability is added but `NET_BIND_SERVICE`");
        }
    }
}

fn is(node: &Node, word: &str) -> bool {
    node.scalar().is_some_and(|s| &*s.text == word)
}
