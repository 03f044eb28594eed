"""Whether runs are recorded with MLflow where a model asks for it, in a database and nowhere else.

    python tests/pipelines/tracking.py target/release/mlopsgen
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

import shell

PIPELINE = "heat-demand"


def main() -> None:
    """Train and evaluate twice; the database knows two runs."""
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shell.run(program, "init", "--from", PIPELINE, cwd=home)
        model = home / "models" / f"{PIPELINE}.yaml"
        model.write_text(model.read_text("utf-8") + "\ntracking: {experiment: heat}\n", "utf-8")
        shell.run(program, "generate", cwd=home)
        project = home / "generated" / PIPELINE
        shell.lint(project, home / "mypy")
        for _ in range(2):
            shell.run(sys.executable, project / "evaluate.py", cwd=home)
        artifacts = project / "artifacts"
        assert not list(home.rglob("mlruns")), "a folder of runs was made"
        with sqlite3.connect(artifacts / "mlflow.db") as database:
            runs = database.execute("select count(*) from runs where status = 'FINISHED'").fetchone()[0]
            shown = dict(database.execute("select key, value from latest_metrics").fetchall())
            digests = database.execute("select value from tags where key = 'model_sha256'").fetchall()
        report = json.loads((artifacts / "metrics.json").read_text("utf-8"))
        assert runs == 2, runs
        assert {key: shown[key] for key in report["holdout"]} == report["holdout"], shown
        assert set(digests) == {(report["model_sha256"],)}, digests
    print(f"{PIPELINE}: {runs} runs recorded, {len(shown)} metrics")


if __name__ == "__main__":
    main()
