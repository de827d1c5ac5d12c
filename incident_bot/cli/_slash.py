"""Does what a line of /incident says, in a person's name, with the database alone.

The commands, their permissions and what they write are those of Slack. What must be told waits as
deliveries, as ever, until a worker reaches Slack.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import click

from incident_bot import log as logs
from incident_bot import settings
from incident_bot.cli import _people
from incident_bot.cli._account import typed_by
from incident_bot.cli._answer import Answer
from incident_bot.cli._database import PATIENCE_SECONDS, opened
from incident_bot.clients.queue import Notifier
from incident_bot.commands import Command, InteractionType, Reply, Request, by_word, runner
from incident_bot.commands import help as help_command
from incident_bot.domain import mentions
from incident_bot.domain.deliveries import Delay, DeliveryRecord, Queue
from incident_bot.domain.incidents import Incident, named_first
from incident_bot.domain.text import first_word, machine_word, visible
from incident_bot.errors import Conflict, InvalidInput, Moment, Typed, Unconfirmed, UserError
from incident_bot.render import sentences
from incident_bot.render.terminal import Terminal, named_in
from incident_bot.settings import Settings
from incident_bot.store import inbox, incidents, leases, outbox, people
from incident_bot.store.database import Tx

KEYS: Final = (
    *("incident", "title", "service", "severity", "status", "commander", "declared_at"),
    *("resolved_at", "resolved_after_seconds", "by", "answer", "is_repeat", "waiting"),
)
"""A script reads these of what was done."""

_AGAIN_WITHIN: Final = timedelta(minutes=5)
"""People type a line again so soon when the connection broke before its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it stands behind `/incident`, and in whose name it is typed.

    `incident` is the number or name of one that stands apart from the text, `form` what options
    say, and `once` a key under which the line is done once and never again.
    """

    word: str
    text: str
    typed_as: str
    incident: str = ""
    once: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A line that was done, and how things stand then; `repeats` says when it was done before."""

    said: str
    user_id: str
    incident: Incident | None
    repeats: datetime | None
    deliveries: Sequence[DeliveryRecord]
    delay: Delay | None
    now: datetime

    @classmethod
    def read(
        cls,
        tx: Tx,
        said: str,
        user_id: str,
        incident: Incident | None,
        *,
        repeats: datetime | None = None,
    ) -> "Done":
        """Return it with what has still to be told."""
        return cls(
            said=said,
            user_id=user_id,
            incident=incident,
            repeats=repeats,
            deliveries=outbox.of_incident(tx, incident.id) if incident else (),
            delay=leases.delay(tx, Queue.NOTIFICATIONS),
            now=tx.now,
        )


def run(line: Line) -> Answer:
    """Do it; raises UserError with a sentence that says what to type instead."""
    if not line.typed_as:
        raise click.UsageError("Say in whose name: --as @name, or --as with the member id.")
    config = settings.from_environment()
    notifier = Notifier(config.redis_url)
    with opened(
        config.database_url, notify=notifier.notify, limit_seconds=PATIENCE_SECONDS
    ) as database:
        try:
            done = database.run(lambda tx: _done(tx, line, config))
        except UserError as refusal:
            error = refusal
        else:
            return answer(done)
        raise database.run(lambda tx: _refused(tx, line, error))


def _done(tx: Tx, line: Line, config: Settings) -> Done:
    tx.typed_by = typed_by()
    logs.incident.set(None)
    command, request = _asked(tx, line)
    key, asked = _key(line, request), _digest(request)
    kept = None if inbox.claim_key(tx, key) else inbox.answer_held(tx, key)
    if kept and _is_repeat(tx, line, command, kept, asked):
        return _kept(tx, request, kept, repeats=datetime.fromisoformat(kept["at"]))
    _, standing = people.with_standing(tx, request.user_id)
    reply = runner.run(tx, command, request, config, standing)
    if reply.form is not None:
        raise _needs_form(command, logs.incident.get())
    saved = _saved(tx, request, line, reply, asked)
    if reply.outcome:  # what only shows something is shown anew each time
        inbox.save_answer(tx, key, saved)
    return _kept(tx, request, saved)


def _asked(tx: Tx, line: Line) -> tuple[Command, Request]:
    """Return the command, and the request as if the person had typed it; raises UserError."""
    user_id = _people.named(tx, line.typed_as)
    command = by_word().get(machine_word(line.word))
    if command is None:
        raise help_command.unknown(line.word)
    text = _people.with_mentions(tx, line.text)
    number = incidents.by_ref(tx, line.incident).id if line.incident else None
    request = Request(
        type=InteractionType.COMMAND_LINE,
        key=f"line:{uuid4().hex}",
        word=command.name,
        rest=visible(_with_new_commander(tx, text) if command.name == "commander" else text),
        user_id=user_id,
        channel_id=None,
        trigger_id=None,
        incident_id=number,
        form=_form(tx, line),
    )
    return command, request


def _form(tx: Tx, line: Line) -> dict[str, str]:
    form = dict(line.form)
    if wanted := form.get("commander"):
        form["commander"] = _people.named(tx, wanted)
    return form


