//! What resources of one folder say of each other.

use std::collections::BTreeSet;

use super::pods::{is_port, names_of};
use super::resource::{Found, Resource, at, entries, list, text};
use crate::diag::Excerpt;
use crate::format::node::Node;

pub(super) fn check(together: &[Resource], found: &mut Found) {
    twice(together, found);
    for resource in together {
        let mut check = Check {
            resource,
            together,
            found,
        };
        check.pods();
        check.selector();
        match resource.kind.as_str() {
            "Service" => check.ports(),
            "HorizontalPodAutoscaler" => check.autoscaler(),
            "PodDisruptionBudget" => check.budget(),
            "Ingress" => check.ingress(),
            _ => {}
        }
    }
}

/// Reports resources that stand twice.
fn twice(together: &[Resource], found: &mut Found) {
    let mut seen = BTreeSet::new();
    for resource in together.iter().filter(|r| !r.name.is_empty()) {
        let key = (&resource.kind, &resource.namespace, &resource.name);
        if !seen.insert(key) {
            let at = resource
                .at(&["metadata", "name"])
                .map_or(resource.node.span, |n| n.span);
            let message = format!("there is another {} `{}`", resource.kind, resource.name);
            found.report(resource, at, message);
        }
    }
}

struct Check<'r, 'f> {
    resource: &'r Resource,
    together: &'r [Resource],
    found: &'f mut Found,
}

