"""Writes down which routes a running ComfyUI has, and which module brought each of them."""

import json
import os

from server import PromptServer


async def write_routes(app):
    routes = [
        {"method": route.method, "path": route.resource.canonical, "module": route.handler.__module__}
        for route in app.router.routes()
        if route.resource is not None
    ]
    with open(os.environ["GATEHOUSE_TEST_ROUTES_FILE"], "w") as file:
        json.dump(routes, file)


# Everything is registered by the time the server starts.
PromptServer.instance.app.on_startup.append(write_routes)
NODE_CLASS_MAPPINGS = {}
