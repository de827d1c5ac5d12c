"""Only this machine's own pages and programs may use the sandbox, whatever they ask for."""

from collections.abc import Collection
from typing import Final

from slack_sandbox.wire import Request, Response, as_json

LOCAL: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


def refuse_strangers(request: Request, hosts: Collection[str] = LOCAL) -> Response | None:
    """Stops other sites' pages: the Host must be one of `hosts`, and an Origin the same."""
    host, _, _ = request.headers.get("host", "").rpartition(":")
    if (host or request.headers.get("host", "")) not in hosts:
        return as_json({"ok": False, "error": "host_not_allowed"}, 403)
    origin = request.headers.get("origin")
    if origin and origin.removeprefix("http://") != request.headers.get("host"):
        return as_json({"ok": False, "error": "origin_not_allowed"}, 403)
    return None
