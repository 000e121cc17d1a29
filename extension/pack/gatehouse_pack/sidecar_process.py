"""How does the sidecar start with ComfyUI, and how does neither outlive the other?"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

from .refusal import refuse

READY_SECONDS = 20.0
STOP_SECONDS = 5.0
ANSWER_BYTES = 65536


def start_sidecar(command: list[str], introduction: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Returns when the sidecar listens. @raises SystemExit when it does not."""
    process = spawn(command, environ)
    ending = threading.Event()
    atexit.register(end, process, ending)
    try:
        # The secret goes through this pipe: never an argument, a variable or a file.
        process.stdin.write(json.dumps(introduction).encode("ascii") + b"\n")
        process.stdin.flush()
    except OSError:
        pass  # It ended already; its answer, or the lack of one, says why.
    await_ready(process)
    threading.Thread(target=watch, args=(process, ending), name="gatehouse-watch", daemon=True).start()


def spawn(command: list[str], environ: Mapping[str, str]) -> subprocess.Popen:
    """stderr is inherited as a file descriptor: what the sidecar says there (the set-up link) never enters ComfyUI's log."""
    # A group of its own: Ctrl-C reaches ComfyUI alone, and the closed pipe then ends the sidecar.
    group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(environ), bufsize=0, **group
        )
    except OSError as error:
        refuse(f"its sidecar cannot be run ({error.strerror}).", f"check that {command[0]} may be executed")
    if hasattr(os, "register_at_fork"):
        # A forked worker that outlives ComfyUI would hold the pipe open, and with it the sidecar.
        os.register_at_fork(after_in_child=process.stdin.close)
    return process


def await_ready(process: subprocess.Popen) -> None:
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        lines.put(read_line(process))
        while process.stdout.read(ANSWER_BYTES):
            pass  # Nothing else is expected; a full pipe would block the sidecar.

    threading.Thread(target=read, name="gatehouse-answer", daemon=True).start()
    try:
        answer = parse_answer(lines.get(timeout=READY_SECONDS))
    except queue.Empty:
        answer = {"error": f"it did not answer within {READY_SECONDS:.0f} seconds."}
    if answer.get("ready") is not True:
        process.kill()
        refuse(f"its sidecar did not start: {answer['error']}", "look at the lines above, correct what they name, start again")


def read_line(process: subprocess.Popen) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < ANSWER_BYTES:
        byte = process.stdout.read(1)
        if not byte:
            break
        line += byte
    return line


def parse_answer(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("ready") is True:
        return {"ready": True}
    said = answer.get("error") if isinstance(answer, dict) else None
    sentence = said if isinstance(said, str) else "it ended, or said something that is no answer."
    return {"error": "".join(character for character in sentence if character.isprintable())}


def watch(process: subprocess.Popen, ending: threading.Event) -> None:
    """Fail closed: a ComfyUI whose sidecar is gone ends too. From a thread, only `os._exit` ends a process for certain."""
    code = process.wait()
    if ending.is_set():
        return
    sentence = f"\nGatehouse: the sidecar ended ({code}), so ComfyUI ends too.\n  Cure: look at the lines above, then start ComfyUI again.\n"
    os.write(2, sentence.encode("ascii"))
    os._exit(1)


def end(process: subprocess.Popen, ending: threading.Event) -> None:
    ending.set()
    try:
        process.stdin.close()
    except OSError:
        pass  # The sidecar closed its end first.
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
