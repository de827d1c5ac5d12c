"""A trace in plain words: what was asked, what was answered, and what became of each delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from incident_bot.deliveries import KINDS
from incident_bot.domain.deliveries import State
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.record import PostedMessage
from incident_bot.domain.traces import AuditEntry, RequestSummary, Trace, TracedDelivery
from incident_bot.render import links
from incident_bot.render.causes import cause
from incident_bot.store import audit

_ALIVE: Final = timedelta(seconds=30)
_LONGEST_ANSWER: Final = 20
_BY_COMMAND_LINE: Final = "on the command line"
_WAYS: Final = {
    "command": "as a command",
    "form": "as a form",
    "button": "by a button",
    "choice": "by a choice in a form",
    "shortcut": "from a menu",
    "unopened": "by a button",
    "line": _BY_COMMAND_LINE,
    "once": _BY_COMMAND_LINE,
}


def as_json(trace: Trace) -> dict[str, Any]:
    """Return the trace for a script."""
    return {
        "request_id": trace.request_id,
        "came_at": _came_at(trace),
        "way": _way(trace),
        "audit": [asdict(each) for each in trace.audit],
        "answer": trace.taken.answer if trace.taken else None,
        "counts": {state.value: count for state, count in trace.counts.items()},
        "deliveries": [
            {**asdict(each), "link": _link(trace, each), "waits_for": waits_for(trace, each)}
            for each in trace.deliveries
        ],
        "operated": [asdict(each) for each in trace.operated],
        "requests": [],
    }


def summary_as_json(each: RequestSummary) -> dict[str, Any]:
    """Return one of an incident's requests for a script."""
    return {**asdict(each.entry), "counts": {state.value: n for state, n in each.counts.items()}}


def lines(trace: Trace) -> Iterator[str]:
    """Tell the whole story of a request."""
    yield from _of_request(trace)
    yield from _of_deliveries(trace)


def summary_lines(found: Sequence[RequestSummary], names: Mapping[str, str]) -> list[str]:
    """Tell what was asked about an incident, a line for each."""
    return [
        f"{_at(each.entry.at)}  {each.entry.request_id or '-':12}  "
        f"{_who(each.entry, names)}: {_what(each.entry)}; {_counted(each.counts)}"
        for each in found
    ]


def _of_request(trace: Trace) -> Iterator[str]:
    if trace.request_id is None:
        yield "No request is noted with it: it was written by an earlier version."
        return
    came = _came_at(trace)
    yield f"Request {trace.request_id}, {_way(trace)}{f', {_at(came)}' if came else ''}"
    for entry in trace.audit:
        about = f" INC-{entry.incident_id}" if entry.incident_id else ""
        where = f" in {entry.channel_id}" if entry.channel_id else ""
        yield f"  {_who(entry, trace.names)}{where}:{about} {_what(entry)}"
    if not trace.audit:
        yield "  It is not in the audit trail: it changed nothing, and was not refused."
    yield from _answer_lines(trace)


def _way(trace: Trace) -> str:
    if trace.taken:
        return _WAYS.get(trace.taken.key.partition(":")[0], "from Slack")
    if any(_is_of_command_line(each) for each in trace.audit):
        return _BY_COMMAND_LINE
    return "from Slack" if trace.audit else "by the bot itself, or long ago"


def _is_of_command_line(entry: AuditEntry) -> bool:
    return entry.actor_user_id == OPERATOR or audit.is_of_command_line(entry.detail)


def _came_at(trace: Trace) -> datetime | None:
    if trace.taken:
        return trace.taken.received_at
    moments = [*(each.at for each in trace.audit), *(each.created_at for each in trace.deliveries)]
    return min(moments, default=None)


def _who(entry: AuditEntry, names: Mapping[str, str]) -> str:
    name = names.get(entry.actor_user_id, entry.actor_user_id)
    return name if name == entry.actor_user_id else f"{name} ({entry.actor_user_id})"


def _what(entry: AuditEntry) -> str:
    if entry.allowed:
        return f"{entry.action}{f' ({entry.detail})' if entry.detail else ''}"
    if entry.detail.startswith("bug "):
        return f"{entry.action} broke ({entry.detail}); nothing was changed, the log has more"
    return f"{entry.action} was refused ({entry.detail})"


def _answer_lines(trace: Trace) -> Iterator[str]:
    if trace.taken is None:
        if trace.audit and not any(_is_of_command_line(each) for each in trace.audit):
            yield "  Its answer is not kept: of a form that was not taken, or older than two days."
        return
    told = [line for text in _texts(trace.taken.answer or {}) for line in text.splitlines()]
    if not told:
        yield "  Answered with a form, if Slack opened it: see the log. Or by a delivery below."
        return
    yield "  Answered:"
    yield from (f"    {line}" for line in told[:_LONGEST_ANSWER])
    if len(told) > _LONGEST_ANSWER:
        yield f"    … and {len(told) - _LONGEST_ANSWER} more lines; --json has all."


