"""/statuspage/v1/ over HTTP: who asks and how often, ordered faults, the call, the journal."""

import time
from typing import Any

from slack_sandbox import strikes
from slack_sandbox.faults import Fault, Faults, Kind
from slack_sandbox.model import Call, Json
from slack_sandbox.statuspage import components, fields, incidents, routes
from slack_sandbox.statuspage.refusals import (
    Refusal,
    not_authenticated,
    not_found,
    too_many,
)
from slack_sandbox.statuspage.routes import Ask, Route
from slack_sandbox.statuspage.statuspage import Statuspage
from slack_sandbox.wire import Request, Response, as_json

# Importing them is what fills the table of routes.
__all__ = ["Api", "components", "incidents"]

PREFIX = "/statuspage/v1/"
_SAID = {401: "Could not authenticate", 403: "Forbidden", 404: "Not found", 422: "Invalid"}


class Api:
    def __init__(self, board: Statuspage, faults: Faults) -> None:
        self.board, self.faults = board, faults

    def handle(self, request: Request) -> Response:
        try:
            route, ids = routes.find(request.verb, request.path.removeprefix(PREFIX))
        except Refusal as refusal:
            return _refused(refusal)
        slow, fault = self.faults.pick(route.name, set(ids.values()))
        if slow:
            time.sleep(slow.ms / 1000)
        call = _Incoming(self.board, route, Ask(self.board, ids, request), fault)
        return call.answered() if fault is None else call.struck(fault)


class _Incoming:
    """One call on its way through the fault that may strike it."""

    def __init__(self, board: Statuspage, route: Route, ask: Ask, fault: Fault | None) -> None:
        self.board, self.route, self.ask, self.fault = board, route, ask, fault

    def answered(self) -> Response:
        """Apply the call and answer as a healthy Statuspage does."""
        with self.board.space.lock:
            try:
                self._admit()
                answer = self.route.handler(self.ask)
            except Refusal as refusal:
                self._record(str(refusal.status), refusal.body)
                if refusal.mistake:
                    self.board.space.violated(f"{self.route.name}: {refusal.body}")
                return _refused(refusal)
            self._record(None, answer)
            return as_json(answer, 201 if self.route.verb == "POST" else 200)

    def _admit(self) -> None:
        scheme, _, key = self.ask.request.headers.get("authorization", "").partition(" ")
        if scheme != "OAuth" or key.strip() != self.board.key or self.board.revoked:
            raise not_authenticated()
        if self.board.rate_limit:
            self._admit_rate()
        if self.ask.ids["page_id"] != self.board.page_id:
            raise not_found("Page")

    def _admit_rate(self) -> None:
        paged = {"page", "per_page"} & self.ask.request.query.keys()
        whole_list = self.route.name == "statuspage.list_components" and not paged
        if seconds := self.board.rate.wait(self.board.space.clock(), whole_list=whole_list):
            raise too_many(self.board.rate_status, seconds)

    def struck(self, fault: Fault) -> Response:
        if fault.kind is Kind.REVOKE:
            self.board.revoked = True
            return self.answered()
        broken = self._broken(fault)
        answer = strikes.taken(fault, self.answered, broken)
        if answer is None:
            self._record(fault.code if fault.kind is Kind.ERROR else str(fault.kind), {})
            return broken
        return answer

    def _broken(self, fault: Fault) -> Response:
        match fault.kind:
            case Kind.RATE_LIMITED:
                refusal = too_many(self.board.rate_status, 0)
                return as_json(refusal.body, refusal.status, **strikes.wait_header(fault))
            case Kind.STATUS if fault.status < 500:
                return as_json({"error": _SAID.get(fault.status, "Refused")}, fault.status)
            case Kind.ERROR:
                return as_json({"error": fault.code}, 422)
        return strikes.broken(fault)

    def _record(self, error: str | None, answer: Any) -> None:
        about = {name: value for name, value in self.ask.ids.items() if name != "page_id"}
        self.board.space.record(
            Call(
                method=self.route.name,
                args={**self.ask.ids, **self.ask.request.query, **self._body()},
                at=self.board.space.clock(),
                ok=error is None,
                error=error,
                channel=next(iter(about.values()), None),
                fault=self.fault.kind if self.fault else None,
                answer=answer if isinstance(answer, dict) else {"items": answer},
            )
        )

    def _body(self) -> Json:
        try:
            return fields.body(self.ask.request)
        except Refusal:
            return {}


def _refused(refusal: Refusal) -> Response:
    return as_json(refusal.body, refusal.status, **refusal.headers)
