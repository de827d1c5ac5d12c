"""The public page at /status, and the operator's hand on it at /status?manage."""

import json

from slack_sandbox import browser
from slack_sandbox.model import Json
from slack_sandbox.statuspage.model import COMPONENT_STATUSES, Incident, worst
from slack_sandbox.statuspage.statuspage import Statuspage
from slack_sandbox.wire import Request, Response, as_json


class PublicPage:
    def __init__(self, board: Statuspage) -> None:
        self.board = board

    def handle(self, request: Request) -> Response:
        match request.verb, request.path:
            case "GET", "/status":
                return browser.file("status.html")
            case "GET", "/status/state":
                return as_json(self._state())
            case "GET", "/status/live":
                return browser.live(self.board.space)
            case "POST", "/status/component" if request.is_json:
                return self._set(request.body)
        return Response(404, b"not found", "text/plain")

    def _state(self) -> Json:
        board = self.board
        with board.space.lock:
            newest_first = board.incidents[::-1]
            return {
                "worst": worst(list(board.statuses.values())),
                "statuses": COMPONENT_STATUSES,
                "components": [
                    {"id": c.id, "name": c.name, "status": c.status, "description": c.description}
                    for c in board.components.values()
                ],
                "open": [self._drawn(i) for i in newest_first if not i.is_over],
                "past": [self._drawn(i) for i in newest_first if i.is_over],
            }

    def _drawn(self, incident: Incident) -> Json:
        """One incident as readers see it; the newest update first."""
        return {
            "id": incident.id,
            "name": incident.name,
            "status": incident.status,
            "impact": incident.impact,
            "created_at": incident.created_at,
            "components": [self.board.components[c].name for c in incident.component_ids],
            "postmortem": incident.postmortem.body,
            "updates": [
                {"id": u.id, "status": u.status, "body": u.body, "created_at": u.created_at}
                for u in reversed(incident.updates)
            ],
        }

    def _set(self, raw: bytes) -> Response:
        try:
            asked = json.loads(raw)
            self.board.set_by_hand(asked["id"], asked["status"])
        except (KeyError, LookupError, TypeError, ValueError) as error:
            return as_json({"ok": False, "error": str(error)}, 400)
        return as_json({"ok": True})
