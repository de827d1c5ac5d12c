"""The deliveries of an incident as one person reads them: who was told, who was not and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from incident_bot.domain.deliveries import (
    INVITES,
    PUBLIC,
    TOPIC,
    DeliveryRecord,
    State,
    is_in_the_channel,
)
from incident_bot.domain.incidents import Incident
from incident_bot.domain.reminders import LINE, NUDGE, Place
from incident_bot.render.causes import cause
from incident_bot.render.messages import Message, button, headline, row
from incident_bot.render.text import (
    Block,
    channel,
    context,
    escape,
    person,
    section,
    sections,
    when,
    within_blocks,
)

_SHOWN: Final = 60
_HERE: Final = "this channel"
_SENT: Final = {INVITES: "invitations", TOPIC: "topic", PUBLIC: "the incident on the status page"}
"""These names tell apart what was sent to destinations of which two are the incident's channel."""

_NAMES: Final = {
    "announcement": "announcement in {to}",
    "card": "card",
    "channel": "the incident's channel",
    "component": "{to} on the status page",
    "dead_letter": "news of what did not arrive, for {to}",
    "direct_message": "direct message to {to}",
    "direct_message_current": "edit of the direct message to {to}",
    "file": "file for {to}",
    "incident_update": "news in {to}",
    "invite": "invitations to {to}",
    "note_line": "note in {to}",
    "nudge": "reminder for {to}",
    "pin": "pin of the card",
    "public_incident": "incident on the status page",
    "public_removal": "removal from the status page",
    "public_update": "update on the status page",
    "publish_question": "question about the status page in {to}",
    "reminder": "reminder in {to}",
    "reminder_reply": "reply to a reminder in {to}",
    "statuspage_notice": "news of the status page in {to}",
    "retraction": "taking a slip back in {to}",
    "thread_reply": "reply in {to}",
    "timeline": "timeline in {to}",
    "topic": "topic of {to}",
}
_SAYS_NOTHING: Final = frozenset({"channel", "pin"})
_CHANGED_IN_PLACE: Final = frozenset(
    {"announcement", "card", "component", "nudge", "publish_question", "reminder", "topic"}
)
_ONLY_CHANGES: Final = frozenset({"direct_message_current", "retraction"})
"""These change what another kind has said."""


def ledger(
    incident: Incident,
    lines: Sequence[DeliveryRecord],
    now: datetime,
    *,
    with_retry: bool,
    is_on_page: bool = False,
) -> Message:
    """List who was not told and why, who is about to be, then who was told and when.

    `is_on_page` says that the service shows on the status page, of which another command tells.
    """
    dead = [line for line in lines if line.state is State.DEAD]
    due = [line for line in lines if line.state is State.PENDING]
    sent = [line for line in lines if line.state is State.SENT]
    lead = f"Deliveries of {headline(incident)}"
    messages = [line for line in sent if line.kind not in _ONLY_CHANGES]
    summary = f"{_count(messages)} sent, {len(due)} pending, {len(dead)} dead"
    told = [
        *(f"❌ {_what(line)}: failed{_at(line)}{_why(line)}" for line in reversed(dead)),
        *(f"⏳ {_what(line)}: {_when_due(line, now)}" for line in due),
        *(f"⚠️ {_what(line)}: sent{_at(line)}, but{_why(line)}" for line in sent if line.detail),
        *_told(sent),
    ]
    shown = within_blocks(told[:_SHOWN])
    blocks: list[Block] = [context(f"{lead}\n{summary}"), *sections(shown)]
    if len(told) > len(shown):
        blocks.append(context(f"{len(told) - len(shown)} more are not shown."))
    if is_on_page:
        blocks.append(context("What the status page shows: `/incident statuspage`"))
    if with_retry:
        retry = button("Retry failed messages", "delivery:retry", str(incident.id))
        blocks.append(row(retry))
    return Message(text=f"{lead}: {summary}", blocks=blocks)


def _count(lines: Sequence[DeliveryRecord]) -> int:
    """Count deliveries, also those that were deleted since."""
    return sum(line.stands_for for line in lines)