def _texts(answer: Mapping[str, Any]) -> list[str]:
    """Return what a person read: the message, the mistakes of a form, or the form that followed."""
    if said := answer.get("said"):  # on a terminal
        return [str(said)]
    if errors := answer.get("errors"):
        return [f"{field}: {text}" for field, text in errors.items()]
    blocks = (answer.get("view") or answer).get("blocks") or []
    shown = [str(each["text"]["text"]) for each in blocks if isinstance(each.get("text"), dict)]
    notes = [
        str(element.get("text", ""))
        for each in blocks
        if each.get("type") == "context"
        for element in each.get("elements", ())
    ]
    return [*(shown or filter(None, [answer.get("text")])), *notes]


def _of_deliveries(trace: Trace) -> Iterator[str]:
    yield f"Deliveries: {_counted(trace.counts)}"
    for each in trace.deliveries:
        about = f"INC-{each.incident_id}" if each.incident_id else "-"
        yield f"  {each.id}  {about}  {each.kind} → {each.destination}: {_outcome(trace, each)}"
        if link := _link(trace, each):
            yield f"      {link}"
        for entry in trace.operated:
            if entry.detail.split(" ")[0] == str(each.id):
                yield f"      {entry.action} {_at(entry.at)} by {_who(entry, trace.names)}"
    if (left := sum(trace.counts.values()) - len(trace.deliveries)) > 0:
        yield f"  … and {left} more; --limit {sum(trace.counts.values())} shows all."
    for key, seconds in trace.holds.items():
        yield f"Held back, as the vendor asked: {key}, for {seconds:.0f} s"


def _counted(counts: Mapping[State, int]) -> str:
    if not counts:
        return "no deliveries"
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _outcome(trace: Trace, each: TracedDelivery) -> str:
    when = _at(each.settled_at) if each.settled_at else ""
    why = cause(each.detail, each.reason) if each.detail else ""
    match each.state:
        case State.SENT:
            but = f", but {why}" if why else ""
            return f"sent {when}{_tried(each)}{but}"
        case State.SUPERSEDED:
            return f"not sent, {each.detail or 'a later one took its place'}, {when}"
        case State.DEAD:
            again = (
                "what it said is dropped by now"
                if each.is_blank
                else f"once that is mended: incident-bot outbox retry {each.id}"
            )
            return f"given up {when}{_tried(each)}: {each.reason}, {why}; {again}"
    last = f"; last: {each.reason}, {why}" if each.reason else ""
    return f"waits: {waits_for(trace, each)}{_tried(each)}{last}"


def _tried(each: TracedDelivery) -> str:
    """Say how often it was tried; attempts that ended without a record ended their worker."""
    attempts = "1 attempt" if each.attempts == 1 else f"{each.attempts} attempts"
    lost = max(each.crashes - 1, 0)
    ended = f", {lost} of them ended without a record" if lost else ""
    return f" ({attempts}{ended})" if each.attempts else ""


def waits_for(trace: Trace, each: TracedDelivery) -> str | None:
    """Say what a delivery waits for; None when it does not wait."""
    if not each.is_pending:
        return None
    if each.waiting:
        return "for the incident's channel"
    if each.lease_until is not None and each.lease_until > trace.now:
        return f"a worker is at it, until {_at(each.lease_until)} at the latest"
    if each.kind not in KINDS:
        return "for a worker of the version that wrote it"
    if each.head_id not in (None, each.id):
        return f"for delivery {each.head_id}, which goes to the same place before it"
    if each.run_at > trace.now:
        return f"put off until {_at(each.run_at)}"
    return _no_worker(trace, each) or _due(trace, each)


def _no_worker(trace: Trace, each: TracedDelivery) -> str | None:
    seen_at = trace.seen_at.get(each.queue)
    if seen_at is None:
        return f"no worker of the queue {each.queue} has run yet"
    if trace.now - seen_at > _ALIVE:
        return f"no worker of the queue {each.queue} has run since {_at(seen_at)}"
    return None


def _due(trace: Trace, each: TracedDelivery) -> str:
    if each.paced_until is not None:
        return "for its turn in a channel that takes one message a second"
    if each.lease_until is not None:
        return "the worker that had it ended; another looks whether it arrived, and sends it if not"
    return "due now, behind what is more urgent"


def _link(trace: Trace, each: TracedDelivery) -> str:
    if each.posted_channel_id is None or each.posted_ts is None:
        return ""
    posted = PostedMessage(channel_id=each.posted_channel_id, ts=each.posted_ts)
    return links.message(trace.workspace_url, posted) or f"{posted.channel_id} {posted.ts}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
