"""What do the two doors of the pack know of each other? It lives in this process' memory and nowhere else."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


@dataclass
class State:
    """`stage` is "closed" until it is decided how ComfyUI may listen, then "guarded", "plain", "open" or "worker"."""

    stage: str = "closed"
    # 64 lower-case hex characters, shared with the sidecar only.
    secret: str = field(default="", repr=False)
    port: int = 0
    # Bound and never listening: nobody can bind the port before the guard is in its place.
    held: socket.socket | None = None
    app: object | None = None
    guard: object | None = None


state = State()
