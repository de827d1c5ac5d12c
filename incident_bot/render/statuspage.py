"""Messages and forms about Statuspage."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.statuspage import (
    ComponentRecord,
    ComponentStatus,
    impact_of,
    public_status,
)
from incident_bot.errors import InvalidInput
from incident_bot.render.forms import MAX_METADATA, View, about, choice, field, modal, text_input
from incident_bot.render.messages import Message, button, headline, row
from incident_bot.render.text import (
    MAX_SECTION,
    Block,
    context,
    escape,
    fit,
    join_within,
    plain,
    section,
)

MAX_MESSAGE: Final = 1500

CONFIRM: Final = "confirm"
"""The name of the form that shows what will be public; sending it publishes."""

_IMPACTS: Final = {"none": "None", "minor": "Minor", "major": "Major", "critical": "Critical"}
_NOTIFY: Final = {"no": "No", "yes": "Yes, by e-mail and SMS now"}


def notice(incident: Incident, payload: Mapping[str, Any]) -> Message:
    """Render a line about Statuspage for the incident's channel."""
    text = _NOTICES[payload["notice"]](payload)
    blocks: list[Block] = [section(text)]
    if buttons := _buttons(incident, payload):
        blocks.append(row(*buttons))
    return Message(text=f"{incident.ref}: {text}", blocks=blocks)


def publish_form(incident: Incident, components: Mapping[str, str]) -> View:
    """Render the form that publishes an incident; internal words are not copied into it."""
    blocks = [
        field("title", "Public title", text_input("title", "", 100, "Errors at checkout")),
        field(
            "message",
            "Message",
            text_input(
                "message",
                "",
                MAX_MESSAGE,
                "What customers notice, and that you are working on it",
                multiline=True,
            ),
        ),
        field("impact", "Impact", choice("impact", _IMPACTS, impact_of(incident))),
    ]
    if components:
        chosen = _many(components)
        blocks.append(field("components", "Affected components", chosen, optional=True))
    blocks.append(field("notify", "Notify subscribers?", choice("notify", _NOTIFY, "no")))
    return modal("publish", f"Publish {incident.ref}", "Preview", about(incident), blocks)


def preview(
    incident: Incident,
    values: Mapping[str, str],
    components: Mapping[str, str],
    *,
    is_changed: bool = False,
) -> View:
    """Render what the public will read, with the button that publishes it.

    `is_changed` says that it is shown once more because the incident has changed since.
    """
    named = [components.get(each, each) for each in _split(values.get("components", ""))]
    status = public_status(incident)
    blocks = [
        {"type": "header", "text": plain(values["title"], 150)},
        section(f"*{status.capitalize()}* — {fit(values['message'], MAX_SECTION - 50)}"),
        context(
            f"Impact: {escape(values['impact'])} · "
            f"Components: {escape(', '.join(named)) or 'none'} · "
            f"Subscribers are notified: *{escape(values['notify'])}*"
        ),
    ]
    if is_changed:
        blocks.append(
            context(f":warning: {incident.ref} has changed meanwhile. Read it once more.")
        )
    # Not as ASCII: that would leave a message in Japanese a sixth of the room.
    kept = json.dumps({**about(incident), "publish": dict(values)}, ensure_ascii=False)
    if len(kept) > MAX_METADATA:
        raise InvalidInput("The message is too long to preview; shorten it.", field="message")
    view = modal(f"publish:{CONFIRM}", "This becomes public", "Publish", {}, blocks)
    return {**view, "private_metadata": kept}


def _split(joined: str) -> list[str]:
    return [part for part in joined.split(",") if part]


def _many(components: Mapping[str, str]) -> Block:
    options = [
        {"text": plain(name, 75), "value": component_id}
        for component_id, name in list(components.items())[:100]
    ]
    return {
        "type": "multi_static_select",
        "action_id": "components",
        "options": options,
        "initial_options": options,
    }


