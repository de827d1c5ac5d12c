"""From a request to its answer: done once, in one transaction, whatever Slack sends again."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from incident_bot import commands, events, metrics
from incident_bot import log as logs
from incident_bot.clients.slack import Slack
from incident_bot.commands import Command, InteractionType, Request, runner
from incident_bot.commands import help as help_command
from incident_bot.domain.deliveries import Delay
from incident_bot.errors import DeliveryError, NotAllowed, Unavailable, Unconfirmed, UserError
from incident_bot.events import Event
from incident_bot.render import forms, sentences
from incident_bot.settings import Settings
from incident_bot.store import deliveries, heartbeats, inbox, people
from incident_bot.store.database import CommitUnknown, Database, Tx
from incident_bot.web.slack import answer, request_line
from incident_bot.web.slack.answer import Answer
from incident_bot.web.slack.parse import Search
from incident_bot.web.slack.posting_delay import PostingDelay

log = logging.getLogger(__name__)

COMMIT_UNKNOWN: Final = (
    "The connection to the database broke, so this may or may not have been recorded. "
    "Please look before you try again: `/incident list` shows what is open."
)

_FROM_A_MESSAGE: Final = frozenset({InteractionType.BUTTON, InteractionType.SHORTCUT})
BODY_UNSEEN: Final = _FROM_A_MESSAGE | {InteractionType.CHOICE}
"""Ways to ask of which Slack shows no answer, but marks a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handled:
    """The result of a request; `outcome` is for the log, `ref` names a new incident."""

    answer: Answer
    outcome: str
    ref: str | None = None
    form: Mapping[str, Any] | None = None
    delay: Delay | None = None
    is_repeat: bool = False
    first: str | None = None
    """The id of the request that this one repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Hands requests to commands and events.

    The database has the time that is left of the request, which counts from `since`.
    """

    settings: Settings
    database: Database
    slack: Slack
    posting_delay: PostingDelay = field(default_factory=PostingDelay)

    def dispatch(self, request: Request, *, since: float) -> Answer:
        """Have the request done and answer it.

        Raises Unavailable when it was not recorded and Slack shows no answer that says so.
        """
        command = commands.by_word().get(request.word)
        if command is None:
            log.info("no such command", extra=request_line.request_fields(request, since))
            _count(request, "unknown")
            return _unknown(request)
        try:
            return self._run(request, command, since)
        except Unavailable as problem:
            line = request_line.request_fields(request, since)
            log.error("request not recorded", extra={**line, "problem": str(problem)})
            _count(request, "not_recorded")
            if request.type in BODY_UNSEEN:
                raise
            if isinstance(problem, CommitUnknown) and request.type is InteractionType.COMMAND:
                return answer.unavailable(request, COMMIT_UNKNOWN)
            return answer.unavailable(request)  # a form may be sent again: its key is the same

    def suggest(self, search: Search, *, since: float) -> Sequence[Mapping[str, Any]]:
        """Return the options of a searching select; none while the database is away."""
        command = commands.by_word().get(search.word)
        if command is None:
            return ()
        try:
            options = self.database.run(
                lambda tx: runner.suggest(
                    tx, command, search.block_id, search.query, self.settings
                ),
                since=since,
            )
        except Unavailable as problem:
            log.warning("nothing suggested", extra={"problem": str(problem)})
            return ()
        log.debug("suggested", extra={"command": command.name, "options": len(options)})
        return options

    def handle_event(self, content: Mapping[str, Any], *, since: float) -> None:
        """Have an event handled, if any of ours hears its type; raises Malformed, Unavailable."""
        name = str(content.get("type"))
        event = events.all_events().get(name)
        if event is not None:
            self.database.run(lambda tx: _handle(tx, event, content, self.settings), since=since)
            log.debug("event handled", extra={"event": name})

    def record_bug(self, request: Request, bug: BaseException, *, since: float) -> None:
        """Write to the audit trail that a bug of ours ended it, so that its reference is found."""
        command = commands.by_word().get(request.word)
        if command is not None:
            with suppress(*Database.faults):  # the log has it all the same
                self.database.run(
                    lambda tx: runner.audit_bug(tx, command, request, bug), since=since
                )

    def _run(self, request: Request, command: Command, since: float) -> Answer:
        try:
            handled = self.database.run(
                lambda tx: handle_once(tx, request, command, self.settings, self.posting_delay),
                since=since,
            )
        except UserError as error:
            return self._refuse(request, command, error, since)
        if handled.form is not None:
            return self._open_form(request, command, handled.form, since)
        if handled.ref:
            logs.incident.set(handled.ref)
        if handled.delay:
            log.warning("posting is delayed", extra={"why": handled.delay})
        line = request_line.request_fields(request, since)
        log.info(handled.outcome, extra={**line, "first": handled.first})
        _count(request, "repeated" if handled.is_repeat else "done")
        return handled.answer

    def _refuse(self, request: Request, command: Command, error: UserError, since: float) -> Answer:
        refused = self.database.run(
            lambda tx: record_refusal(tx, request, command, error), since=since
        )
        line = request_line.request_fields(request, since)
        why = type(error).__name__
        log.info(refused.outcome, extra={**line, "why": why, "first": refused.first})
        _count(request, "refused")
        if isinstance(error, NotAllowed):
            metrics.DENIED.labels(command.name).inc()
        return refused.answer

    def _open_form(
        self, request: Request, command: Command, form: Mapping[str, Any], since: float
    ) -> Answer:
        """Open a form, the one call to Slack that cannot wait for a worker: a trigger lives 3 s.

        When Slack does not, who typed reads so at once, and who pressed is told by a worker.
        """
        try:
            self.slack.open_view(request.trigger_id or "", form)
        except DeliveryError as error:
            line = request_line.request_fields(request, since)
            why = {"reason": error.reason, "detail": error.detail}
            log.warning("form not opened", extra={**line, **why})
            _count(request, "form_not_opened")
        else:
            log.info("form opened", extra=request_line.request_fields(request, since))
            _count(request, "form_opened")
            return answer.nothing()
        told = answer.unopened(request, command)
        if request.type not in _FROM_A_MESSAGE:
            return told
        self.database.run(lambda tx: _tell_of_unopened(tx, request, told), since=since)
        return answer.nothing()


