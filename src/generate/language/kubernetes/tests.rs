//! A folder that runs, and one fault after the other planted in it.

use super::super::{Files, Flaw, Ties};
use super::Known;

/// Checks files by their texts.
fn check(files: &[(&str, &str)], known: Known<'_>) -> Vec<(usize, Flaw)> {
    let all = files
        .iter()
        .map(|(path, text)| (*path, Ties::of(path, text)));
    let all: Vec<(&str, Ties)> = all.collect();
    let text = |index: usize| files[index].1.to_owned();
    let files = Files {
        all: &all,
        text: &text,
    };
    super::check(files, known)
}

const DEPLOYMENT: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {rate: \"1\"}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: serve
          image: web:1
          ports: [{name: http, containerPort: 8080}]
          env:
            - name: RATE
              valueFrom: {configMapKeyRef: {name: settings, key: rate}}
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {cpu: \"1\", memory: 128Mi}
          readinessProbe: {httpGet: {path: /, port: http}}
          volumeMounts: [{name: files, mountPath: /data}]
      volumes:
        - name: files
          persistentVolumeClaim: {claimName: data}
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 3
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: web}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
    - http:
        paths:
          - path: /
            backend: {service: {name: web, port: {name: http}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: train, namespace: shop}
spec:
  schedule: \"@daily\"
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: train}}
        spec:
          restartPolicy: Never
          securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
          containers:
            - name: train
              image: web:1
              securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
";

