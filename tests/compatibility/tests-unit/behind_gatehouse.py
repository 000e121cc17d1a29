"""Puts Gatehouse between ComfyUI's own tests and the applications they build: a pytest plugin, of the session's own."""

import json
import os
import shutil
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

door = json.loads(os.environ["GATEHOUSE_TEST_DOOR"])


@pytest_asyncio.fixture
async def aiohttp_client():
    opened = []

    async def open_client(app, **_):
        runner = web.AppRunner(app, keepalive_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", door["upstreamPort"], reuse_address=True).start()
        session = aiohttp.ClientSession(door["address"], headers={"Authorization": f"Bearer {door['key']}"})
        opened.append((session, runner))
        return session

    yield open_client
    for session, runner in opened:
        await session.close()
        await runner.cleanup()


# Saved files lie with Gatehouse and never in ComfyUI's user folder, so that is where a test puts and finds them.
@pytest.fixture
def tmp_path():
    folder = Path(door["userdata"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
