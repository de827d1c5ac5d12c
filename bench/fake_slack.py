"""A Slack that answers anything after a while, cheaply: for measuring the worker, not Slack.

    python -m bench.fake_slack PORT MILLISECONDS

GET /stats tells how many direct messages were sent, when the first was asked for and the last
answered, and when each channel was asked for. GET /stats/PREFIX tells it of those to people whose
ids begin so.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from incident_bot.embedded.process import free_port

_numbers = itertools.count(1)
_began: list[tuple[str, float]] = []
_ended: list[tuple[str, float]] = []
_created: list[float] = []


@dataclass(frozen=True, slots=True)
class FakeSlack:
    """One in a process of its own, at this address."""

    url: str

    def stats(self, prefix: str = "") -> dict[str, Any]:
        """Return what it has seen of people whose ids begin so."""
        with urllib.request.urlopen(f"{self.url}/stats/{prefix}", timeout=5) as answer:
            return dict(json.load(answer))


@contextmanager
def fake_slack(milliseconds: int) -> Iterator[FakeSlack]:
    """Start one that takes so long for each answer."""
    port = free_port()
    command = [sys.executable, "-m", "bench.fake_slack", str(port), str(milliseconds)]
    process = subprocess.Popen(command)
    try:
        yield FakeSlack(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await _answer(head, reader, writer, seconds)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _answer(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    sent = await reader.readexactly(length)
    asked = json.loads(sent) if sent.startswith(b"{") else {}  # some methods take a form
    if head.startswith(b"GET"):
        prefix = head.split(b" ")[1].decode().removeprefix("/stats").removeprefix("/")
        body = json.dumps(_seen(prefix))
    else:
        body = await _take(head, asked, seconds)
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n".encode())
    writer.write(b"Content-Type: application/json\r\n\r\n" + body.encode())
    await writer.drain()


def _seen(prefix: str) -> dict[str, Any]:
    began = [at for to, at in _began if to.startswith(prefix)]
    ended = [at for to, at in _ended if to.startswith(prefix)]
    return {
        "count": len(ended),
        "began": began[:1],
        "ended": ended[-1:],
        "created": _created,
    }


async def _take(head: bytes, asked: dict[str, str], seconds: float) -> str:
    is_direct = b"chat.postMessage" in head and asked["channel"].startswith("U")
    if is_direct:
        _began.append((asked["channel"], time.time()))
    if b"conversations.create" in head:
        _created.append(time.time())
    await asyncio.sleep(seconds)
    if is_direct:
        _ended.append((asked["channel"], time.time()))
    number = next(_numbers)
    channel: object = asked.get("channel", f"C{number}")
    if b"conversations.create" in head:
        channel = {"id": f"C0NEW{number}", "name": asked["name"]}
    answer = {"ok": True, "channel": channel, "ts": f"1700000000.{number:06}", "messages": []}
    return json.dumps(answer)


async def main(port: int, milliseconds: int) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, milliseconds / 1000),
        "127.0.0.1",
        port,
        backlog=1024,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
