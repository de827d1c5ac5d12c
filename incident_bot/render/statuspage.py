"""Messages and forms about Statuspage."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.statuspage import (
    ComponentRecord,
    ComponentStatus,
    Publication,
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
    link,
    plain,
    section,
)

MAX_MESSAGE: Final = 1500

CONFIRM: Final = "confirm"
"""The name of the form that shows what will be public; sending it publishes."""

_QUESTION: Final = (
    "📢 Should customers read about this? The commander can publish it on the status page."
)
_MAX_QUOTED: Final = 1500
_IMPACTS: Final = {"none": "None", "minor": "Minor", "major": "Major", "critical": "Critical"}
_NOTIFY: Final = {"no": "No", "yes": "Yes, by e-mail and SMS now"}


def notice(incident: Incident, payload: Mapping[str, Any]) -> Message:
    """Render a line about Statuspage for the incident's channel."""
    text = _NOTICES[payload["notice"]](payload)
    blocks: list[Block] = [section(text)]
    if buttons := _buttons(incident, payload):
        blocks.append(row(*buttons))
    return Message(text=f"{incident.ref}: {text}", blocks=blocks)


def question(incident: Incident, publication: Publication | None) -> Message:
    """Render the question whether to publish an incident, or what became of it."""
    text = _unpublished(incident) if publication is None else _published(publication)
    blocks: list[Block] = [section(text)]
    if publication is None and incident.is_open:
        blocks.append(row(_publish(incident)))
    return Message(text=f"{incident.ref}: {text}", blocks=blocks)


def unchanged(publication: Publication) -> str:
    """Say that a correction of ours changes nothing that customers read."""
    return (
        f"What customers read of it stays as it is: {_named(publication)}. "
        "Correct that on the status page itself."
    )


def _unpublished(incident: Incident) -> str:
    if not incident.is_open:
        return f"📢 Not published; the incident is {incident.status}."
    return _QUESTION


def _publish(incident: Incident) -> Block:
    return button("Publish on the status page", "publish", str(incident.id))


def _published(publication: Publication) -> str:
    if publication.public_incident_id is None:
        return f"⏳ Publishing {_named(publication)} on the status page. The link follows here."
    lead = f"📢 Published on the status page: {_named(publication)}."
    said = f" Customers now read: {_quoted(publication.message)}" if publication.message else ""
    return f"{lead}{said}"


def _named(publication: Publication) -> str:
    """Name a public incident, with a link once there is one."""
    title = escape(publication.title) or "the incident"
    return link(publication.url, title) if publication.url else title


def _quoted(words: str) -> str:
    return f"“{fit(words, _MAX_QUOTED)}”"


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
            return [_publish(incident)]
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
    "unpublished": lambda payload: (
        "↩️ The incident is off the status page again: publishing it was a slip."
    ),
    "updated": lambda payload: (
        f"📢 Customers now read ({_status(payload['status'])}): {_quoted(payload['detail'])}"
        if payload.get("detail")
        else f"📢 Changing the public incident to *{_status(payload['status'])}*."
    ),
    # An older version wrote these, which may still have to be sent.
    "offer": lambda payload: _QUESTION,
    "published": lambda payload: f"📢 Published on the status page: “{escape(payload['title'])}”.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A component of an incident: what we know of it, what it should show and because of what."""

    name: str
    record: ComponentRecord
    wanted: ComponentStatus
    because_of: Sequence[str] = ()


def overview(
    incident: Incident, components: Sequence[Shown], publication: Publication | None
) -> Message:
    """Render the answer of `/incident statuspage`."""
    lines = [f"Status page for {headline(incident)}", *map(_state, components)]
    if not components:
        lines.append(f"{escape(incident.service)} is not on the status page.")
    if publication and publication.public_incident_id:
        lines.append(f"📢 The incident is public: {_named(publication)}.")
    elif publication:
        lines.append("⏳ Publishing the incident.")
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
