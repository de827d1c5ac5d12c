"""Slack's requests: verify, parse, take once, commit, answer."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from incident_bot import commands
from incident_bot import log as context
from incident_bot.clients.slack import Slack
from incident_bot.commands import Command, InteractionType, Request, runner
from incident_bot.commands import help as help_command
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.people import Person
from incident_bot.domain.workspace import Sender
from incident_bot.errors import DeliveryError, Unavailable, UserError
from incident_bot.settings import Settings
from incident_bot.store import deliveries, inbox, leases, people
from incident_bot.store.database import Database, Tx, Unsure
from incident_bot.web import answer, origins, parse, sender, verify
from incident_bot.web.answer import Answer
from incident_bot.web.own_workspace import OwnWorkspace
from incident_bot.web.parse import Malformed, Search

log = logging.getLogger(__name__)

T = TypeVar("T")

UNSURE: Final = (
    "The database was lost while this was being recorded, so it may have happened or not. "
    "Please look before you try again: `/incident list` shows what is open."
)

_BODY_UNSEEN: Final = frozenset({InteractionType.BUTTON, InteractionType.CHOICE})
"""Ways to ask of which Slack shows no answer, but marks a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a request needs to be taken."""

    settings: Settings
    database: Database
    slack: Slack
    own_workspace: OwnWorkspace

    def blueprint(self) -> Blueprint:
        """The three URLs that Slack calls."""
        routes = Blueprint("slack", __name__, url_prefix="/slack")
        routes.post("/commands")(self.commands)
        routes.post("/interactions")(self.interactions)
        routes.post("/events")(self.events)
        routes.register_error_handler(Malformed, _malformed)
        routes.register_error_handler(Exception, _broken)
        return routes

    def commands(self) -> Response:
        body = _body()
        if b"ssl_check=1" in body.split(b"&"):
            return _reply({})
        if refused := self._refused(body):
            return refused
        fields = parse.form_fields(body)
        if refused := self._foreign([sender.of_command(fields)]):
            return refused
        return self._take(parse.command(fields))

    def interactions(self) -> Response:
        body = _body()
        if refused := self._refused(body):
            return refused
        payload = parse.form_fields(body).get("payload")
        if payload is None:
            raise Malformed("payload")
        content = parse.json_object(payload)
        if refused := self._foreign([sender.of_interaction(content)]):
            return refused
        asked = parse.interaction(content)
        if isinstance(asked, Search):
            return self._suggest(asked)
        return self._take(self._trusted(asked)) if asked else _reply({})

    def events(self) -> Response:
        body = _body()
        if refused := self._refused(body):
            return refused
        event = parse.json_object(body)
        challenge = event.get("challenge")
        if event.get("type") == "url_verification" and isinstance(challenge, str):
            return _reply({"challenge": challenge})
        if refused := self._foreign(sender.of_event(event)):
            return refused
        if person := parse.changed_person(event):
            return self._remember(person)
        return _reply({})

    def _remember(self, person: Person) -> Response:
        """Keep the directory level; Slack sends an event again that was not taken."""
        try:
            self._recorded(lambda tx: people.save(tx, [person]))
        except Unavailable:
            return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return _reply({})

    def _trusted(self, asked: Request) -> Request:
        """The request without a response_url that leads anywhere but to Slack."""
        url = asked.response_url
        if url is None or origins.is_allowed(url, self.settings.slack_response_origins):
            return asked
        log.warning("response_url refused")
        return replace(asked, response_url=None)

    def _suggest(self, search: Search) -> Response:
        command = commands.by_word().get(search.word)
        if command is None:
            return _reply({"options": []})
        try:
            found = self._recorded(
                lambda tx: runner.suggest(tx, command, search.block_id, search.query, self.settings)
            )
        except Unavailable as problem:
            log.warning("nothing suggested", extra={"problem": str(problem)})
            found = ()
        return _reply({"options": list(found)})

    def _refused(self, body: bytes) -> Response | None:
        fault = verify.fault(
            request.headers.get("X-Slack-Request-Timestamp"),
            request.headers.get("X-Slack-Signature"),
            body,
            secrets=self.settings.slack_signing_secret,
            now=time.time(),
        )
        if fault is None:
            return None
        log.warning("request refused", extra={"reason": fault})
        return Response(status=HTTPStatus.UNAUTHORIZED)

    def _foreign(self, senders: Sequence[Sender]) -> Response | None:
        """A refusal when all of these, one at least, are of another workspace than ours.

        Until a worker has learned which is ours, and while the database is away, nobody is refused.
        """
        ours = self.own_workspace.known()
        if ours is None or not senders or not all(map(ours.is_foreign, senders)):
            return None
        seen = {"reason": verify.Fault.FOREIGN_TEAM, "team_id": senders[0].team_id}
        log.warning("request refused", extra=seen)
        # Slack would send an event three times more, and the answer would stay the same.
        return Response(status=HTTPStatus.FORBIDDEN, headers={"X-Slack-No-Retry": "1"})

    def _take(self, asked: Request) -> Response:
        g.asked = asked
        command = commands.by_word().get(asked.word)
        if command is None:
            return _reply(_help(asked))
        try:
            return _reply(self._run(asked, command))
        except Unavailable as problem:
            log.error("request not recorded", extra={"problem": str(problem)})
            if asked.type in _BODY_UNSEEN:
                return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
            if isinstance(problem, Unsure) and asked.type is InteractionType.COMMAND:
                return _reply(answer.unrecorded(asked, UNSURE))
            return _reply(answer.unrecorded(asked))  # a form may be sent again: its key is the same

    def _run(self, asked: Request, command: Command) -> Answer:
        try:
            taken = self._recorded(lambda tx: self._once(tx, asked, command))
        except UserError as refusal:
            return self._refuse(asked, command, refusal)
        if taken.form is not None:
            return self._open(asked, command, taken.form)
        return taken.answer

    def _refuse(self, asked: Request, command: Command, error: UserError) -> Answer:
        log.info("refused", extra={"command": command.name, "why": type(error).__name__})
        return self._recorded(lambda tx: _record_refusal(tx, asked, command, error))

    def _once(self, tx: Tx, asked: Request, command: Command) -> "_Taken":
        """The effect of the request and its answer, or the answer it had the first time."""
        if not inbox.take(tx, asked.key):
            log.info("repeated request", extra={"command": command.name})
            return _Taken(answer=inbox.answer(tx, asked.key))
        reply = runner.run(tx, command, asked, self.settings)
        given = answer.of(asked, reply)
        inbox.save_answer(tx, asked.key, given)
        _answer_button(tx, asked, reply.text, reply.blocks, replace=reply.replace)
        if tx.wakes and leases.is_behind(tx, Queue.NOTIFICATIONS):
            given = answer.delayed(given)
        return _Taken(answer=given, form=reply.form)

    def _recorded(self, work: Callable[[Tx], T]) -> T:
        """In one transaction, within the time that the request has left."""
        return self.database.run(work, since=g.begun)

    def _open(self, asked: Request, command: Command, form: Any) -> Answer:
        """Open a form, the one call to Slack that cannot wait for a worker: a trigger lives 3 s."""
        try:
            self.slack.open_view(asked.trigger_id or "", form)
        except DeliveryError as error:
            log.warning("form not opened", extra={"reason": error.reason, "detail": error.detail})
            return self._unopened(asked, answer.unopened(asked, command))
        return answer.nothing()

    def _unopened(self, asked: Request, told: Answer) -> Answer:
        """Tell who typed at once, and who pressed by a worker."""
        if asked.type is not InteractionType.BUTTON:
            return told
        self._recorded(lambda tx: _tell_of_unopened(tx, asked, told))
        return answer.nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    answer: Answer
    form: Any = None


def _body() -> bytes:
    """What was sent; one that does not say its length is not refused when too long, but cut."""
    body = request.get_data()
    g.begun = time.monotonic()
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _record_refusal(tx: Tx, asked: Request, command: Command, error: UserError) -> Answer:
    """Audit the refusal and keep its answer.

    What a form's person mistyped is not kept: the same form is sent once more, mended.
    """
    given = answer.refused(asked, error, people.names(tx, answer.mentioned(error)))
    is_form = asked.type is InteractionType.SUBMISSION
    if not is_form and not inbox.take(tx, asked.key):
        return inbox.answer(tx, asked.key)
    if not is_form:
        inbox.save_answer(tx, asked.key, given)
        shown = answer.words(str(error))
        _answer_button(tx, asked, shown["text"], shown["blocks"])
    runner.audit_refusal(tx, command, asked, error)
    return given


def _tell_of_unopened(tx: Tx, asked: Request, told: Answer) -> None:
    """Under a key of its own, since the press used up its own for the form."""
    if inbox.take(tx, f"unopened:{asked.key}"):
        _answer_button(tx, asked, told["text"], told["blocks"])


def _answer_button(
    tx: Tx, asked: Request, text: str, blocks: Any, *, replace: bool = False
) -> None:
    drafts = answer.to_button(asked, text, blocks, replace=replace)
    if drafts:
        deliveries.add(tx, None, drafts)


def _help(asked: Request) -> Answer:
    if asked.type is not InteractionType.COMMAND:
        return answer.nothing()
    typed = asked.word[:40]
    lead = answer.words(f"There is no `/incident {typed}`.")["text"] if typed else ""
    return answer.of(asked, help_command.overview(lead))


def _reply(body: Answer) -> Response:
    if not body:
        return Response(status=HTTPStatus.OK)
    return Response(json.dumps(body), mimetype="application/json")


def _broken(error: Exception) -> Response:
    """A bug of ours: the person reads a sentence instead of Slack's bare failure."""
    if isinstance(error, HTTPException):
        return Response(status=error.code)
    log.exception("bug")
    asked: Request | None = g.get("asked")
    if asked is None or asked.type in _BODY_UNSEEN:
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return _reply(answer.broken(asked, context.request_id.get() or "unknown"))


def _malformed(error: Malformed) -> Response:
    log.warning("request malformed", extra={"problem": str(error)})
    return Response(status=HTTPStatus.BAD_REQUEST)
