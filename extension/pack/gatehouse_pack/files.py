"""What do tenants keep on disk? Lists, removes and measures files strictly below one tenant's folder, for the sidecar alone."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
from collections.abc import Iterator
from typing import Any

from aiohttp import web

ROUTE = "/gatehouse/pack/files"
VIEW_ROUTES = ("/view", "/api/view")
FOLDER = re.compile(r"[a-z0-9]{20}", re.ASCII)
ROOTS = ("input", "output")
MOST_NAMES = 10_000
NAMELESS = (errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP)


class BadOrder(Exception):
    """An order that no sidecar of this version gives."""


def add_route(app: web.Application) -> None:
    """The guard has judged the secret before any route is found."""
    app.router.add_post(ROUTE, answer)


async def answer(request: web.Request) -> web.Response:
    try:
        order = await request.json()
        # Walking folders in the event loop would stop every live event meanwhile.
        return web.json_response(await asyncio.to_thread(carry_out, order))
    except (BadOrder, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except OSError as error:
        return web.json_response({"error": error.strerror or "the disk refused"}, status=503)


def carry_out(order: Any) -> dict[str, Any]:
    """@raises BadOrder, OSError"""
    if not isinstance(order, dict):
        raise BadOrder("an order is an object")
    if order.get("op") == "list":
        return {"files": list(walk(tenant_folder(order, order.get("root"))))}
    if order.get("op") == "remove":
        return {"removed": [remove(order, named) for named in names_of(order, "files")]}
    if order.get("op") == "temp":
        return measure_temp(names_of(order, "names"))
    raise BadOrder("there is no such order")


def names_of(order: dict[str, Any], field: str) -> list[Any]:
    names = order.get(field)
    if not isinstance(names, list) or (field == "files" and len(names) > MOST_NAMES):
        raise BadOrder(f"{field} is no list, or too long")
    return names


def root_folder(root: str) -> str:
    """From ComfyUI itself: its folders follow its command line."""
    import folder_paths

    return os.path.abspath(folder_paths.get_directory_by_type(root))


def tenant_folder(order: dict[str, Any], root: Any) -> str:
    folder = order.get("folder")
    if not isinstance(folder, str) or FOLDER.fullmatch(folder) is None or root not in ROOTS:
        raise BadOrder("folder or root has another form")
    above = root_folder(root)
    # A missing one would look like a tenant without files.
    os.stat(above)
    return os.path.join(above, folder)


def walk(folder: str) -> Iterator[tuple[str, int, int]]:
    """Regular files as (path with "/", bytes, milliseconds)."""
    facts = look(folder)
    waiting = [""] if facts is not None and stat.S_ISDIR(facts.st_mode) else []
    while waiting:
        prefix = waiting.pop()
        try:
            names = os.listdir(os.path.join(folder, prefix))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            path = f"{prefix}/{name}" if prefix else name
            facts = look(os.path.join(folder, path))
            if facts is None:
                continue
            if stat.S_ISDIR(facts.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(facts.st_mode):
                yield path, facts.st_size, facts.st_mtime_ns // 1_000_000


def remove(order: dict[str, Any], named: Any) -> bool:
    """Whether it was there, and is gone. A link on the way, or at its end, is no file of the tenant's."""
    path = named.get("path") if isinstance(named, dict) else None
    if not is_plain(path):
        raise BadOrder("a path has another form")
    place = tenant_folder(order, named.get("root"))
    for segment in path.split("/"):
        parent = look(place)
        if parent is None or not stat.S_ISDIR(parent.st_mode):
            return False
        place = os.path.join(place, segment)
    facts = look(place)
    if facts is None or not stat.S_ISREG(facts.st_mode):
        return False
    try:
        os.unlink(place)
    except FileNotFoundError:
        return False
    return True


def measure_temp(names: list[Any]) -> dict[str, int]:
    folder = root_folder("temp")
    found = [look(os.path.join(folder, name)) for name in names if is_plain(name) and "/" not in name]
    sizes = [facts.st_size for facts in found if facts is not None and stat.S_ISREG(facts.st_mode)]
    return {"files": len(sizes), "bytes": sum(sizes)}


def leads_away(request: web.Request) -> bool:
    """Whether `/view` would follow a link out of a tenant's folder; what is not there leads nowhere."""
    if request.path not in VIEW_ROUTES:
        return False
    root = request.query.get("type")
    folder, _, rest = request.query.get("subfolder", "").partition("/")
    if root not in ROOTS or FOLDER.fullmatch(folder) is None:
        return False
    try:
        own = os.path.join(os.path.realpath(root_folder(root)), folder)
        real = os.path.realpath(os.path.join(own, rest, request.query.get("filename", "")))
    except (OSError, ValueError):
        return True
    return not os.path.normcase(real).startswith(os.path.normcase(own) + os.sep)


def is_plain(path: Any) -> bool:
    """Relative, and without a way up, by POSIX and by Windows rules."""
    if not isinstance(path, str) or "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
        return False
    return all(segment not in ("", ".", "..") for segment in path.split("/"))


def look(path: str) -> os.stat_result | None:
    """What lies there itself, never what a link leads to; None also for a junction, which Windows shows as a folder."""
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        # A name that this file system cannot hold is not there.
        if isinstance(error, ValueError) or error.errno in NAMELESS:
            return None
        raise
    is_reparse_point = getattr(facts, "st_file_attributes", 0) & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)
    return None if is_reparse_point else facts
