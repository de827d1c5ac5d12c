"""Tell what came of a request or a delivery, and what still waits, and why.

ID is the reference that a person read or `request_id` of the log, the number of a delivery, the
link of a message in Slack or its channel and timestamp, or INC-42 for what was last asked about an
incident. It exits with 1 when nothing of it is in the database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from incident_bot import settings
from incident_bot.cli import _trace
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples
from incident_bot.domain.traces import Trace
from incident_bot.errors import InvalidInput, NotFound
from incident_bot.store import incidents, people, traces
from incident_bot.store.database import Tx

_LIMIT_SECONDS = 20.0
"""It is asked when something is wrong, perhaps with the database: nobody waits for it in Slack."""

_REQUEST = r"[0-9a-f]{12}"
_DELIVERY = r"[0-9]{1,18}"
_LINK = r"https://\S+/archives/(?P<channel>[A-Z0-9]+)/p(?P<ts>[0-9]{7,})(?:\?\S*)?"
_MESSAGE = r"(?P<channel>[CDG][A-Z0-9]+)[\s/:,]+(?P<ts>[0-9]+\.[0-9]+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A thing to look for, and the way to find it; `missing` says what it means that none is."""

    find: Callable[[Tx, int], Trace]
    missing: str


@click.command(
    help=__doc__,
    epilog=examples(
        "trace 2fd61bd74eac",
        "trace 1234 --json",
        "trace https://example.slack.com/archives/C012ABCDEF/p1700000000123456",
        "trace C012ABCDEF 1700000000.123456",
        "trace INC-42",
    ),
)
@click.argument("words", metavar="ID", nargs=-1, required=True, help="What to look for.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=100_000),
    metavar="N",
    default=50,
    show_default=True,
    help="Show so many deliveries or requests at the most, those in trouble first.",
)
@with_json(
    "request_id",
    "came_at",
    "way",
    "audit",
    "answer",
    "counts",
    "deliveries",
    "operated",
    "requests",
)
def command(words: tuple[str, ...], limit: int) -> Answer:
    typed = _bare(" ".join(words))
    with opened(settings.database_url(), limit_seconds=_LIMIT_SECONDS) as database:
        return database.run(lambda tx: _answer(tx, typed, limit))


def _bare(typed: str) -> str:
    """Return what was copied without what stands around it in a sentence."""
    words = typed.strip().removeprefix("(").strip(" \t`'\"“”<>.,;)")
    return re.sub(r"(?i)^(reference|request_id)[\s:=]+", "", words).strip("`'\"")


def _answer(tx: Tx, typed: str, limit: int) -> Answer:
    if re.fullmatch(r"(?i)inc-[0-9]{1,15}", typed):
        return _of_incident(tx, typed, limit)
    asked = _asked(typed)
    trace = asked.find(tx, limit)
    if trace.is_empty:
        raise NotFound(asked.missing)
    return Answer(found=_trace.as_json(trace), lines=list(_trace.lines(trace)))


def _of_incident(tx: Tx, typed: str, limit: int) -> Answer:
    incident = incidents.by_ref(tx, typed)
    found = traces.of_incident(tx, incident.id, limit=limit)
    names = people.names(tx, {each.entry.actor_user_id for each in found})
    document: dict[str, Any] = {
        **_trace.as_json(Trace(now=tx.now)),
        "way": None,
        "requests": [_trace.summary_as_json(each) for each in found],
    }
    lead = f"{incident.ref}, what was asked, the newest first. Each id can be traced itself."
    return Answer(found=document, lines=[lead, *_trace.summary_lines(found, names)])


def _asked(typed: str) -> _Asked:
    """Return how to find what was typed; raises InvalidInput for what can be none of it."""
    if found := re.fullmatch(_LINK, typed) or re.fullmatch(_MESSAGE, typed):
        return _message(found["channel"], found["ts"])
    if re.fullmatch(_REQUEST, typed.lower()):
        return _request(typed.lower())
    if re.fullmatch(_DELIVERY, typed):
        return _delivery(int(typed))
    raise InvalidInput(
        f"“{typed}” is neither a reference of 12 digits and letters, nor the number of a delivery, "
        "nor the link of a message in Slack, nor an incident such as INC-42."
    )


def _request(request_id: str) -> _Asked:
    def find(tx: Tx, limit: int) -> Trace:
        trace = traces.of_request(tx, request_id, limit=limit)
        if trace.is_empty and request_id.isdecimal():  # a delivery may have as many digits
            return traces.of_delivery(tx, int(request_id))
        return trace

    return _Asked(
        find=find,
        missing=f"Nothing of the request {request_id} is in the database. It recorded nothing "
        "(the database was away, a word was no subcommand, Slack had sent it before), or it is "
        f"too old: look for request_id {request_id} in the log.",
    )


def _delivery(delivery_id: int) -> _Asked:
    return _Asked(
        find=lambda tx, limit: traces.of_delivery(tx, delivery_id),
        missing=f"There is no delivery {delivery_id}; `incident-bot outbox list` shows them.",
    )


def _message(channel_id: str, stamp: str) -> _Asked:
    ts = stamp if "." in stamp else f"{stamp[:-6]}.{stamp[-6:]}"
    return _Asked(
        find=lambda tx, limit: traces.of_message(tx, channel_id, ts, limit=limit),
        missing=f"No delivery posted the message {ts} in {channel_id}: it is not the bot's, or it "
        "is an answer that only one person sees.",
    )
