//! Models that, with those of the example, make every template of the pack print something.

/// Their paths and texts.
pub const MODELS: &[(&str, &str)] = &[
    (
        "models/argo.yaml",
        "\
name: argo
training: {algorithm: RandomForest}
deployment: {targetPlatform: Kubernetes}
orchestration: {kind: ARGO, dvc: true}
ci: {provider: GITLAB_CI}
",
    ),
    (
        "models/kubeflow.yaml",
        "\
name: kubeflow
training: {algorithm: RandomForest}
orchestration: {kind: KUBEFLOW}
",
    ),
    (
        "models/customers.yaml",
        "\
name: customers
dataProcessing:
  features:
    - {name: visits, type: INTEGER, min: 0}
    - {name: spent, min: 0, unit: EUR}
training:
  algorithm: KMeans
  parameters: [{key: n_clusters, value: 4}]
tracking: {experiment: shops}
",
    ),
    (
        "models/intrusions.yaml",
        "\
name: intrusions
dataProcessing:
  features:
    - {name: attack, type: BOOLEAN, role: TARGET}
    - {name: packets, type: INTEGER, min: 0}
    - {name: protocol, type: CATEGORY, categories: [tcp, udp]}
training: {algorithm: IsolationForest}
",
    ),
    (
        "models/species.yaml",
        "\
name: species
dataProcessing:
  features:
    - {name: kind, type: CATEGORY, role: TARGET, categories: [a, b, c]}
    - {name: length, min: 0}
training: {algorithm: XGBoost}
ci: {provider: GITLAB_CI}
",
    ),
    (
        "models/shared.yaml",
        "\
name: shared
training: {algorithm: RandomForest}
deployment: {targetPlatform: Kubernetes}
orchestration: {kind: RAY, workers: 3}
",
    ),
    (
        "models/tuned.yaml",
        "\
name: tuned
training:
  algorithm: LightGBM
  search:
    strategy: GRID
    metric: accuracy
    dimensions:
      - {key: n_estimators, low: 10, high: 100, logScale: true, points: 3}
      - {key: learning_rate, low: 0.01, high: 0.3}
      - {key: boosting_type, choices: [gbdt, dart]}
",
    ),
];
