"""Holds a real ComfyUI as a test can hold the practice one: while a file is there, no node starts; interrupts get through."""

import os
import time

import comfy.model_management
from server import PromptServer

held = os.environ["GATEHOUSE_TEST_HOLD_FILE"]
pause_s = 0.01
send_sync = PromptServer.instance.send_sync


# The worker says "executing" right before it calls a node (execution.py:execute, 0.3.64 to 0.33.0).
def send_then_wait(event, data, sid=None):
    send_sync(event, data, sid)
    if event != "executing" or data.get("node") is None:
        return
    while os.path.exists(held):
        comfy.model_management.throw_exception_if_processing_interrupted()
        time.sleep(pause_s)


PromptServer.instance.send_sync = send_then_wait
NODE_CLASS_MAPPINGS = {}
