"""The forms people fill in, and what they turn into afterwards."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from incident_bot.domain.incidents import MAX_DESCRIPTION, MAX_TITLE, Incident, Severity
from incident_bot.render.messages import SIGNS, headline
from incident_bot.render.text import Block, channel, context, plain, section

View = dict[str, Any]

_MEANINGS: Final = {
    Severity.P1: "P1 — critical, customers are down",
    Severity.P2: "P2 — major, customers notice",
    Severity.P3: "P3 — minor, few notice",
    Severity.P4: "P4 — nobody notices yet",
}
_MOST_OPEN_SHOWN: Final = 5
_MAX_OPTIONS: Final = 100  # docs.slack.dev: static_select


def declare(
    *, user_id: str, title: str, services: Sequence[str], open_incidents: Sequence[Incident]
) -> View:
    """The form of `/incident declare`."""
    blocks = [
        *_already_open(open_incidents),
        _input("title", "What is wrong?", _text(title, MAX_TITLE, "Checkout returns 500")),
        _input("severity", "Severity", _severities(Severity.P2)),
        _input("service", "Service", _select(services, "Which service is affected?")),
        _input(
            "commander",
            "Commander",
            {"type": "users_select", "action_id": "commander", "initial_user": user_id},
        ),
        _input(
            "description",
            "Description",
            _text("", MAX_DESCRIPTION, "What you see, since when", multiline=True),
            optional=True,
        ),
    ]
    return {
        "type": "modal",
        "callback_id": "declare",
        "private_metadata": json.dumps({"nonce": str(uuid4())}),
        "title": plain("Declare an incident", 24),
        "submit": plain("Declare", 24),
        "close": plain("Cancel", 24),
        "blocks": blocks,
    }


def confirmation(title: str, text: str) -> View:
    """What a form turns into once it was taken."""
    return {
        "type": "modal",
        "callback_id": "done",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": [section(text)],
    }


def _already_open(incidents: Sequence[Incident]) -> list[Block]:
    if not incidents:
        return []
    shown = [
        f"{headline(incident)} ({incident.service})"
        + (f" {channel(incident.channel_id)}" if incident.channel_id else "")
        for incident in incidents[:_MOST_OPEN_SHOWN]
    ]
    more = len(incidents) - len(shown)
    if more > 0:
        shown.append(f"…and {more} more: `/incident list`")
    return [context("Open now:\n" + "\n".join(shown))]


def _input(field: str, label: str, element: Mapping[str, Any], *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": field,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }


def _text(initial: str, limit: int, placeholder: str, *, multiline: bool = False) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "text",
        "max_length": limit,
        "multiline": multiline,
        "placeholder": plain(placeholder, 150),
    }
    if initial:
        element["initial_value"] = initial[:limit]
    return element


def _severities(chosen: Severity) -> Block:
    options = {
        severity: _option(f"{SIGNS[severity]} {meaning}", severity)
        for severity, meaning in _MEANINGS.items()
    }
    return {
        "type": "static_select",
        "action_id": "severity",
        "options": list(options.values()),
        "initial_option": options[chosen],
    }


def _select(names: Sequence[str], placeholder: str) -> Block:
    element: Block = {
        "type": "static_select",
        "action_id": "service",
        "placeholder": plain(placeholder, 150),
        "options": [_option(name, name) for name in names[:_MAX_OPTIONS]],
    }
    if len(names) == 1:
        element["initial_option"] = element["options"][0]
    return element


def _option(text: str, value: str) -> Block:
    return {"text": plain(text, 75), "value": value}
