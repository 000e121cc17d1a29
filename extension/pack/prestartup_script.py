"""How does ComfyUI come up behind Gatehouse? ComfyUI runs this before anything listens; gatehouse_pack/ does the work."""

import importlib.util
import os
import sys

PACKAGE = "gatehouse_pack"


def start():
    """Registers the package under one name, so that `__init__.py` finds what was decided here."""
    here = os.path.dirname(os.path.realpath(__file__))
    if PACKAGE in sys.modules:
        other = os.path.dirname(sys.modules[PACKAGE].__path__[0])
        raise SystemExit(f"\nGatehouse is installed twice: in {other} and in {here}.\n  Cure: remove one of the two folders.\n")
    folder = os.path.join(here, PACKAGE)
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])
    importlib.import_module(f"{PACKAGE}.launch").launch(here)


try:
    start()
except Exception as failure:
    # ComfyUI logs an Exception of a prestartup script and goes on, unguarded (main.py execute_prestartup_script, 0.33.0).
    raise SystemExit(
        f"\nGatehouse could not start ({type(failure).__name__}: {failure}), so ComfyUI was not started.\n"
        "  Cure: install the comfyui-gatehouse folder again, or remove it from custom_nodes.\n"
    ) from failure
