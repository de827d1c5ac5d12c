"""The forms that correct an entry of the timeline, or ask on which one a message is to stand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from incident_bot.domain import mentions
from incident_bot.domain.capture import cut
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry
from incident_bot.render.forms import (
    MAX_METADATA,
    MAX_OPTIONS,
    View,
    about,
    field,
    modal,
    text_input,
)
from incident_bot.render.messages import SIGNS
from incident_bot.render.text import Block, clip, context, fit, one_line, plain, when
from incident_bot.render.timeline import AMEND, MAX_REASON, STRIKE

WHICH: Final = "which"
"""The block that names the incident on whose timeline a message is to stand."""

WORDS: Final = "words"
REASON: Final = "reason"
_MAX_WORDS: Final = 3000
_ROOM_FOR_RESPONSE_URL: Final = 300
_MAX_SHOWN: Final = 300


def amend(incident: Incident, entry: Entry, names: Mapping[str, str]) -> View:
    """Render the form with what an entry says; people who are mentioned have their names."""
    text = mentions.plain(entry.text, names)
    return modal(
        f"timeline:{AMEND}",
        f"Edit {incident.ref}",
        "Save",
        _of_entry(incident, entry),
        [
            context(f"{when(entry.at)}. The record keeps what it said before. Nobody is notified."),
            field(
                WORDS,
                "What happened?",
                text_input(WORDS, text, _MAX_WORDS, "What happened", multiline=True),
            ),
        ],
    )


def strike(incident: Incident, entry: Entry, names: Mapping[str, str]) -> View:
    """Render the form that strikes an entry, with the reason."""
    shown = fit(mentions.plain(one_line(entry.text), names), _MAX_SHOWN)
    return modal(
        f"timeline:{STRIKE}",
        f"Strike from {incident.ref}",
        "Strike",
        _of_entry(incident, entry),
        [
            context(f"{when(entry.at)}: {shown}"),
            context("It is shown struck, and the record keeps it. *Edit…* makes it count again."),
            field(
                REASON,
                "Why?",
                text_input(REASON, "", MAX_REASON, "It was another cluster"),
            ),
        ],
    )


def which(source: Mapping[str, Any], text: str) -> View:
    """Render the form that asks for the incident; it carries the message, as far as it fits."""
    room = MAX_METADATA - _ROOM_FOR_RESPONSE_URL
    carried: dict[str, Any] = {"nonce": str(uuid4()), "source": {**source, "text": text}}
    most = len(text)
    while len(json.dumps(carried)) > room and most:
        most = most * 9 // 10
        carried["source"]["text"] = cut(text, most)
    select = {
        "type": "external_select",
        "action_id": WHICH,
        "min_query_length": 0,
        "placeholder": plain("INC-42, or a word of its title", 150),
    }
    return modal(
        f"note:{WHICH}",
        "Add to timeline",
        "Add",
        carried,
        [
            context(fit(mentions.plain(one_line(text), {}), _MAX_SHOWN) or "A message"),
            field(WHICH, "Which incident?", select),
        ],
    )


def options(found: Sequence[Incident], query: str) -> list[Block]:
    """List the options of the form's searching select: open incidents that the query fits."""
    wanted = query.casefold().strip()
    labels = {str(each.id): _label(each) for each in found}
    fitting = {number: label for number, label in labels.items() if wanted in label.casefold()}
    return [
        {"text": plain(clip(label, 75), 75), "value": number}
        for number, label in list(fitting.items())[:MAX_OPTIONS]
    ]


def _label(incident: Incident) -> str:
    return (
        f"{SIGNS[incident.severity]} {incident.severity} {incident.ref} "
        f"{one_line(incident.title)} ({incident.service})"
    )


def _of_entry(incident: Incident, entry: Entry) -> dict[str, Any]:
    """Return what the form carries; another change of the incident does not concern it."""
    return {**about(incident), "version": None, "entry": entry.id}
