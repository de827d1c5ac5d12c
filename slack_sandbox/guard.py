"""Only this machine's own pages and tools may use the page and the controls."""

from slack_sandbox.wire import Request, Response, as_json

_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def refuse_strangers(request: Request) -> Response | None:
    """Stops other sites' pages: the Host must be local, a change must be JSON or same-origin."""
    host, _, _ = request.headers.get("host", "").rpartition(":")
    if (host or request.headers.get("host", "")) not in _HOSTS:
        return as_json({"ok": False, "error": "host_not_allowed"}, 403)
    origin = request.headers.get("origin")
    if origin and origin.removeprefix("http://") != request.headers.get("host"):
        return as_json({"ok": False, "error": "origin_not_allowed"}, 403)
    return None
