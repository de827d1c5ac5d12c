"""The browser page: its files, its view of the workspace, and what is pressed on it."""

from incident_bot.sandbox.forms import Forms
from incident_bot.sandbox.people import People
from incident_bot.sandbox.wire import Request, Response
from incident_bot.sandbox.workspace import Workspace


class Page:
    def __init__(self, space: Workspace, people: People, forms: Forms) -> None:
        self.space, self.people, self.forms = space, people, forms

    def handle(self, request: Request) -> Response:
        return Response(404, b"not found", "text/plain")
