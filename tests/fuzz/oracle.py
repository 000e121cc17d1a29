"""How do Python, aiohttp and ComfyUI's own folder_paths read it? One question a line on stdin, one answer on stdout.

Started with the interpreter of a ComfyUI, in its folder, with --base-directory; a question is {"kind": ..., ...} with
texts as they are and bytes in base64.
"""
import asyncio
import base64
import json
import os
import posixpath
import sys
from http.cookies import SimpleCookie
from unittest import mock

from aiohttp import StreamReader, web
from aiohttp.http_parser import HttpRequestParser
from aiohttp.test_utils import make_mocked_request

sys.path.insert(0, os.getcwd())
import comfy.options

comfy.options.enable_args_parsing()
import folder_paths


def echo_app():
    app = web.Application()

    async def handler(request):
        return web.Response()

    for count in range(9):
        app.router.add_get("/" + "/".join("{s%d}" % index for index in range(count)), handler)
    return app


app = echo_app()


async def target(question):
    """Segments and query pairs of a request target, as a handler of ComfyUI's gets them."""
    line = b"GET " + base64.b64decode(question["target"]) + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    parser = HttpRequestParser(mock.Mock(), asyncio.get_running_loop(), 2**16)
    message = parser.feed_data(line)[0][0][0]
    request = make_mocked_request("GET", "/", app=app)
    request._message, request._rel_url, request._cache = message, message.url, {}
    found = await app.router.resolve(request)
    if getattr(found, "http_exception", None) is not None:
        return {"status": found.http_exception.status}
    info = dict(found)
    return {
        "segments": [info["s%d" % index] for index in range(len(info))],
        "query": [[key, value] for key, value in request.query.items()],
    }


async def form(question):
    """Fields of a multipart body in order; a file as its name."""
    loop = asyncio.get_running_loop()
    body = StreamReader(mock.Mock(_reading_paused=False), 2**20, loop=loop)
    body.feed_data(base64.b64decode(question["body"]))
    body.feed_eof()
    headers = {"Content-Type": question["type"]}
    request = make_mocked_request("POST", "/", headers=headers, payload=body, client_max_size=2**24)
    fields = await request.post()
    return {
        "fields": [
            [key, {"filename": value.filename} if hasattr(value, "filename") else value]
            for key, value in fields.items()
        ]
    }


async def parsed_json(question):
    """The value, printed again with every integer exact."""
    return {"value": json.dumps(json.loads(question["text"]), sort_keys=True)}


async def cookie(question):
    request = make_mocked_request("GET", "/", headers={"Cookie": question["header"]})
    return {"cookies": dict(request.cookies)}


async def read_name(question):
    """Where ComfyUI opens an annotated name, below which of its folders."""
    path = folder_paths.get_annotated_filepath(question["name"])
    for root in ("input", "output", "temp"):
        base = folder_paths.get_directory_by_type(root)
        if path.startswith(base + os.sep):
            return {"root": root, "path": os.path.relpath(path, base)}
    return {"path": path}


async def write_prefix(question):
    """Where ComfyUI writes for a prefix, relative to its output folder; makes no folder."""
    output = folder_paths.get_output_directory()
    with mock.patch("os.makedirs"):
        folder, name, counter, _, _ = folder_paths.get_save_image_path(question["prefix"], output, 64, 32)
    return {"path": posixpath.normpath(posixpath.join(os.path.relpath(folder, output), "%s_%05d_.png" % (name, counter)))}


kinds = {
    "target": target,
    "form": form,
    "json": parsed_json,
    "cookie": cookie,
    "read": read_name,
    "write": write_prefix,
}


async def main():
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = await kinds[question["kind"]](question)
        except (Exception, RecursionError) as error:
            answer = {"error": type(error).__name__ + ": " + str(error)[:200]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


asyncio.run(main())