def _told(sent: Sequence[DeliveryRecord]) -> list[str]:
    """Give each destination one line, however often it heard."""
    found: dict[str, list[DeliveryRecord]] = {}
    for line in sent:
        if line.kind not in _ONLY_CHANGES or line.destination in found:
            found.setdefault(line.destination, []).append(line)
    return [
        f"✅ {_SENT.get(where) or _reminder(where) or _where(where)}: {_heard(lines)}"
        for where, lines in found.items()
    ]


def _heard(lines: Sequence[DeliveryRecord]) -> str:
    """Say how often something was said there; what only changed in place was not."""
    said: list[DeliveryRecord] = []
    changed: list[DeliveryRecord] = []
    for line in [each for each in lines if each.kind not in _SAYS_NOTHING] or lines:
        is_again = line.kind in _CHANGED_IN_PLACE and line.kind in {each.kind for each in said}
        is_change = is_again or line.kind in _ONLY_CHANGES
        (changed if is_change and said else said).append(line)
    since = f", brought up to date{_at(changed[-1])}" if changed else ""
    return f"{_said(said)}{since}"


def _said(lines: Sequence[DeliveryRecord]) -> str:
    """Say how many messages there are and when the last came; of an announcement, its replies."""
    replies = [line for line in lines if line.kind != "announcement"]
    announced = [line for line in lines if line.kind == "announcement"]
    if not announced:
        count = _count(lines)
        times = "sent" if count == 1 else f"{count} messages, the last sent"
        return f"{times}{_at(lines[-1])}"
    lead = f"announced{_at(announced[0])}"
    if not replies:
        return lead
    count = _count(replies)
    many = "1 reply" if count == 1 else f"{count} replies, the last"
    return f"{lead}, {many}{_at(replies[-1])}"


def dead_letter(
    incident: Incident,
    what: str,
    to: str,
    why: str,
    reason: str = "",
    *,
    meanwhile: str = "",
    set_by: str = "",
    can_retry: bool = True,
    is_in_channel: bool = True,
) -> Message:
    """Render the red line: what did not work, why, and what to do, for whoever reads it.

    `what` is a sentence in which `{to}` stands for the destination; `set_by` names the settings
    that the destination is from.
    """
    where = channel(incident.channel_id) if incident.channel_id else "its channel"
    lead = incident.ref if is_in_channel else f"{headline(incident)}, {where}"
    sentences = (
        f"🟥 {lead}: {what.replace('{to}', _named(to))} ({cause(why, reason)}).",
        f"See the setting {set_by}." if set_by else "",
        meanwhile,
        "Once that is fixed, the commander can retry it with `/incident delivery`."
        if can_retry
        else "",
    )
    text = " ".join(filter(None, sentences))
    return Message(text=text, blocks=[section(text)])


def _what(line: DeliveryRecord) -> str:
    name = _NAMES.get(line.kind, f"{line.kind.replace('_', ' ')} for {{to}}")
    return name.replace("{to}", _named(line.destination))


def _where(destination: str) -> str:
    destination = _person_of(destination)
    if is_in_the_channel(destination):
        return _HERE
    if destination[0] in "UW":
        return person(destination)
    return channel(destination) if destination[0] in "CG" else escape(destination)


def _named(destination: str) -> str:
    """Name a destination, with its id where Slack may show no name for it."""
    name = _where(destination)
    return f"{name} (`{_person_of(destination)}`)" if name.startswith("<") else name


def _person_of(destination: str) -> str:
    """Return whom a reminder to one person goes to, and any other destination as it is."""
    is_nudge = destination.startswith(f"{NUDGE}:")
    return Place.of(destination).user_id if is_nudge else destination


def _reminder(destination: str) -> str | None:
    """Name what has a destination of its own for each reminder."""
    if destination.startswith(f"{LINE}:"):
        return f"reminder in {_HERE}"
    is_nudge = destination.startswith(f"{NUDGE}:")
    return f"reminder for {_where(destination)}" if is_nudge else None


def _why(line: DeliveryRecord) -> str:
    return f" ({cause(line.detail, line.reason)})" if line.detail else ""


def _at(line: DeliveryRecord) -> str:
    return f" {when(line.settled_at)}" if line.settled_at else ""


def _when_due(line: DeliveryRecord, now: datetime) -> str:
    if line.waiting:
        return "waits for the incident's channel"
    tried = f", tried {line.attempts} times" if line.attempts else ""
    due = f"due at {when(line.run_at)}" if line.run_at > now else "due now"
    return f"{due}{tried}{_why(line)}"
