"""Which of the ways to run is this: folder-drop, supervised, or switched off? It closes ComfyUI first, then decides."""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

from . import files, guard, last_check, node_runtime, ports, sidecar_process, supervised, takeover
from .refusal import refuse, say
from .state import state


def launch(pack: str) -> None:
    """Runs before ComfyUI has made its server. @raises SystemExit whenever ComfyUI may not come up."""
    from comfy.cli_args import args

    if is_worker():
        state.stage = "worker"
        last_check.watch_the_bind(state, args)
    elif is_on("GATEHOUSE_OFF"):
        run_plain(args)
        last_check.watch_the_bind(state, args)
    else:
        run_guarded(pack, args)


def run_guarded(pack: str, args: Any) -> None:
    inherited = takeover.read_arguments(args)
    supervisor = is_on("GATEHOUSE_SUPERVISED")
    state.secret = supervised.take_secret(os.environ) if supervisor else secrets.token_hex(32)
    state.held = ports.hold_port(supervised.read_port(os.environ) if supervisor else 0)
    state.port = state.held.getsockname()[1]
    takeover.move_to_loopback(args, state.port)
    last_check.watch_the_bind(state, args)
    check_pack(pack)
    for note in inherited.notes:
        say(note)
    if supervisor:
        supervised.end_with_supervisor()
    else:
        run_sidecar(pack, inherited)
    state.stage = "guarded"


def install_guard() -> None:
    """Runs when ComfyUI imports the pack: the application exists, and is not yet frozen."""
    if state.stage == "closed":
        refuse("Gatehouse's prestartup_script.py did not run to its end.", "install the comfyui-gatehouse folder again")
    if state.stage != "guarded" or state.app is not None:
        return
    from server import PromptServer

    app = PromptServer.instance.app
    state.guard = guard.create_guard(state.secret)
    app.middlewares.insert(0, state.guard)
    app.on_startup.append(last_check.keep_outermost(state))
    files.add_route(app)
    state.app = app


def run_plain(args: Any) -> None:
    """GATEHOUSE_OFF=1: a plain ComfyUI, on loopback."""
    if is_on("GATEHOUSE_DANGEROUSLY_OPEN"):
        say("GATEHOUSE_OFF and GATEHOUSE_DANGEROUSLY_OPEN are set: ComfyUI is open to everybody who reaches its port.")
        state.stage = "open"
        return
    hosts = str(args.listen).split(",")
    if not all(takeover.is_loopback(host.strip()) for host in hosts):
        args.listen = takeover.LOOPBACK
        say("GATEHOUSE_OFF is set: ComfyUI listens on 127.0.0.1 only (wider needs GATEHOUSE_DANGEROUSLY_OPEN=1).")
    state.stage = "plain"


def run_sidecar(pack: str, inherited: takeover.Takeover) -> None:
    node = node_runtime.find_node(os.environ)
    ports.wait_until_free(inherited.listen)
    introduction = introduce(inherited)
    sidecar_process.start_sidecar([node, os.path.join(pack, "gatehouse.mjs"), "up", "--pack"], introduction, os.environ)


def introduce(inherited: takeover.Takeover) -> dict[str, Any]:
    """ComfyUI has applied its directory flags before it runs this (main.py apply_custom_paths, 0.33.0)."""
    import folder_paths

    user = os.path.abspath(folder_paths.get_user_directory())
    return {
        "comfyuiUrl": f"http://{takeover.LOOPBACK}:{state.port}",
        "guardSecret": state.secret,
        "listen": inherited.listen,
        "tls": inherited.tls,
        "dataDir": make_private(os.path.join(user, "__gatehouse")),
        "openBrowser": inherited.open_browser,
        "userDirectory": user,
        "inputDirectory": os.path.abspath(folder_paths.get_input_directory()),
        "outputDirectory": os.path.abspath(folder_paths.get_output_directory()),
    }


def make_private(directory: str) -> str:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if os.name != "nt":
            os.chmod(directory, 0o700)
    except OSError as error:
        refuse(f"{directory} cannot be made private ({error.strerror}).", "let the user who runs ComfyUI own that folder")
    return directory


def check_pack(pack: str) -> None:
    """A half-copied pack is found here, where a sentence can still be said, and not at the bind."""
    path = os.path.join(pack, "__init__.py")
    with open(path, encoding="utf-8") as file:
        compile(file.read(), path, "exec")
    if not is_on("GATEHOUSE_SUPERVISED") and not os.path.isfile(os.path.join(pack, "gatehouse.mjs")):
        refuse(f"{pack} has no gatehouse.mjs.", "install the built folder: `gatehouse install` makes it whole")


def is_worker() -> bool:
    """A spawned multiprocessing child runs main.py again as `__mp_main__`, up to here, and never starts a server."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "__mp_main__":
            return True
        frame = frame.f_back
    return False


def is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")
