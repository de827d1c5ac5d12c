"""The listening socket: one thread a connection, every path to its room."""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Collection, Iterator

from slack_sandbox.guard import LOCAL, refuse_strangers
from slack_sandbox.wire import Request, Response, Wire

Route = Callable[[Request], Response]


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, port: int, server: "Server") -> None:
        self.room = server
        super().__init__(("127.0.0.1", port), _Connection)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with contextlib.suppress(OSError):
            request.close()  # type: ignore[union-attr]

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """A caller that went away is no news; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(socketserver.BaseRequestHandler):
    server: _Listener

    def handle(self) -> None:
        room = self.server.room
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(self.request, room.stopping)
        with room.connected(self.request):
            while not room.stopping.is_set() and (request := wire.request()):
                keep = request.headers.get("connection", "").lower() != "close"
                if not wire.respond(room.answer(request), keep=keep):
                    return


class Server:
    """Listens on the loopback only; `routes` maps a path's beginning to who answers it.

    `hosts` are the names by which others than this machine's own programs reach it.
    """

    def __init__(self, port: int, routes: dict[str, Route], hosts: Collection[str] = ()) -> None:
        self._hosts = LOCAL.union(hosts)
        self.routes = sorted(routes.items(), key=lambda item: -len(item[0]))
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._started = False
        self._listener = _Listener(port, self)
        self.port = int(self._listener.server_address[1])

    def start(self) -> None:
        self._started = True
        serve = self._listener.serve_forever
        threading.Thread(target=serve, args=(0.05,), name="sandbox", daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        if self._started:
            self._listener.shutdown()
        self._listener.server_close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def connected(self, sock: socket.socket) -> Iterator[None]:
        self._open.add(sock)
        try:
            yield
        finally:
            self._open.discard(sock)

    def answer(self, request: Request) -> Response:
        if refusal := refuse_strangers(request, self._hosts):
            return refusal
        for beginning, route in self.routes:
            if request.path.startswith(beginning):
                return route(request)
        return Response(404, b"not found", "text/plain")
