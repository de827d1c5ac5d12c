"""The three URLs that Slack calls; nothing of a request is believed before it was checked."""

import json
import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from incident_bot import metrics
from incident_bot.errors import Malformed, Unavailable
from incident_bot.settings import Settings
from incident_bot.web.slack import parse, verify
from incident_bot.web.slack.answer import Answer
from incident_bot.web.slack.intake import (
    Foreign,
    Intake,
    RequestKind,
    log_malformed,
)

log = logging.getLogger(__name__)

_READ: Final[dict[RequestKind, Callable[[bytes], dict[str, Any]]]] = {
    RequestKind.COMMAND: parse.form_fields,
    RequestKind.INTERACTION: parse.payload,
    RequestKind.EVENT: parse.json_object,
}


def blueprint(settings: Settings, intake: Intake) -> Blueprint:
    """Return `/slack/commands`, `/slack/interactions` and `/slack/events`."""
    routes = Blueprint("slack", __name__, url_prefix="/slack")

    @routes.before_request
    def check() -> Response | None:
        """Refuse what Slack did not sign and what another workspace sends; read the rest."""
        body = _body()
        kind = RequestKind((request.endpoint or "").removeprefix("slack."))
        if kind is RequestKind.COMMAND and b"ssl_check=1" in body.split(b"&"):
            return _reply({})  # Slack looks at our certificate, and does not sign
        if fault := _fault(body, settings):
            log.warning("request refused", extra={"reason": fault})
            metrics.SLACK_REFUSED.labels(fault).inc()
            if fault is verify.Fault.MISMATCH:
                intake.sightings.mismatch()
            return Response(status=HTTPStatus.UNAUTHORIZED)
        g.content = _READ[kind](body)
        intake.refuse_foreign(kind, g.content)
        return None

    @routes.post("/commands")
    def commands() -> Response:
        return answered(RequestKind.COMMAND)

    @routes.post("/interactions")
    def interactions() -> Response:
        return answered(RequestKind.INTERACTION)

    @routes.post("/events")
    def events() -> Response:
        if challenge := parse.challenge(g.content):
            return _reply({"challenge": challenge})
        return answered(RequestKind.EVENT)

    def answered(kind: RequestKind) -> Response:
        g.parsed = intake.parsed(kind, g.content)
        return _reply(intake.answer(g.parsed, since=g.received_at))

    routes.register_error_handler(Malformed, _malformed)
    routes.register_error_handler(Foreign, _foreign)
    routes.register_error_handler(Unavailable, _unavailable)
    routes.register_error_handler(Exception, partial(_broken, intake))
    return routes


def _body() -> bytes:
    """Return what was sent; one of unknown length is refused when it fills the limit."""
    body = request.get_data()
    g.received_at = time.monotonic()
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _fault(body: bytes, settings: Settings) -> verify.Fault | None:
    return verify.fault(
        request.headers.get("X-Slack-Request-Timestamp"),
        request.headers.get("X-Slack-Signature"),
        body,
        secrets=settings.slack_signing_secret,
        now=time.time(),
    )


def _reply(body: Answer) -> Response:
    if not body:
        return Response(status=HTTPStatus.OK)
    return Response(json.dumps(body), mimetype="application/json")


def _malformed(error: Malformed) -> Response:
    log_malformed(g.get("parsed"), error, g.received_at)
    return Response(status=HTTPStatus.BAD_REQUEST)


def _foreign(error: Foreign) -> Response:
    # Slack would send an event three times more, and the answer would stay the same.
    return Response(status=HTTPStatus.FORBIDDEN, headers={"X-Slack-No-Retry": "1"})


def _unavailable(error: Unavailable) -> Response:
    """Fail where Slack shows no answer of ours: it marks a button, and sends an event again."""
    return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


def _broken(intake: Intake, error: Exception) -> Response:
    """Answer a bug of ours with a sentence instead of Slack's bare failure."""
    if isinstance(error, HTTPException):
        return Response(status=error.code)
    since = g.get("received_at", time.monotonic())
    told = intake.answer_bug(g.get("parsed"), error, since=since)
    return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR) if told is None else _reply(told)