impl<'r> Check<'r, '_> {
    /// Follows a name to a resource of a kind, where there is any of that kind.
    fn follow(&mut self, kind: &str, name: Option<&Excerpt>) -> Option<&'r Resource> {
        let name = name?;
        let all = || {
            let of_kind = self.together.iter().filter(|r| r.is(kind));
            of_kind.filter(|r| r.is_beside(self.resource))
        };
        let target = all().find(|r| *r.name == *name.text);
        if target.is_none() && all().next().is_some() {
            let names = all().map(|r| r.name.as_str());
            self.found
                .unknown((self.resource, name.span), (kind, &name.text), names);
        }
        target
    }

    /// What pods take from others.
    fn pods(&mut self) {
        let resource = self.resource;
        for spec in resource.pods().iter().filter_map(|t| t.get("spec")) {
            self.pod(spec);
        }
    }

    fn pod(&mut self, spec: &Node) {
        for volume in list(spec, &["volumes"]) {
            self.follow(
                "PersistentVolumeClaim",
                scalar(volume, &["persistentVolumeClaim", "claimName"]),
            );
            if text(volume, &["configMap", "optional"]) != Some("true") {
                self.follow("ConfigMap", scalar(volume, &["configMap", "name"]));
            }
        }
        for container in list(spec, &["containers"])
            .iter()
            .chain(list(spec, &["initContainers"]))
        {
            for variable in list(container, &["env"]) {
                self.key_of_map(variable);
            }
            for from in list(container, &["envFrom"]) {
                self.follow("ConfigMap", scalar(from, &["configMapRef", "name"]));
            }
        }
        self.follow("ServiceAccount", scalar(spec, &["serviceAccountName"]));
    }

    fn key_of_map(&mut self, variable: &Node) {
        let from = ["valueFrom", "configMapKeyRef"];
        let Some(reference) = at(variable, &from) else {
            return;
        };
        let map = self.follow("ConfigMap", scalar(reference, &["name"]));
        let (Some(map), Some(key)) = (map, scalar(reference, &["key"])) else {
            return;
        };
        let data = map
            .at(&["data"])
            .and_then(Node::mapping)
            .unwrap_or_default();
        let keys = || data.iter().map(|e| &*e.key.text);
        if !keys().any(|k| k == &*key.text) {
            let what = ("key in that ConfigMap:", &*key.text);
            self.found.unknown((self.resource, key.span), what, keys());
        }
    }

    /// The pods that a selector means.
    fn selector(&mut self) {
        let keys: &[&str] = match self.resource.kind.as_str() {
            "Service" => &["spec", "selector"],
            "PodDisruptionBudget" => &["spec", "selector", "matchLabels"],
            "NetworkPolicy" => &["spec", "podSelector", "matchLabels"],
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {
                return self.own_pods();
            }
            _ => return,
        };
        let wanted = entries(&self.resource.node, keys);
        let Some((first, _)) = wanted.first() else {
            return;
        };
        let any = self.workloads().next().is_some();
        if any && !self.workloads().any(|w| has_labels(w, &wanted)) {
            let message = "no pods here have all of these labels";
            self.found.report(self.resource, first.span, message);
        }
    }

    /// A workload selects the pods that it makes.
    fn own_pods(&mut self) {
        let wanted = entries(&self.resource.node, &["spec", "selector", "matchLabels"]);
        let resource = self.resource;
        let pods = resource.pods();
        let labels = pods.iter().map(|t| entries(t, &["metadata", "labels"]));
        let labels: Vec<_> = labels.flatten().collect();
        for (key, value) in wanted {
            let has = labels
                .iter()
                .any(|(k, v)| k.text == key.text && v.text == value.text);
            if !has {
                let message = format!("its own pods have no label `{}: {}`", key.text, value.text);
                self.found.report(resource, key.span, message);
            }
        }
    }

    fn workloads(&self) -> impl Iterator<Item = &'r Resource> {
        let beside = self.together.iter().filter(|r| r.is_beside(self.resource));
        beside.filter(|r| !r.pods().is_empty())
    }

    /// The ports of a service lead to ports of its pods.
    fn ports(&mut self) {
        let wanted = entries(&self.resource.node, &["spec", "selector"]);
        let pods: Vec<&Resource> = self
            .workloads()
            .filter(|w| has_labels(w, &wanted))
            .collect();
        let names = || {
            let templates = pods.iter().flat_map(|w| w.pods());
            let specs = templates.filter_map(|t| t.get("spec"));
            let containers = specs.flat_map(|s| list(s, &["containers"]));
            containers.flat_map(|c| names_of(list(c, &["ports"])))
        };
        for port in list(&self.resource.node, &["spec", "ports"]) {
            if let Some(number) = port.get("port").filter(|n| !is_port(n)) {
                let message = "a port is a number from 1 to 65535";
                self.found.report(self.resource, number.span, message);
            }
            let Some(target) = scalar(port, &["targetPort"]) else {
                continue;
            };
            let named = !target.text.starts_with(|c: char| c.is_ascii_digit());
            if named && !pods.is_empty() && !names().any(|n| n == &*target.text) {
                let what = ("port of its pods", &*target.text);
                self.found
                    .unknown((self.resource, target.span), what, names());
            }
        }
    }

    fn autoscaler(&mut self) {
        let target = ["spec", "scaleTargetRef"];
        let resource = self.resource;
        let Some(target) = resource.at(&target) else {
            let message = "it names nothing to scale in `spec.scaleTargetRef`";
            self.found.report(resource, resource.node.span, message);
            return;
        };
        if let Some(kind) = text(target, &["kind"])
            && let Some(scaled) = self.follow(kind, scalar(target, &["name"]))
            && let Some(replicas) = scaled.at(&["spec", "replicas"])
        {
            let message = format!(
                "`{}` scales it: with `replicas`, each `kubectl apply` would take the scale back",
                resource.name
            );
            self.found.report(scaled, replicas.span, message);
        }
        let number = |key| {
            scalar(&resource.node, &["spec", key])?
                .text
                .parse::<i64>()
                .ok()
        };
        if let (Some(least), Some(most)) = (number("minReplicas"), number("maxReplicas"))
            && least > most
        {
            let span = resource
                .at(&["spec", "minReplicas"])
                .map_or(resource.node.span, |n| n.span);
            let message = format!("`minReplicas` is {least}, and `maxReplicas` {most}");
            self.found.report(resource, span, message);
        }
    }

    fn budget(&mut self) {
        let both = ["minAvailable", "maxUnavailable"].map(|key| self.resource.at(&["spec", key]));
        if let [Some(least), Some(_)] = both {
            let message = "a budget says `minAvailable` or `maxUnavailable`, not both";
            self.found.report(self.resource, least.span, message);
        }
    }

    fn ingress(&mut self) {
        let resource = self.resource;
        let rules = list(&resource.node, &["spec", "rules"]).iter();
        let paths = rules.flat_map(|r| list(r, &["http", "paths"]));
        let services = paths.filter_map(|p| at(p, &["backend", "service"]));
        for service in services.chain(resource.at(&["spec", "defaultBackend", "service"])) {
            let Some(target) = self.follow("Service", scalar(service, &["name"])) else {
                continue;
            };
            let ports = || names_of(list(&target.node, &["spec", "ports"]));
            if let Some(port) = scalar(service, &["port", "name"])
                && !ports().any(|p| p == &*port.text)
            {
                let what = ("port of that service", &*port.text);
                self.found.unknown((resource, port.span), what, ports());
            }
        }
    }
}

fn scalar<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Excerpt> {
    at(node, keys)?.scalar()
}

/// Whether pods of a workload have some labels.
fn has_labels(workload: &Resource, wanted: &[(&Excerpt, &Excerpt)]) -> bool {
    workload.pods().iter().any(|template| {
        let labels = entries(template, &["metadata", "labels"]);
        wanted.iter().all(|(key, value)| {
            labels
                .iter()
                .any(|(k, v)| k.text == key.text && v.text == value.text)
        })
    })
}
