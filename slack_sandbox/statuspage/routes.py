"""Routes: the call for each verb and path, and the call as its handler sees it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sandbox.model import Json
from slack_sandbox.statuspage import fields
from slack_sandbox.statuspage.model import Component, Incident
from slack_sandbox.statuspage.refusals import not_found, wrong_verb
from slack_sandbox.statuspage.statuspage import Statuspage
from slack_sandbox.wire import Request


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: the page it is about, the ids in its path, the request."""

    board: Statuspage
    ids: dict[str, str]
    request: Request

    def sent(
        self, wrapper: str, known: dict[str, fields.Check], required: tuple[str, ...] = ()
    ) -> Json:
        return fields.unwrapped(fields.body(self.request), wrapper, known, required)

    def component(self) -> Component:
        found = self.board.components.get(self.ids["component_id"])
        if found is None:
            raise not_found("Component")
        return found

    def incident(self) -> Incident:
        try:
            return self.board.incident(self.ids["incident_id"])
        except LookupError:
            raise not_found("Incident") from None


Handler = Callable[[Ask], Any]


@dataclass(frozen=True, slots=True)
class Route:
    verb: str
    path: re.Pattern[str]
    name: str
    handler: Handler


ROUTES: list[Route] = []


def route(verb: str, path: str) -> Callable[[Handler], Handler]:
    """The handler's own name, behind `statuspage.`, is what the journal calls it."""

    def register(handler: Handler) -> Handler:
        whole = "pages/{page}" + path
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1_id>[^/]+)", whole))
        ROUTES.append(Route(verb, pattern, f"statuspage.{handler.__name__}", handler))
        return handler

    return register


def find(verb: str, path: str) -> tuple[Route, dict[str, str]]:
    """Raises Refusal: 404 when nothing is there, 405 when something is under another verb."""
    found = [(r, match.groupdict()) for r in ROUTES if (match := r.path.fullmatch(path))]
    for each in found:
        if each[0].verb == verb:
            return each
    raise wrong_verb(verb) if found else not_found("Path")
