"""Which address did the operator give ComfyUI, and what remains of it once the sidecar listens there instead?"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import Any

from .refusal import refuse

LOOPBACK = "127.0.0.1"
HOST = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.\-]*[0-9A-Za-z])?")


@dataclass(frozen=True)
class Takeover:
    """What the sidecar inherits from ComfyUI's command line."""

    listen: list[dict[str, Any]]
    tls: dict[str, str] | None
    open_browser: bool
    notes: list[str] = field(default_factory=list)


def read_arguments(args: Any) -> Takeover:
    """@raises SystemExit for what cannot be taken over."""
    notes = []
    if getattr(args, "enable_cors_header", None):
        notes.append("--enable-cors-header is ignored: the sidecar decides which origins may ask.")
    return Takeover(
        listen=[{"host": host, "port": read_port(args)} for host in read_hosts(args)],
        tls=read_tls(args),
        open_browser=bool(getattr(args, "auto_launch", False)),
        notes=notes,
    )


def move_to_loopback(args: Any, port: int) -> None:
    """Leaves ComfyUI nothing but a private port. Runs before ComfyUI reads any of these (main.py, 0.33.0)."""
    args.listen = LOOPBACK
    args.port = port
    args.tls_keyfile = None
    args.tls_certfile = None
    args.auto_launch = False
    # The private address is of no use to anybody, so ComfyUI does not print it.
    args.dont_print_server = True
    args.enable_cors_header = None


def read_hosts(args: Any) -> list[str]:
    """ComfyUI splits --listen at commas and binds every interface for an empty one (main.py run, 0.33.0)."""
    hosts = list(dict.fromkeys(part.strip() for part in str(args.listen).split(",")))
    for host in hosts:
        if not is_host(host):
            refuse(f"--listen {args.listen!r} is not a list of addresses.", "name each address, e.g. --listen 0.0.0.0")
    return hosts


def read_port(args: Any) -> int:
    if not 1 <= int(args.port) <= 65535:
        refuse(f"--port {args.port} cannot be taken over.", "name a port from 1 to 65535, e.g. --port 8188")
    return int(args.port)


def read_tls(args: Any) -> dict[str, str] | None:
    """ComfyUI serves plain http without a word when one of the two is missing (server.py start_multi_address)."""
    key, certificate = getattr(args, "tls_keyfile", None), getattr(args, "tls_certfile", None)
    if not key and not certificate:
        return None
    if not key or not certificate:
        refuse("only one of --tls-keyfile and --tls-certfile is given.", "give both, or neither")
    for path in (key, certificate):
        if not os.access(path, os.R_OK) or not os.path.isfile(path):
            refuse(f"{path} cannot be read.", "correct --tls-keyfile and --tls-certfile, or the file's permissions")
    return {"keyFile": os.path.abspath(key), "certFile": os.path.abspath(certificate)}


def is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return HOST.fullmatch(text) is not None
    return True


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
