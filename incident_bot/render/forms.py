"""The forms people fill in, and the confirmations that replace them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from incident_bot.domain.incidents import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    Incident,
    OpenIncidents,
    Severity,
    Status,
)
from incident_bot.domain.templates import Template
from incident_bot.render import open_incidents
from incident_bot.render.messages import SIGNS, Message, button, row
from incident_bot.render.text import (
    MAX_SECTION,
    MAX_VALUE,
    Block,
    clip,
    context,
    join_within,
    plain,
    section,
)
from incident_bot.render.updates import duration

View = dict[str, Any]

OPEN: Final = "open"
"""The action of a button that only opens a form; its value is what was typed for it."""

AGAIN: Final = "again"
"""The action of a button that asks once more for what was typed, which is its value."""

RESPONSE_URL: Final = "response_url"
"""The name under which a form carries where its person can be answered."""

_MEANINGS: Final = {
    Severity.P1: "P1 — critical, customers are down",
    Severity.P2: "P2 — major, customers notice",
    Severity.P3: "P3 — minor, few notice",
    Severity.P4: "P4 — nobody notices yet",
}
NEXT_UPDATE: Final = {
    "15": "in 15 minutes",
    "30": "in 30 minutes",
    "60": "in an hour",
    "120": "in 2 hours",
    "240": "in 4 hours",
    "1440": "tomorrow",
}
"""Minutes until the next update, as the form offers them."""

NO_PROMISE: Final = "none"
AS_PROMISED: Final = "kept"
MAX_METADATA: Final = 3000  # docs.slack.dev: modal, private_metadata

_LEFT_OUT: Final = "Answer what you can: a question without an answer is left out."
MAX_MESSAGE: Final = 3000
MAX_OPTIONS: Final = 100  # docs.slack.dev: static_select


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareForm:
    """The contents of the form of `/incident declare`.

    `ids` holds a new id for each input that we filled anew: Slack keeps what is typed into one
    for as long as its ids stay the same (docs.slack.dev: views.update).
    """

    nonce: str
    services: Sequence[str]
    templates: Sequence[Template]
    open_incidents: OpenIncidents
    commander_user_id: str
    ids: Mapping[str, str]
    template: str = ""
    title: str = ""
    severity: Severity = Severity.P2
    service: str = ""
    description: str = ""

    def action_id(self, name: str) -> str:
        return f"declare:{self.ids.get(name, '')}"


def declare(form: DeclareForm) -> View:
    """Render the form of `/incident declare`."""
    title_id, example = form.action_id("title"), "Checkout returns 500"
    return modal(
        "declare",
        "Declare an incident",
        "Declare",
        {"nonce": form.nonce, "template": form.template, "ids": dict(form.ids)},
        [
            *_already_open(form.open_incidents),
            *_template(form),
            field("title", "What is wrong?", text_input(title_id, form.title, MAX_TITLE, example)),
            field("severity", "Severity", _severities(form.action_id("severity"), form.severity)),
            field("service", "Service", _service(form)),
            field("commander", "Commander", _people(form.commander_user_id)),
            _description(form),
        ],
    )


def update(
    incident: Incident,
    *,
    message: str,
    is_public: bool = False,
    usual: timedelta | None = None,
    kept: datetime | None = None,
) -> View:
    """Render the form of `/incident update`; a public incident's can be published too.

    The next update is promised after the `usual` time, or by when it is promised already, if that
    is later and so `kept`.
    """
    promises, promised = _promises(incident, usual, kept)
    states = [Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING]
    if incident.status not in states:
        states.insert(0, incident.status)
    return modal(
        "update",
        f"Update {incident.ref}",
        "Post",
        {
            **about(incident),
            "status": incident.status,
            "severity": incident.severity,
            "next_update": promised or "",
        },
        [
            message_field("What is new?", message),
            field(
                "status",
                "Status",
                choice("status", {state: state.capitalize() for state in states}, incident.status),
            ),
            field("severity", "Severity", _severities("severity", incident.severity)),
            field(
                "next_update",
                "Next update",
                choice("next_update", promises, promised),
                optional=True,
            ),
            *([_PUBLISH] if is_public else []),
        ],
    )


def _promises(
    incident: Incident, usual: timedelta | None, kept: datetime | None
) -> tuple[dict[str, str], str | None]:
    """Return the choices of when the next update comes, and the one that is made beforehand."""
    offered = dict(NEXT_UPDATE)
    chosen = None
    if usual is not None:
        chosen = minutes_of(usual)
        label = offered.get(chosen, f"in {duration(usual)}")
        offered[chosen] = f"{label} (default for {incident.severity})"
    if kept is not None:
        chosen = AS_PROMISED
        offered = {chosen: f"as promised, by {kept:%H:%M} UTC", **offered}
    return {**offered, NO_PROMISE: "no promise"}, chosen


def minutes_of(length: timedelta) -> str:
    """Return the value that a choice has for a length of time."""
    return str(int(length.total_seconds() // 60))


def answerable(view: Mapping[str, Any], response_url: str | None) -> View:
    """Let a form carry where its person can be answered once it was sent and has closed."""
    carried = view.get("private_metadata")
    if response_url is None or carried is None:
        return dict(view)
    kept = json.dumps({**json.loads(carried), RESPONSE_URL: response_url})
    return {**view, "private_metadata": kept} if len(kept) <= MAX_METADATA else dict(view)


def edit(
    incident: Incident, services: Sequence[str], *, title: str, description: str, shown: Any
) -> View:
    """Render the form that corrects an incident; it carries `shown`, which tells what it showed."""
    said = text_input(
        "description", description, MAX_DESCRIPTION, "What you see, since when", multiline=True
    )
    service = _select("service", services, incident.service, "Which service is affected?")
    return modal(
        "edit",
        f"Edit {incident.ref}",
        "Save",
        {**about(incident), "version": None, "shown": shown},
        [
            context("Everything that shows the incident follows. Nobody is notified."),
            field("title", "What is wrong?", text_input("title", title, MAX_TITLE, "")),
            field("service", "Service", service),
            field("description", "Description", said, optional=True),
        ],
    )


def opener(name: str, typed: str) -> Block:
    """Render the button that opens the form of `name`, filled with what was typed."""
    press = button("Open the form", f"{name}:{OPEN}", clip(typed, MAX_VALUE))
    return row(press)


def again(name: str, typed: str, *, label: str = "Yes, do it") -> Block | None:
    """Render the button that asks once more for what was typed; None when it cannot carry that."""
    if len(typed) > MAX_VALUE:
        return None
    press = button(label, f"{name}:{AGAIN}", typed)
    return row(press)


def suggestions(names: Sequence[str], query: str) -> list[Block]:
    """List the options of a searching select: names that contain what was typed."""
    wanted = query.casefold()
    return [_option(name, name) for name in names if wanted in name.casefold()][:MAX_OPTIONS]


def confirmation(title: str, text: str) -> View:
    """Render what replaces a form once it was accepted."""
    return {
        "type": "modal",
        "callback_id": "done",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": [section(text)],
    }


def declared(message: Message) -> View:
    """Render what the confirmation of a declare turns into."""
    return confirmation("Incident declared", message.blocks[0]["text"]["text"])


def _already_open(found: OpenIncidents) -> list[Block]:
    lines = open_incidents.brief(found, with_service=True)
    return [context(join_within(["Open now:", *lines], MAX_SECTION))] if lines else []


def modal(
    name: str, title: str, submit: str, metadata: Mapping[str, Any], blocks: list[Block]
) -> View:
    """Render a form that calls the subcommand `name` when it is submitted.

    A further form of a subcommand has its own name behind a colon.
    """
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(metadata),
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": blocks,
    }


def about(incident: Incident) -> dict[str, Any]:
    """Return what a form carries for us: of which incident it is, and as it was when it opened."""
    return {
        "nonce": str(uuid4()),
        "channel_id": incident.channel_id,
        "incident": incident.id,
        "version": incident.version,
    }


def message_field(label: str, message: str = "", placeholder: str = "") -> Block:
    """Render the optional input of what people are told."""
    text = text_input("message", message, MAX_MESSAGE, placeholder, multiline=True)
    return field("message", label, text, optional=True)


def _template(form: DeclareForm) -> list[Block]:
    """Render the choice of a template, which Slack reports at once so that it fills the form."""
    names = [template.name for template in form.templates]
    if not names:
        return []
    select = _select("declare:template", names, form.template, "Start from a template")
    block = field("template", "Template", select, optional=True)
    return [{**block, "dispatch_action": True}]


def _service(form: DeclareForm) -> Block:
    chosen = form.services[0] if len(form.services) == 1 else form.service
    action_id = form.action_id("service")
    return _select(action_id, form.services, chosen, "Which service is affected?")


def _description(form: DeclareForm) -> Block:
    """Render the description, which a template fills with questions."""
    text = text_input(
        form.action_id("description"),
        form.description,
        MAX_DESCRIPTION,
        "What you see, since when",
        multiline=True,
    )
    block = field("description", "Description", text, optional=True)
    return {**block, "hint": plain(_LEFT_OUT, 2000)} if form.template else block


def _people(user_id: str) -> Block:
    return {"type": "users_select", "action_id": "commander", "initial_user": user_id}


def field(name: str, label: str, element: Mapping[str, Any], *, optional: bool = False) -> Block:
    """Render an input with its label; what is filled in is found under `name`."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }


def text_input(
    action_id: str, initial: str, limit: int, placeholder: str, *, multiline: bool = False
) -> Block:
    """Render an input of a line, or several, of at most `limit` characters."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": limit,
        "multiline": multiline,
    }
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    if initial:
        element["initial_value"] = initial[:limit]
    return element


def _severities(action_id: str, chosen: Severity) -> Block:
    texts = {str(severity): f"{SIGNS[severity]} {text}" for severity, text in _MEANINGS.items()}
    return choice(action_id, texts, chosen)


def choice(action_id: str, texts: Mapping[str, str], chosen: str | None) -> Block:
    """Render a select of a few values with a label for each."""
    options = {value: _option(text, value) for value, text in texts.items()}
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "options": list(options.values()),
    }
    if chosen is not None:
        element["initial_option"] = options[chosen]
    return element


def _select(action_id: str, names: Sequence[str], chosen: str, placeholder: str) -> Block:
    """Render a select of names, which searches when there are more than Slack lists."""
    element: Block = {"action_id": action_id, "placeholder": plain(placeholder, 150)}
    if len(names) > MAX_OPTIONS:
        element |= {"type": "external_select", "min_query_length": 0}
    else:
        options = [_option(name, name) for name in names]
        element |= {"type": "static_select", "options": options}
    if chosen in names:
        element["initial_option"] = _option(chosen, chosen)
    return element


def _option(text: str, value: str) -> Block:
    return {"text": plain(text, 75), "value": value}


_PUBLISH: Final = field(
    "publish",
    "Status page",
    {
        "type": "checkboxes",
        "action_id": "publish",
        "options": [_option("Publish the message on the status page", "yes")],
    },
    optional=True,
)