/// In a folder below that of the namespace.
const RAY: &str = "\
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: tune, namespace: shop}
spec:
  entrypoint: python -m tune
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template:
        metadata: {labels: {app: tune}}
        spec:
          securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
          containers:
            - name: ray-head
              image: tune:1
              ports: [{name: dashboard, containerPort: 8265}]
              readinessProbe: {httpGet: {path: /, port: dashboard}}
              securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    workerGroupSpecs:
      - groupName: small
        rayStartParams: {}
        template:
          metadata: {labels: {app: tune, size: small}}
          spec:
            securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
            containers:
              - name: ray-worker
                image: tune:1
                resources: {requests: {cpu: 1500m}, limits: {cpu: \"2\"}}
                securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: []}}
                volumeMounts: [{name: room, mountPath: /tmp}]
            volumes: [{name: room, emptyDir: {sizeLimit: 2Gi}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: tune, namespace: shop}
spec:
  podSelector: {matchLabels: {size: small}}
";

const BASE: &str = "resources: [deployment.yaml, service.yaml]\n";
const OVERLAY: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
patches:
  - path: scale.yaml
";
const PATCH: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";

/// What is told when one text of a file stands in the place of another.
fn told(from: &str, to: &str) -> Vec<String> {
    let files = [
        ("k8s/base/deployment.yaml", DEPLOYMENT),
        ("k8s/base/service.yaml", SERVICE),
        ("k8s/base/kustomization.yaml", BASE),
        ("k8s/dev/kustomization.yaml", OVERLAY),
        ("k8s/dev/scale.yaml", PATCH),
        ("k8s/base/ray/job.yaml", RAY),
    ];
    let hit = files.iter().any(|(_, text)| text.contains(from));
    assert!(hit || from.is_empty(), "no file has {from:?}");
    let mut faulty: Vec<(&str, String)> = Vec::new();
    let mut done = from.is_empty();
    for (path, text) in files {
        let text = if done {
            text.to_owned()
        } else {
            text.replacen(from, to, 1)
        };
        done |= text.contains(to) && !to.is_empty();
        faulty.push((path, text));
    }
    let files: Vec<(&str, &str)> = faulty.iter().map(|(p, t)| (*p, t.as_str())).collect();
    let flaws = check(&files, &mut |_, _| false).into_iter();
    let place = |(file, offset): (usize, usize)| {
        let (path, text) = files[file];
        let line = text[..offset].matches('\n').count() + 1;
        format!("{}:{line}", path.rsplit('/').next().unwrap_or(path))
    };
    flaws
        .map(|(file, flaw)| format!("{} {}", place((file, flaw.offset)), flaw.message))
        .collect()
}

#[test]
fn what_runs_is_not_told() {
    assert_eq!(told("", ""), [""; 0]);
    assert_eq!(
        check(&[("a.yaml", "name: x\nkind: y\n")], &mut |_, _| false),
        []
    );
    assert_eq!(
        check(&[("a.yaml", "apiVersion: v1\nkind: [a\n")], &mut |_, _| {
            false
        }),
        []
    );
}

/// A text, what stands in its place, and what is then told.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        "claimName: data",
        "claimName: dta",
        "deployment.yaml:48 there is no PersistentVolumeClaim `dta` here; did you mean `data`?",
    ),
    (
        "name: settings, key",
        "name: setings, key",
        "deployment.yaml:37 there is no ConfigMap `setings` here; did you mean `settings`?",
    ),
    (
        "key: rate",
        "key: rat",
        "deployment.yaml:37 there is no key in that ConfigMap: `rat` here; did you mean `rate`?",
    ),
    (
        "matchLabels: {app: web}}\n  template",
        "matchLabels: {app: wb}}\n  template",
        "deployment.yaml:24 its own pods have no label `app: wb`",
    ),
    (
        "selector: {app: web}",
        "selector: {app: wb}",
        "service.yaml:5 no pods here have all of these labels",
    ),
    (
        "targetPort: http",
        "targetPort: htp",
        "service.yaml:6 there is no port of its pods `htp` here; did you mean `http`?",
    ),
    (
        "port: 80,",
        "port: 80000,",
        "service.yaml:6 a port is a number from 1 to 65535",
    ),
    (
        "kind: Deployment, name: web",
        "kind: Deployment, name: wb",
        "service.yaml:12 there is no Deployment `wb` here; did you mean `web`?",
    ),
    (
        "minReplicas: 1",
        "minReplicas: 5",
        "service.yaml:13 `minReplicas` is 5, and `maxReplicas` 3",
    ),
    (
        "spec:\n  selector: {matchLabels",
        "spec:\n  replicas: 2\n  selector: {matchLabels",
        "deployment.yaml:24 `web` scales it: with `replicas`, each `kubectl apply` would take the scale back",
    ),
    (
        "maxUnavailable: 1",
        "maxUnavailable: 1\n  minAvailable: 1",
        "service.yaml:21 a budget says `minAvailable` or `maxUnavailable`, not both",
    ),
    (
        "service: {name: web",
        "service: {name: wb",
        "service.yaml:31 there is no Service `wb` here; did you mean `web`?",
    ),
    (
        "port: {name: http",
        "port: {name: htp",
        "service.yaml:31 there is no port of that service `htp` here; did you mean `http`?",
    ),
    (
        "restartPolicy: Never",
        "restartPolicy: Always",
        "service.yaml:43 pods of a job say `restartPolicy: Never` or `OnFailure`",
    ),
    (
        "service.yaml]",
        "servce.yaml]",
        "kustomization.yaml:1 no artifact is the resource `servce.yaml`",
    ),
    (
        "[../base]",
        "[../bse]",
        "kustomization.yaml:3 no artifact is the resource `../bse`",
    ),
    (
        "path: scale.yaml",
        "path: scal.yaml",
        "kustomization.yaml:5 no artifact is the patch `scal.yaml`",
    ),
    (
        "port: http}}",
        "port: htp}}",
        "deployment.yaml:44 there is no port `htp` here; did you mean `http`?",
    ),
    (
        "{name: files, mount",
        "{name: fils, mount",
        "deployment.yaml:45 there is no volume `fils` here; did you mean `files`?",
    ),
    (
        "name: http, container",
        "name: http-of-the-server, container",
        "deployment.yaml:34 `http-of-the-server` names no port: at most 15 small letters, digits and `-`",
    ),
    (
        "name: serve",
        "name: Serve",
        "deployment.yaml:32 `Serve` is no name: at most 63 small letters, digits and `-`, a letter or digit at both ends",
    ),
    (
        "name: web, namespace: shop}\nspec:\n  selector: {matchLabels",
        "name: web_1, namespace: shop}\nspec:\n  selector: {matchLabels",
        "deployment.yaml:22 `web_1` is no name: at most 253 small letters, digits, `-` and `.`, a letter or digit at both ends",
    ),
    (
        "tier: front",
        "tier: front end",
        "deployment.yaml:26 `front end` is no value of a label: at most 63 letters, digits, `-`, `_` and `.`",
    ),
    (
        "cpu: 100m",
        "cpu: 100mm",
        "deployment.yaml:42 `100mm` is no quantity such as `500m`, `2` or `1.5Gi`",
    ),
    (
        "memory: 64Mi",
        "memory: 64Gi",
        "deployment.yaml:42 more memory is requested than the limit `128Mi`",
    ),
    (
        "image: web:1\n",
        "command: [a]\n",
        "deployment.yaml:32 this container has no image",
    ),
    (
        "runAsNonRoot: true\n",
        "runAsNonRoot: false\n",
        "deployment.yaml:29 the namespace takes restricted pods only: `runAsNonRoot: true` is said of the pods or of each container",
    ),
    (
        "allowPrivilegeEscalation: false",
        "privileged: false",
        "deployment.yaml:32 the namespace takes restricted pods only: each container says `allowPrivilegeEscalation: false`",
    ),
    (
        "drop: [ALL]",
        "drop: [NET_RAW]",
        "deployment.yaml:40 the namespace takes restricted pods only: each container drops `ALL` capabilities",
    ),
    (
        "{type: RuntimeDefault}",
        "{type: Unconfined}",
        "deployment.yaml:30 the namespace takes restricted pods only: `seccompProfile` is `RuntimeDefault` or `Localhost`",
    ),
    (
        "persistentVolumeClaim: {claimName: data}",
        "hostPath: {path: /}",
        "deployment.yaml:48 the namespace takes restricted pods only: not with a volume of `hostPath`",
    ),
    (
        "      containers:\n        - name: serve",
        "      hostNetwork: true\n      containers:\n        - name: serve",
        "deployment.yaml:31 the namespace takes restricted pods only: not with `hostNetwork`",
    ),
    (
        "              securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}\n    worker",
        "              securityContext: {capabilities: {drop: [ALL]}}\n    worker",
        "job.yaml:14 the namespace takes restricted pods only: each container says `allowPrivilegeEscalation: false`",
    ),
    (
        "capabilities: {drop: [ALL], add: []}",
        "capabilities: {drop: [ALL], add: [NET_RAW]}",
        "job.yaml:30 the namespace takes restricted pods only: no capability is added but `NET_BIND_SERVICE`",
    ),
    (
        "volumes: [{name: room, emptyDir: {sizeLimit: 2Gi}}]",
        "volumes: [{name: room, hostPath: {path: /}}]",
        "job.yaml:32 the namespace takes restricted pods only: not with a volume of `hostPath`",
    ),
    (
        "volumeMounts: [{name: room,",
        "volumeMounts: [{name: rom,",
        "job.yaml:31 there is no volume `rom` here; did you mean `room`?",
    ),
    (
        "port: dashboard}",
        "port: dashbord}",
        "job.yaml:17 there is no port `dashbord` here; did you mean `dashboard`?",
    ),
    (
        "requests: {cpu: 1500m}",
        "requests: {cpu: 2500m}",
        "job.yaml:29 more cpu is requested than the limit `2`",
    ),
    (
        "labels: {app: tune, size: small}",
        "labels: {app: tune, size: sm@ll}",
        "job.yaml:23 `sm@ll` is no value of a label: at most 63 letters, digits, `-`, `_` and `.`",
    ),
    (
        "podSelector: {matchLabels: {size: small}}",
        "podSelector: {matchLabels: {size: large}}",
        "job.yaml:38 no pods here have all of these labels",
    ),
];

