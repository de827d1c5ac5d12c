"""The bytes of files: the upload URL takes them, the file's page shows them."""

from slack_sandbox.wire import Request, Response
from slack_sandbox.workspace import Workspace


class Uploads:
    def __init__(self, space: Workspace) -> None:
        self.space = space

    def receive(self, request: Request) -> Response:
        with self.space.lock:
            file = self.space.files.get(request.path.rpartition("/")[2])
            if file is None or request.verb != "POST":
                return Response(404, b"no such upload", "text/plain")
            if len(request.body) != file.length:
                self.space.violations.append(
                    f"upload of {file.name}: {len(request.body)} bytes, announced {file.length}"
                )
            file.content = request.body
            return Response(200, b"OK - %d" % len(request.body), "text/plain")

    def show(self, request: Request) -> Response:
        file = self.space.files.get(request.path.rpartition("/")[2])
        if file is None or file.content is None:
            return Response(404, b"no such file", "text/plain")
        return Response(
            200, file.content, "text/plain; charset=utf-8", {"X-Content-Type-Options": "nosniff"}
        )
