"""Images and containers on a machine without an engine: podman, with a store of its own.

The base image has Python from the packages of Debian, made where there is none yet; no registry of images is asked.
What this machine's pip knows of its network is lent to the builds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# As much as the image in its place has, which a generated Dockerfile names.
PACKAGES = ["ca-certificates", "netbase", "tzdata", "python-is-python3", "python3-venv"]
SUITE, PYTHON = "bookworm", "3.11"
BASE = f"localhost/base:{SUITE}"
LENT = {"cert", "default-timeout", "extra-index-url", "index-url", "proxy", "timeout", "trusted-host"}
# As a cluster runs them, where it restricts what runs.
RESTRICTED = [
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp"),
    *("--cap-drop=all", "--security-opt=no-new-privileges", "--pull=never", "--network=host"),
    # No limits that need rights which this machine may lack.
    *("--cgroups=disabled", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
]


class Failure(Exception):
    """A program said no."""


def run(*command: object) -> str:
    """What a program says."""
    # No timers of a system that may not be there.
    environment = {**os.environ, "DISABLE_HC_SYSTEMD": "true"}
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{words[0]}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip()


def pip_settings() -> dict[str, str]:
    """Where this machine gets packages of Python, and whom it trusts."""
    said = run(sys.executable, "-m", "pip", "config", "list")
    found = dict(re.findall(r"^\S+?\.([\w-]+)='(.*)'$", said, re.MULTILINE))
    return {key: value for key, value in found.items() if key in LENT}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("", 0))
        return int(one.getsockname()[1])


class Store:
    """Images that are kept from run to run, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # The runtime takes one version of control groups, not both. This is a namespace of our own.
        subprocess.run(["umount", "--lazy", "/sys/fs/cgroup/unified"], stderr=subprocess.DEVNULL, check=False)
        places = [f"--root={folder / 'storage'}", f"--runroot={folder / 'run'}"]
        self.podman = ["podman", *places, "--storage-driver=overlay", "--cgroup-manager=cgroupfs"]

    def do(self, *words: object) -> str:
        return run(*self.podman, *words)

    def has(self, image: str) -> bool:
        try:
            self.do("image", "exists", image)
        except Failure:
            return False
        return True

    def base(self) -> None:
        """The image that others are made from, where it is not here yet."""
        if self.has(BASE):
            return
        root = self.folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        run("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root)
        packed = self.folder / "root.tar"
        left = ["--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*"]
        run("tar", "-C", root, *left, "-cf", packed, ".")
        self.do("import", "--change", 'CMD ["python3"]', packed, BASE)
        packed.unlink()
        shutil.rmtree(root)

    def build(self, file: Path, image: str, target: str) -> None:
        """Build one target of a Dockerfile, as it stands, on the base image."""
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
            lent = pip_settings()
            settings.write("[global]\n" + "".join(f"{key} = {value}\n" for key, value in lent.items()))
            settings.flush()
            volumes = [f"--volume={settings.name}:/etc/pip.conf:ro"]
            if cert := lent.get("cert"):
                volumes.append(f"--volume={cert}:{cert}:ro")
            how = ["--isolation=chroot", "--layers", "--format=docker", "--pull=never", f"--build-arg=BASE={BASE}"]
            self.do("build", *how, *volumes, f"--file={file}", f"--target={target}", f"--tag={image}", file.parent)

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        """All that is known of an image or a container."""
        known: list[dict[str, Any]] = json.loads(self.do(kind, "inspect", name))
        return known[0]

    def run(self, image: str, *words: str, options: list[str]) -> str:
        """Run a container to its end; what it printed."""
        return self.do("run", "--rm", *RESTRICTED, *options, image, *words)

    def clean(self) -> None:
        """Remove what is neither named nor part of what is."""
        self.do("rm", "--force", "--all", "--volumes")
        self.do("volume", "prune", "--force")
        self.do("image", "prune", "--force")