#[test]
fn each_fault_is_found_at_its_place() {
    let mut wrong = Vec::new();
    for (from, to, expected) in FAULTS {
        let told = told(from, to);
        if !told.iter().any(|t| t == expected) {
            wrong.push(format!("{to}: {expected}\n{told:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn amounts_are_read_as_the_api_reads_them() {
    use super::syntax::quantity;
    assert_eq!(quantity("1.5Gi"), Some(1.5 * 1024.0 * 1024.0 * 1024.0));
    assert_eq!(quantity("500m"), Some(0.5));
    assert_eq!(quantity("1e3"), Some(1000.0));
    for wrong in ["", "1gi", "Mi", "1 Gi", "1.2.3", "x"] {
        assert_eq!(quantity(wrong), None, "{wrong}");
    }
}

#[test]
fn folders_that_are_known_to_be_right_are_not_read_again() {
    let wrong = "apiVersion: v1\nkind: Service\nmetadata: {name: Wrong Name}\n";
    let files = [("a/one.yaml", wrong), ("b/two.yaml", wrong)];
    let mut asked = Vec::new();
    let flaws = check(&files, &mut |folder, of| {
        asked.push((folder.to_owned(), of.to_vec()));
        folder == "a"
    });
    assert_eq!(
        asked,
        [("a".to_owned(), vec![0]), ("b".to_owned(), vec![1])]
    );
    assert!(!flaws.is_empty() && flaws.iter().all(|(file, _)| *file == 1));
}

#[test]
fn what_a_folder_above_says_of_a_namespace_belongs_to_a_folder() {
    let files = [
        ("k8s/space.yaml", DEPLOYMENT),
        ("k8s/base/jobs/ray.yaml", RAY),
        ("other/ray.yaml", RAY),
    ];
    let mut asked = Vec::new();
    check(&files, &mut |_, of| {
        asked.push(of.to_vec());
        true
    });
    assert_eq!(asked, [vec![0], vec![1, 0], vec![2]]);
}
