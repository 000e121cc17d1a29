"""The node PracticeSteps for a real ComfyUI, so that progress, previews and interrupts can be tested without a model."""

import time

import comfy.utils
from PIL import Image


class PracticeSteps:
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "image": ("IMAGE",),
                "steps": ("INT", {"default": 5, "min": 1, "max": 100000}),
                "delay_ms": ("INT", {"default": 10, "min": 0, "max": 60000}),
            }
        }

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "run"
    CATEGORY = "practice"
    DESCRIPTION = "Reports progress and a preview a number of times."

    def run(self, image, steps, delay_ms):
        first = (image[0].cpu().numpy() * 255).astype("uint8")
        preview = Image.fromarray(first)
        bar = comfy.utils.ProgressBar(steps)
        for step in range(steps):
            time.sleep(delay_ms / 1000)
            bar.update_absolute(step + 1, steps, ("PNG", preview, 512))
        return (image,)


NODE_CLASS_MAPPINGS = {"PracticeSteps": PracticeSteps}
NODE_DISPLAY_NAME_MAPPINGS = {"PracticeSteps": "Practice Steps"}
