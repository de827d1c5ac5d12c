"""Slow clients, to loopback only: `python -m tests.deploy.slow PORT SECONDS COUNT`; it ends."""

import asyncio
import ssl
import sys
import time

HEAD = b"POST /slack/commands HTTP/1.1\r\nHost: localhost\r\n"
SLOW_HEAD = b"X-Slow: "
SLOW_BODY = b"Content-Type: text/plain\r\nContent-Length: 9000\r\n\r\n"


async def client(port: int, beginning: bytes, until: float, connected: set[int], own: int) -> None:
    """Send a request a byte at a time; when it is cut off, begin again."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    while time.monotonic() < until:
        try:
            _, line = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
            connected.add(own)
            line.write(HEAD + beginning)
            while time.monotonic() < until:
                await asyncio.sleep(1)
                line.write(b"a")
                await line.drain()
            line.close()
        except OSError:
            await asyncio.sleep(0.2)


async def main(port: int, seconds: float, count: int) -> None:
    until, connected = time.monotonic() + seconds, set[int]()
    kinds = (SLOW_HEAD, SLOW_BODY)
    clients = [client(port, kinds[own % 2], until, connected, own) for own in range(count)]
    await asyncio.gather(*clients)
    print(f"{len(connected)} connected")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
