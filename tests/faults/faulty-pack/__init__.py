"""Nodes that do to a real ComfyUI what a broken node does: hang, run out of memory, and take the process along."""

import os
import signal
import time

import torch


class FaultyNode:
    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True
    CATEGORY = "practice"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"flag": ("STRING", {"default": ""})}}


class FaultyHang(FaultyNode):
    """Never returns, and looks at no interrupt."""

    def run(self, flag):
        while True:
            time.sleep(1)


class FaultyMemory(FaultyNode):
    """Fails as an allocation on a full device does."""

    def run(self, flag):
        raise torch.cuda.OutOfMemoryError("Allocation on device 0 would exceed allowed memory.")


class FaultyKill(FaultyNode):
    """Ends the process as the system does when memory is out: the first time only, when `flag` names a file."""

    def run(self, flag):
        if flag == "" or not os.path.exists(flag):
            if flag != "":
                open(flag, "w").close()
            # Late enough that the answer to the prompt has left the process.
            time.sleep(2)
            os.kill(os.getpid(), signal.SIGKILL)
        return {}


NODE_CLASS_MAPPINGS = {"FaultyHang": FaultyHang, "FaultyMemory": FaultyMemory, "FaultyKill": FaultyKill}
