"""Which port does ComfyUI get, and is the one that users know free for the sidecar?"""

from __future__ import annotations

import errno
import os
import socket
import time
from typing import Any

from .refusal import refuse
from .takeover import LOOPBACK

POLL_SECONDS = 0.25


def hold_port(port: int = 0) -> socket.socket:
    """A loopback port that nobody else can bind until it is closed; 0 asks for any free one. It never listens."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "nt":
        held.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    try:
        held.bind((LOOPBACK, port))
    except OSError as error:
        held.close()
        refuse(f"port {port} on {LOOPBACK} cannot be had ({error.strerror}).", "end the program that holds it")
    return held


def wait_until_free(listen: list[dict[str, Any]], seconds: float = 5.0) -> None:
    """Waits because a restart by ComfyUI-Manager replaces this process before the old sidecar has let go."""
    deadline = time.monotonic() + seconds
    for address in listen:
        while (error := bind_error(address["host"], address["port"])) is not None:
            if error == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                continue
            refuse_address(address["host"], address["port"], error)


def refuse_address(host: str, port: int, error: int) -> None:
    if error == errno.EADDRINUSE:
        refuse(f"port {port} on {host} is taken by another program.", "end that program, or choose another --port")
    refuse(f"port {port} on {host} may not be used ({os.strerror(error)}).", "choose a --port from 1024 upwards")


def bind_error(host: str, port: int) -> int | None:
    """Only what is certain: addresses of a family this machine lacks are left to the sidecar."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return None
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                if os.name != "nt":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return error.errno
    return None
