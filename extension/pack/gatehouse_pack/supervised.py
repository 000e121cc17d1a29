"""What does the pack take from the supervisor (`gatehouse up -- python main.py`) that started this ComfyUI?"""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import MutableMapping

from .refusal import refuse

CURE = "start ComfyUI with `gatehouse up -- python main.py`, or unset GATEHOUSE_SUPERVISED"


def take_secret(environ: MutableMapping[str, str]) -> str:
    """Takes it out of the environment, which every program that a node starts would inherit."""
    secret = environ.pop("GATEHOUSE_GUARD_SECRET", "")
    if re.fullmatch(r"[0-9a-f]{64}", secret) is None:
        # Also after a restart from inside (os.execv by ComfyUI-Manager): the supervisor then starts a new one.
        refuse("GATEHOUSE_SUPERVISED is set, but the supervisor's secret is not.", CURE)
    return secret


def read_port(environ: MutableMapping[str, str]) -> int:
    text = environ.get("GATEHOUSE_UPSTREAM_PORT", "")
    if re.fullmatch(r"[1-9][0-9]{0,4}", text) is None or int(text) > 65535:
        refuse("GATEHOUSE_SUPERVISED is set, but GATEHOUSE_UPSTREAM_PORT is no port.", CURE)
    return int(text)


def end_with_supervisor() -> None:
    """A killed supervisor cannot end its ComfyUI: the pipe that it holds as our stdin closes, and that does."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=wait_for_end, name="gatehouse-supervisor", daemon=True).start()


def wait_for_end() -> None:
    while os.read(0, 4096):
        pass
    os.write(2, b"\nGatehouse: the supervisor is gone, so ComfyUI ends too.\n")
    os._exit(1)
