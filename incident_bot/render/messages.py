"""Parts that many messages about an incident have, its channel's topic, and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from incident_bot.domain.incidents import Ending, Incident, Severity
from incident_bot.errors import Reason
from incident_bot.render.causes import cause
from incident_bot.render.text import (
    MAX_SECTION,
    MAX_SPOKEN,
    MAX_TOPIC,
    Block,
    channel,
    clip,
    escape,
    fit,
    join_within,
    one_line,
    person,
    plain,
    section,
)

SIGNS: Final = {Severity.P1: "🔴", Severity.P2: "🟠", Severity.P3: "🟡", Severity.P4: "🔵"}


_ENDED: Final = {None: "✅", Ending.FALSE_ALARM: "⚪", Ending.DUPLICATE: "🔗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with its plain text, which is what a notification and a screen reader say."""

    text: str
    blocks: list[Block]


def sign(incident: Incident) -> str:
    """Show its severity as a colour, or that it is over."""
    if incident.is_open:
        return SIGNS[incident.severity]
    return _ENDED[incident.ending]


def headline(incident: Incident) -> str:
    """Name the incident in one escaped line: sign, severity, INC-n, title."""
    title = escape(one_line(incident.title))
    return f"{sign(incident)} {incident.severity} *{incident.ref}* {title}"


def take_command(ref: str, value: str, *, ask: bool) -> Block:
    """Render the button that takes command; `ask` has Slack ask back before it counts.

    Its value is the incident's number and, behind it, what is to be sent again afterwards.
    """
    take = button("Take command", "claim:confirmed", value, spoken=f"Take command of {ref}")
    if not ask:
        return take
    confirm = {
        "title": plain("Take command?", 100),
        "text": plain(f"You will command {ref}; the channel is told.", 300),
        "confirm": plain("Take command", 30),
        "deny": plain("Cancel", 30),
    }
    return {**take, "confirm": confirm}


def actions(
    incident: Incident, reader_user_id: str | None = None, *, may_publish: bool = False
) -> Block:
    """Render the buttons for what can be done about it as it stands.

    Where one person reads it who could take command, that is among them. `may_publish` is for where
    the question whether to publish it is not asked.
    """
    value = str(incident.id)
    if not incident.is_open:
        return row(
            {**button_about(incident, "Postmortem", "postmortem"), "style": "primary"},
            button_about(incident, "Reopen", "reopen"),
            button_about(incident, "Timeline", "timeline"),
            _more(incident),
        )
    takes = reader_user_id not in (None, incident.commander_user_id)
    return row(
        {**button_about(incident, "Update", "update"), "style": "primary"},
        button_about(incident, "Resolve", "resolved"),
        button_about(incident, "False alarm", "cancel"),
        *([take_command(incident.ref, value, ask=True)] if takes else []),
        _more(incident, may_publish=may_publish),
    )


def _more(incident: Incident, *, may_publish: bool = False) -> Block:
    """Render the menu of what is done seldom; an option stands for a button, as “id value”."""
    seldom = {"edit": "Edit…"}
    if incident.is_open:
        seldom["duplicate"] = "Duplicate of…"
    if may_publish:
        seldom["publish"] = "Publish on the status page…"
    options = [
        {"text": plain(label, 75), "value": f"{action_id} {incident.id}"}
        for action_id, label in seldom.items()
    ]
    return {"type": "overflow", "action_id": "more", "options": options}


def button(label: str, action_id: str, value: str, *, spoken: str = "") -> Block:
    """A button; what stands before the first colon of its id is the subcommand it calls.

    A screen reader reads `spoken`, which begins with the label, in place of it.
    """
    block: Block = {"type": "button", "text": plain(label, 75), "action_id": action_id}
    if spoken:
        block["accessibility_label"] = clip(spoken, MAX_SPOKEN)
    return {**block, "value": value} if value else block


def button_about(incident: Incident, label: str, action_id: str) -> Block:
    """A button for one of perhaps many incidents, whose number a screen reader reads out."""
    spoken = f"{label} {incident.ref}: {one_line(incident.title)}"
    return button(label, action_id, str(incident.id), spoken=spoken)


def row(*buttons: Block) -> Block:
    """Buttons beside each other."""
    return {"type": "actions", "elements": list(buttons)}


def declared(incident: Incident, more: str, offer: Sequence[Block] = ()) -> Message:
    """Render the answer to whoever declared, once the channel is there or cannot be made.

    `offer` is what else is to press.
    """
    lead = f"{headline(incident)} is declared. {whereabouts(incident)}"
    text = join_within([lead, *more.splitlines()], MAX_SECTION)
    buttons = [] if incident.channel_id else [actions(incident, incident.declarer_user_id)]
    return Message(text=text, blocks=[section(text), *buttons, *offer])


def no_channel(incident: Incident, detail: str, reason: str) -> Message:
    """Tell somebody in charge that the incident's channel cannot be made."""
    text = (
        f"{headline(incident)}\n:warning: Its channel could not be created: "
        f"{_why_no_channel(detail, reason)}. The incident is recorded and everybody else is "
        "notified. Run it from here, or from anywhere, as in "
        f"`/incident resolved {incident.ref} what fixed it`. "
        "Once that is fixed, whoever runs the bot makes the channel with "
        "`incident-bot outbox retry all`."
    )
    return Message(text=text, blocks=[section(text)])


def _why_no_channel(detail: str, reason: str) -> str:
    """Say why, and whose words they are: Slack's, or the bot's own."""
    said = f"`{escape(detail)}`"
    match reason:
        case Reason.CRASHED:
            return "every attempt crashed the worker, so the bot gave up"
        case Reason.BUG:
            return f"an error in the bot ({said})"
        case Reason.NAME_TAKEN:
            return f"every name that the bot tried is taken ({said})"
        case Reason.RATE_LIMITED:
            return "Slack's rate limit lasted until the bot gave up"
        case Reason.TIMEOUT | Reason.CONNECTION | Reason.GARBAGE | Reason.INTERRUPTED:
            return f"Slack gave no usable answer for a day ({said})"
        case Reason.NOT_AUTHORISED | Reason.MISSING_SCOPE:
            why = cause(detail, reason)
            return f"Slack answered {said}" if why == escape(detail) else why
    return f"Slack answered {said}"


def topic(incident: Incident) -> str:
    """Render the channel's topic: what it is and who commands it.

    It has only what seldom changes: each change is a line of Slack's own in the channel.
    """
    # A topic is parsed like a message, so people's words are escaped in it too.
    over = "" if incident.is_open else f" · {incident.state}"
    lead = f"{sign(incident)} {incident.severity}{over} · "
    commander = f" · commander {person(incident.commander_user_id)}"
    room = MAX_TOPIC - len(lead) - len(commander)
    return lead + fit(one_line(incident.title), room) + commander


def missing_scopes(scopes: Sequence[str]) -> str:
    """Say to whoever operates the bot what its token may not do, and what to do about it."""
    listed = ", ".join(f"`{each}`" for each in scopes)
    return (
        f":warning: When a worker last looked, the app lacked {listed}, without which some of it "
        "is silent. Paste what `incident-bot manifest` prints under App Manifest of the app, and "
        "reinstall it; `/incident doctor` looks again."
    )


def whereabouts(incident: Incident) -> str:
    """Say where to go, with a link."""
    if incident.channel_id is None:
        return "There is no channel for it yet."
    return f"Everything happens in {channel(incident.channel_id)}."