def _buttons(incident: Incident, payload: Mapping[str, Any]) -> Sequence[Block]:
    value = str(incident.id)
    match payload["notice"]:
        case "offer":
            return [button("Publish on the status page", "publish", value)]
        case "drifted":
            component_id = payload["component_id"]
            return [
                button("Put back", f"statuspage:back:{component_id}", value),
                button("Leave it", f"statuspage:leave:{component_id}", value),
            ]
        case _:
            return []


def _component(payload: Mapping[str, Any]) -> str:
    return f"*{escape(payload['component'])}*"


def _status(status: str) -> str:
    return escape(status.replace("_", " "))


_NOTICES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "failing": lambda payload: (
        f"⚠️ Updating {_component(payload)} on Statuspage failed ({escape(payload['detail'])}). "
        "The public page may be out of date; I'll post here when it is back in sync."
    ),
    "recovered": lambda payload: f"✅ Statuspage is back in sync: {_component(payload)}.",
    "drifted": lambda payload: (
        f"✋ Somebody set {_component(payload)} on the status page to "
        f"*{_status(payload['actual'])}* by hand; I would set *{_status(payload['wanted'])}*. "
        "I'll change nothing until the commander chooses."
    ),
    "offer": lambda payload: (
        "📢 Should customers read about this? The commander can publish it on the status page."
    ),
    "published": lambda payload: f"📢 Published on the status page: “{escape(payload['title'])}”.",
    "unpublished": lambda payload: (
        "↩️ The incident is off the status page again: publishing it was a slip."
    ),
    "updated": lambda payload: (
        f"📢 Changing the public incident to *{_status(payload['status'])}*."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A component of an incident: what we know of it, what it should show and because of what."""

    name: str
    record: ComponentRecord
    wanted: ComponentStatus
    because_of: Sequence[str] = ()


def overview(
    incident: Incident, components: Sequence[Shown], *, is_public: bool, is_there: bool
) -> Message:
    """Render the answer of `/incident statuspage`; `is_there` says that it is published by now."""
    lines = [f"Status page for {headline(incident)}", *map(_state, components)]
    if not components:
        lines.append(f"{escape(incident.service)} is not on the status page.")
    if is_public:
        lines.append("📢 The incident is public." if is_there else "⏳ Publishing the incident.")
    text = join_within(lines, MAX_SECTION)
    return Message(text=text, blocks=[section(text)])


def settled(name: str, *, is_put_back: bool) -> str:
    """Say what happens to a component that was set by hand."""
    return f"Putting {escape(name)} back." if is_put_back else f"Leaving {escape(name)} as it is."


_SIGNS: Final = {
    ComponentStatus.OPERATIONAL: "✅",
    ComponentStatus.DEGRADED: "🟡",
    ComponentStatus.PARTIAL: "🟠",
    ComponentStatus.MAJOR: "🔴",
}
_MOST_NAMED: Final = 3


def _state(shown: Shown) -> str:
    name, state = f"*{escape(shown.name)}*", _status(shown.record.shown)
    wanted = f"{shown.wanted.words}{_why(shown.because_of)}"
    if shown.record.is_held:
        return f"✋ {name} was set by hand; the commander must choose"
    if shown.record.is_failing:
        return f"⚠️ {name}: updates fail; it should show {wanted}"
    if shown.record.is_left_alone(shown.wanted):
        return f"✋ {name} shows {state}, as somebody chose; else it would show {wanted}"
    if shown.record.shown != shown.wanted:
        return f"⏳ {name} shows {state}; it is being changed to {wanted}"
    return f"{_SIGNS.get(shown.wanted, '⚠️')} {name} shows {wanted}; as it should"


def _why(refs: Sequence[str]) -> str:
    """Name the incidents that make it so, the first of them where they are many."""
    if not refs:
        return ""
    named = list(refs[:_MOST_NAMED])
    if more := len(refs) - len(named):
        named.append(f"{more} more")
    last = named.pop()
    return f", because of {', '.join(named)} and {last}" if named else f", because of {last}"
