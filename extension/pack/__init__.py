"""Is ComfyUI guarded before it listens? ComfyUI imports this as a pack; it installs the guard, or ends the process."""

import sys

NODE_CLASS_MAPPINGS = {}
NODE_DISPLAY_NAME_MAPPINGS = {}
WEB_DIRECTORY = "./web"

try:
    # Registered by prestartup_script.py: absent when that script did not run to its end.
    sys.modules["gatehouse_pack.launch"].install_guard()
except Exception as failure:
    # ComfyUI logs an Exception of a pack and goes on, unguarded (nodes.py load_custom_node, 0.33.0).
    raise SystemExit(
        f"\nGatehouse could not guard ComfyUI ({type(failure).__name__}: {failure}), so ComfyUI was not started.\n"
        "  Cure: look at the first lines of the log, install the comfyui-gatehouse folder again, "
        "or remove it from custom_nodes.\n"
    ) from failure
