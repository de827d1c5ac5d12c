"""A Slack that answers anything after a while, cheaply: for measuring the worker, not Slack.

    python -m bench.fake_slack PORT MILLISECONDS

GET /stats tells how many messages were posted, when the first was asked for and the last answered,
and when each channel was asked for.
"""

import asyncio
import itertools
import json
import sys
import time

_numbers = itertools.count(1)
_began: list[float] = []
_ended: list[float] = []
_created: list[float] = []


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
        stats = {"count": len(_ended), "began": _began[:1], "ended": _ended[-1:]}
        body = json.dumps({**stats, "created": _created})
    else:
        body = await _take(head, asked, seconds)
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n".encode())
    writer.write(b"Content-Type: application/json\r\n\r\n" + body.encode())
    await writer.drain()


async def _take(head: bytes, asked: dict[str, str], seconds: float) -> str:
    is_direct = b"chat.postMessage" in head and asked["channel"].startswith("U")
    if is_direct:
        _began.append(time.time())
    if b"conversations.create" in head:
        _created.append(time.time())
    await asyncio.sleep(seconds)
    if is_direct:
        _ended.append(time.time())
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