def _with_new_commander(tx: Tx, text: str) -> str:
    """Mark who takes over, where that is no mention yet: Slack offers no list to pick from."""
    if mentions.people(text) or not text.strip():
        return text
    number, rest = named_first(text)
    name, note = first_word(rest, is_glued=False)
    ref = f"INC-{number} " if number is not None else ""
    return f"{ref}{mentions.marked(_people.named(tx, name), '')} {note}".rstrip()


def _digest(request: Request) -> str:
    return request.confirmation_key


def _key(line: Line, request: Request) -> str:
    """Return the key under which a repeat finds the answer."""
    if not line.once:
        return f"line:{_digest(request)}"
    return f"once:{sha256(line.once.encode('utf-8', 'replace')).hexdigest()}"


def _is_repeat(tx: Tx, line: Line, command: Command, kept: Mapping[str, Any], asked: str) -> bool:
    """Say whether this line was done already, so that it is not to be done again.

    Without `--once` it was if the same person typed the same just now, and nothing has happened to
    the incident since. A declared incident is the same as long as it is open.
    """
    at = datetime.fromisoformat(kept["at"])
    if line.once:
        if kept["asked"] != asked:
            raise Conflict(
                f"--once {line.once} was used for something else at ",
                Moment(at),
                f": “{kept['line']}”. Take another word.",
            )
        return True
    if tx.now - at > _AGAIN_WITHIN or not kept["ref"]:
        return False
    incident = incidents.by_ref(tx, kept["ref"])
    return incident.is_open if not command.in_incident else incident.version == kept["version"]


def _saved(tx: Tx, request: Request, line: Line, reply: Reply, asked: str) -> dict[str, Any]:
    """Return what is kept of the answer, for a repeat."""
    ref = reply.ref or logs.incident.get()
    said = "\n".join(_terminal(tx, line, _markup(reply)).blocks(_blocks(reply)))
    return {
        "said": said,
        "ref": ref,
        "version": incidents.by_ref(tx, ref).version if ref else None,
        "at": tx.now.isoformat(),
        "asked": asked,
        "line": mentions.plain(f"{request.word} {request.rest}".strip(), {})[:80],
    }


def _kept(
    tx: Tx, request: Request, kept: Mapping[str, Any], *, repeats: datetime | None = None
) -> Done:
    incident = incidents.by_ref(tx, kept["ref"]) if kept["ref"] else None
    return Done.read(tx, kept["said"], request.user_id, incident, repeats=repeats)


def _blocks(reply: Reply) -> Sequence[Mapping[str, Any]]:
    return reply.blocks or [{"type": "section", "text": {"text": reply.text}}]


def _markup(reply: Reply) -> str:
    return json.dumps([reply.text, list(reply.blocks)], ensure_ascii=False)


def _terminal(tx: Tx, line: Line, markup: str) -> Terminal:
    return Terminal(now=tx.now, names=people.names(tx, named_in(markup)), typed_as=line.typed_as)


def _needs_form(command: Command, ref: str | None) -> InvalidInput:
    """Say what to type instead of what a form would ask for."""
    words = command.instead.removeprefix(f"/incident {command.name}").strip()
    if not words:
        return InvalidInput(f"For {command.name} a form is needed, which only Slack can show.")
    line = " ".join(filter(None, [command.name, ref, words]))
    return InvalidInput("Say it in one line: ", Typed(line), ".")


def _refused(tx: Tx, line: Line, error: UserError) -> UserError:
    """Audit the refusal where it is one of a person, and return it in words for a terminal."""
    tx.typed_by = typed_by()
    try:
        command, request = _asked(tx, line)
    except UserError:
        pass
    else:
        runner.audit_refusal(tx, command, request, error)
    names = people.names(tx, sentences.mentioned(error.parts))
    said = Terminal(now=tx.now, names=names, typed_as=line.typed_as).sentence(error.parts)
    if isinstance(error, Unconfirmed):
        said = f"{said} Type the same line once more if you mean it."
    return UserError(said)


def answer(done: Done) -> Answer:
    """Say what was done, and what has still to be told."""
    terminal = Terminal(now=done.now)
    waits = terminal.waiting(done.deliveries, done.delay)
    lines = [done.said]
    if done.repeats:
        lines.append(f"This was done {terminal.ago(done.repeats)}; nothing is done twice.")
    return Answer(found=_found(done), lines=[*lines, *waits])


def _found(done: Done) -> dict[str, Any]:
    incident = done.incident
    about: dict[str, Any] = dict.fromkeys(KEYS)
    if incident:
        took = incident.time_to_resolve
        about |= {
            "incident": incident.ref,
            "title": incident.title,
            "service": incident.service,
            "severity": incident.severity,
            "status": incident.status,
            "commander": incident.commander_user_id,
            "declared_at": incident.declared_at,
            "resolved_at": incident.resolved_at,
            "resolved_after_seconds": took and took.total_seconds(),
        }
    waiting = [each for each in done.deliveries if each.state == "pending"]
    more = {
        "by": done.user_id,
        "answer": done.said,
        "is_repeat": done.repeats is not None,
        "waiting": len(waiting),
    }
    return {**about, **more}
