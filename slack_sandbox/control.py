"""/control/*: order faults, see the state and the calls, start afresh; this machine only."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from slack_sandbox import snapshot
from slack_sandbox.faults import Faults
from slack_sandbox.rates import Rates
from slack_sandbox.wire import Request, Response, as_json
from slack_sandbox.workspace import Workspace


class Control:
    def __init__(
        self, space: Workspace, faults: Faults, rates: Rates, reset: Callable[[], None]
    ) -> None:
        self.space, self.faults, self.rates, self._reset = space, faults, rates, reset

    def handle(self, request: Request) -> Response:
        name = request.path.removeprefix("/control/")
        try:
            body = json.loads(request.body) if request.body else {}
            return self._act(request.verb, name, body)
        except (TypeError, ValueError, KeyError) as error:
            return as_json({"ok": False, "error": str(error)}, 400)

    def _act(self, verb: str, name: str, body: Any) -> Response:
        match verb, name:
            case "POST", "faults":
                orders = body if isinstance(body, list) else [body]
                return as_json([asdict(self.faults.add(**order)) for order in orders])
            case "GET", "faults":
                return as_json([asdict(fault) for fault in self.faults.orders])
            case "DELETE", "faults":
                self.faults.clear()
            case "POST", "reset":
                self._reset()
            case "POST", "limits":
                self.rates.per_channel = bool(body.get("per_channel", self.rates.per_channel))
                self.rates.per_method = bool(body.get("per_method", self.rates.per_method))
            case "POST", "token":
                self.space.token_error = body.get("error")
            case "GET", "state":
                return as_json(snapshot.dump(self.space))
            case "GET", "calls":
                return as_json([asdict(call) for call in list(self.space.calls)])
            case "GET", "violations":
                return as_json(list(self.space.violations))
            case _:
                return as_json({"ok": False, "error": "unknown control"}, 404)
        return as_json({"ok": True})