def handle_once(
    tx: Tx,
    request: Request,
    command: Command,
    settings: Settings,
    posting_delay: PostingDelay,
) -> _Handled:
    """Do what was asked and keep the answer, or return the answer of the first time."""
    standing = inbox.claim(tx, request.key, request.user_id)
    if standing is None:
        return _repeated(tx, request)
    reply = runner.run(tx, command, request, settings, standing)
    given = answer.of(request, reply)
    _answer_apart(
        tx,
        request,
        reply.text,
        reply.blocks,
        replace=reply.replace or request.is_again,
        receipt=reply.receipt,
    )
    delay = posting_delay.known(tx) if tx.wakes else None
    if delay:
        given = answer.with_delay_notice(given, delay)
    inbox.save_answer(tx, request.key, given)
    ref = reply.ref or logs.incident.get()
    return _Handled(
        answer=given,
        outcome=f"{ref} {reply.outcome}" if reply.outcome else "request done",
        ref=ref,
        form=reply.form and forms.answerable(reply.form, request.response_url),
        delay=delay,
    )


def _handle(tx: Tx, event: Event, content: Mapping[str, Any], settings: Settings) -> None:
    event.handle(tx, content, settings)
    heartbeats.note_event(tx, event.type)


def _repeated(tx: Tx, request: Request) -> _Handled:
    answer_then, first = inbox.answer(tx, request.key)
    return _Handled(answer=answer_then, outcome="repeated request", is_repeat=True, first=first)


def record_refusal(tx: Tx, request: Request, command: Command, error: UserError) -> _Handled:
    """Audit the refusal and keep its answer.

    What a form's person mistyped is not kept: the same form is sent once more, corrected.
    """
    names = people.names(tx, sentences.mentioned(error.parts))  # a form shows no mentions
    given = (
        answer.unconfirmed(request, error, names)
        if isinstance(error, Unconfirmed)
        else answer.user_error(request, error, names)
    )
    is_form = request.type is InteractionType.SUBMISSION
    if not is_form and not inbox.claim_key(tx, request.key):
        return _repeated(tx, request)
    if not is_form:
        inbox.save_answer(tx, request.key, given)
        _answer_apart(tx, request, given.get("text", ""), given.get("blocks", ()))
    runner.audit_refusal(tx, command, request, error)
    return _Handled(answer=given, outcome="refused")


def _tell_of_unopened(tx: Tx, request: Request, told: Answer) -> None:
    """Answer the press under a key of its own, since it used up its own for the form."""
    if inbox.claim_key(tx, f"unopened:{request.key}"):
        _answer_apart(tx, request, told["text"], told["blocks"])


def _answer_apart(
    tx: Tx,
    request: Request,
    text: str,
    blocks: Sequence[Mapping[str, Any]],
    *,
    replace: bool = False,
    receipt: bool = False,
) -> None:
    drafts = answer.apart(request, text, blocks, replace=replace, receipt=receipt)
    if drafts:
        deliveries.add(tx, None, drafts)


def _count(request: Request, answer_kind: str) -> None:
    metrics.SLACK_REQUESTS.labels(request.type, answer_kind).inc()


def _unknown(request: Request) -> Answer:
    """Answer a word that is no subcommand with the one that may have been meant."""
    if request.type is not InteractionType.COMMAND:
        return answer.nothing()
    mistake = help_command.unknown(request.word)
    return answer.user_error(request, mistake, {}, is_recorded=False)
