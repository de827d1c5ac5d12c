"""The basis of every page in the browser: files, safe headers, and an event for each change."""

from collections.abc import Iterator
from importlib.resources import files

from slack_sandbox.wire import Response
from slack_sandbox.workspace import Workspace

_STATIC = files("slack_sandbox") / "static"
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SAFE = {
    "Content-Security-Policy": "default-src 'self'; img-src * data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
SECONDS_BETWEEN_NEWS = 0.05


def file(name: str) -> Response:
    found = _STATIC / name
    if "/" in name or not found.is_file():
        return Response(404, b"not found", "text/plain")
    kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(200, found.read_bytes(), f"{kind}; charset=utf-8", _SAFE)


def live(space: Workspace) -> Response:
    """A stream of server-sent events that says when to look again."""
    return Response(kind="text/event-stream", headers=_SAFE, stream=_news(space))


def _news(space: Workspace) -> Iterator[bytes]:
    """A line for each change of the workspace, and one now and then to see who is gone."""
    seen = -1
    while not space.closed.is_set():
        with space.news:
            if space.version == seen:
                space.news.wait(5)
            seen = space.version
        yield b"data: %d\n\n" % seen
        space.closed.wait(SECONDS_BETWEEN_NEWS)
