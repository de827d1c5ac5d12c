"""The three URLs that Slack calls; nothing of a request is believed before it was checked."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from incident_bot import log as logs
from incident_bot import metrics
from incident_bot.commands import Request
from incident_bot.domain.workspace import Sender
from incident_bot.errors import Malformed, Unavailable
from incident_bot.settings import Settings
from incident_bot.web.slack import answer, origins, parse, request_line, sender, verify
from incident_bot.web.slack.answer import Answer
from incident_bot.web.slack.dispatch import BODY_UNSEEN, Dispatcher
from incident_bot.web.slack.own_workspace import OwnWorkspace
from incident_bot.web.slack.parse import Search

log = logging.getLogger(__name__)

_READ: Final[dict[str, Callable[[bytes], dict[str, Any]]]] = {
    "slack.commands": parse.form_fields,
    "slack.interactions": parse.payload,
    "slack.events": parse.json_object,
}
_SENDERS: Final[dict[str, Callable[[dict[str, Any]], Sequence[Sender]]]] = {
    "slack.commands": lambda fields: [sender.of_command(fields)],
    "slack.interactions": lambda payload: [sender.of_interaction(payload)],
    # Slack asks whether the URL is ours before the app belongs to any workspace.
    "slack.events": lambda event: [] if parse.challenge(event) else sender.of_event(event),
}


def blueprint(settings: Settings, dispatcher: Dispatcher, own_workspace: OwnWorkspace) -> Blueprint:
    """Return `/slack/commands`, `/slack/interactions` and `/slack/events`."""
    routes = Blueprint("slack", __name__, url_prefix="/slack")

    @routes.before_request
    def check() -> Response | None:
        """Refuse what Slack did not sign and what another workspace sends; read the rest."""
        body = _body()
        endpoint = request.endpoint or ""
        if endpoint == "slack.commands" and b"ssl_check=1" in body.split(b"&"):
            return _reply({})  # Slack looks at our certificate, and does not sign
        if fault := _fault(body, settings):
            log.warning("request refused", extra={"reason": fault})
            metrics.SLACK_REFUSED.labels(fault).inc()
            return Response(status=HTTPStatus.UNAUTHORIZED)
        g.content = _READ[endpoint](body)
        return _foreign(_SENDERS[endpoint](g.content), own_workspace)

    @routes.post("/commands")
    def commands() -> Response:
        return dispatched(parse.command(g.content))

    @routes.post("/interactions")
    def interactions() -> Response:
        asked = parse.interaction(g.content)
        if isinstance(asked, Search):
            return _reply({"options": list(dispatcher.suggest(asked, since=g.received_at))})
        return dispatched(asked) if asked else _reply({})

    @routes.post("/events")
    def events() -> Response:
        if challenge := parse.challenge(g.content):
            return _reply({"challenge": challenge})
        dispatcher.handle_event(parse.event(g.content), since=g.received_at)
        return _reply({})

    def dispatched(asked: Request) -> Response:
        g.asked = _trusted(asked, settings)
        return _reply(dispatcher.dispatch(g.asked, since=g.received_at))

    @routes.after_request
    def time_answer(given: Response) -> Response:
        if "content" in g:  # it was Slack's, and ours
            kind = g.asked.type if "asked" in g else request.path.rpartition("/")[2]
            metrics.SLACK_ACK_SECONDS.labels(kind).observe(time.monotonic() - g.received_at)
        return given

    routes.register_error_handler(Malformed, _malformed)
    routes.register_error_handler(Unavailable, _unavailable)
    routes.register_error_handler(Exception, _broken)
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


def _foreign(senders: Sequence[Sender], own_workspace: OwnWorkspace) -> Response | None:
    """Refuse when all of these, one at least, are of another workspace than ours.

    Until a worker has learned which is ours, and while the database is away, nobody is refused.
    """
    ours = own_workspace.known() if senders else None
    if ours is None or not all(map(ours.is_foreign, senders)):
        return None
    seen = {"reason": verify.Fault.FOREIGN_TEAM, "team_id": senders[0].team_id}
    log.warning("request refused", extra=seen)
    metrics.SLACK_REFUSED.labels(verify.Fault.FOREIGN_TEAM).inc()
    # Slack would send an event three times more, and the answer would stay the same.
    return Response(status=HTTPStatus.FORBIDDEN, headers={"X-Slack-No-Retry": "1"})


def _trusted(asked: Request, settings: Settings) -> Request:
    """Return the request without a response_url that leads anywhere but to Slack."""
    url = asked.response_url
    if url is None or origins.is_allowed(url, settings.slack_response_origins):
        return asked
    log.warning("response_url refused")
    return replace(asked, response_url=None)


def _reply(body: Answer) -> Response:
    if not body:
        return Response(status=HTTPStatus.OK)
    return Response(json.dumps(body), mimetype="application/json")


def _malformed(error: Malformed) -> Response:
    log.warning("request malformed", extra={**_asked(), "problem": str(error)})
    return Response(status=HTTPStatus.BAD_REQUEST)


def _unavailable(error: Unavailable) -> Response:
    """Fail where Slack shows no answer of ours: it marks a button, and sends an event again."""
    return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


def _broken(error: Exception) -> Response:
    """Answer a bug of ours with a sentence instead of Slack's bare failure."""
    if isinstance(error, HTTPException):
        return Response(status=error.code)
    log.exception("bug", extra=_asked())
    asked: Request | None = g.get("asked")
    metrics.SLACK_REQUESTS.labels(asked.type if asked else "unread", "bug").inc()
    if asked is None or asked.type in BODY_UNSEEN:
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return _reply(answer.internal_error(asked, logs.request_id.get() or "unknown"))


def _asked() -> dict[str, Any]:
    """Return the fields of the request's line, as far as it could be read."""
    asked: Request | None = g.get("asked")
    return request_line.request_fields(asked, g.received_at) if asked else {}
