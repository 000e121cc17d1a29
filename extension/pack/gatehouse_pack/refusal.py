"""How does the pack say no? With a sentence and its cure, as the only exception that ComfyUI does not swallow."""

from __future__ import annotations

import sys
from typing import NoReturn


def refuse(sentence: str, cure: str) -> NoReturn:
    """Ends the process before anything listens."""
    raise SystemExit(f"\nGatehouse did not start ComfyUI: {sentence}\n  Cure: {cure}\n")


def say(sentence: str) -> None:
    """One line for the operator. It also enters ComfyUI's log buffer, which users can read: never a secret."""
    print(f"Gatehouse: {sentence}", file=sys.stderr, flush=True)
