"""Stands in for Slack where there is no Internet: the two methods that judge, as documented.

docs.slack.dev/reference/methods/blocks.validate and apps.manifest.validate.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs

_FORM: Final = "application/x-www-form-urlencoded"
Judge = Callable[[str, Any], list[dict[str, Any]]]


def fault(pointer: str, message: str = "unsupported type: invalid") -> dict[str, Any]:
    """A fault as the documentation shows one."""
    constraint = {"type": "enum", "expected": ["plain_text", "mrkdwn"]}
    return {
        "code": "failed_constraint",
        "message": message,
        "pointer": pointer,
        "constraint": constraint,
    }


@dataclass(slots=True, kw_only=True)
class Standin:
    """Judges by `judge`, which lists the faults of a payload; refuses calls of another form."""

    tokens: dict[str, str]
    judge: Judge
    limited: int = 0
    """So many calls more are told to come again in a second."""

    asked: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, token: str, form: dict[str, str]) -> dict[str, Any]:
        if token != self.tokens.get(method):
            return {"ok": False, "error": "invalid_auth"}
        wanted = ("manifest",) if method.startswith("apps.") else ("blocks", "message", "view")
        given = [name for name in wanted if name in form]
        if len(given) != 1 or set(form) - set(wanted):
            said = "must provide exactly one of `blocks`, `view`, or `message`"
            metadata = {"messages": [said]}
            return {"ok": False, "error": "invalid_arguments", "response_metadata": metadata}
        payload = json.loads(form[given[0]])
        self.asked.append((given[0], payload))
        if errors := self.judge(given[0], payload):
            code = "invalid_manifest" if given[0] == "manifest" else "invalid_blocks"
            return {"ok": False, "error": code, "errors": errors}
        return {"ok": True, "errors": []} if given[0] == "manifest" else {"ok": True}


@contextmanager
def standing_in(there: Standin) -> Iterator[Standin]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if there.limited:
                there.limited -= 1
                self._send(429, {"ok": False, "error": "ratelimited"}, Retry_After="1")
                return
            assert self.headers["Content-Type"].startswith(_FORM)
            form = {name: values[0] for name, values in parse_qs(body).items()}
            token = self.headers["Authorization"].removeprefix("Bearer ")
            self._send(200, there.answer(self.path.rpartition("/")[2], token, form))

        def _send(self, status: int, answer: dict[str, Any], **headers: str) -> None:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    there.url = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
