"""Is the guard the outermost middleware at the very moment ComfyUI binds its port? If not, the port is not bound."""

from __future__ import annotations

import sys
from typing import Any

from .refusal import refuse
from .state import State
from .takeover import LOOPBACK, is_loopback


def watch_the_bind(state: State, args: Any) -> None:
    """Python's own audit event comes before the system call and cannot be taken away again (PEP 578)."""

    def check(event: str, values: tuple[Any, ...]) -> None:
        if event != "socket.bind":
            return
        address = values[1]
        # A reserved port of 0 is none: a pack that binds any free port is not ComfyUI.
        if isinstance(address, tuple) and (address[1] == args.port or (state.port and address[1] == state.port)):
            check_bind(state, str(address[0]), int(address[1]))

    sys.addaudithook(check)


def check_bind(state: State, host: str, port: int) -> None:
    """@raises SystemExit, which refuses the bind and ends ComfyUI."""
    if state.stage == "open":
        return
    if state.stage == "plain":
        if not is_loopback(host):
            refuse(f"it would listen on {host} without Gatehouse.", "unset GATEHOUSE_OFF, or listen on 127.0.0.1")
        return
    if state.stage != "guarded" or not is_outermost(state):
        refuse("its guard is not in place.", "look at the lines about comfyui-gatehouse above, and install it again")
    if (host, port) != (LOOPBACK, state.port):
        refuse(
            f"another pack moved it to {host}, port {port}, after Gatehouse had given it a private port.",
            "remove the pack that changes ComfyUI's address in its own prestartup_script.py",
        )


def is_outermost(state: State) -> bool:
    """aiohttp freezes the list when the server is set up, so what is true at the bind stays true."""
    app: Any = state.app
    return app is not None and app.frozen and len(app.middlewares) > 0 and app.middlewares[0] is state.guard


def keep_outermost(state: State):
    """For aiohttp's `on_startup`: other packs put middlewares first too, after ours (aiohttp sends it before it freezes)."""

    async def on_startup(app: Any) -> None:
        if app.middlewares[0] is not state.guard:
            if state.guard in app.middlewares:
                app.middlewares.remove(state.guard)
            app.middlewares.insert(0, state.guard)
        if state.held is not None:
            state.held.close()

    return on_startup
