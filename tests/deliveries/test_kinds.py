"""Kinds of delivery: found by themselves, whole, and restored as they were drafted."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.deliveries import (
    KINDS,
    QUEUES,
    capture_answer,
    channel,
    dead_letter,
    declare_answer,
    direct_message,
    doctor,
    fetch,
    file,
    incident_update,
    invite,
    note_line,
    public_incident,
    public_update,
    reaction,
    reminder_reply,
    reply,
    retraction,
    statuspage_notice,
    thread_reply,
    timeline,
    view,
)
from incident_bot.deliveries.direct_message import About
from incident_bot.deliveries.kind import NOTHING, DeliveryKind
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.reminders import ReminderKind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from tests.docs import ROOT

UPDATE: Final = IncidentUpdate(
    actor_user_id="U0ADA",
    changes=(Change(event=Event.RAISED, before="P2", after="P1"),),
    text="it spreads",
)
EXAMPLES: Final[dict[str, Any]] = {
    **dict.fromkeys(
        (
            "announcement",
            "canary",
            "card",
            "component",
            "pin",
            "public_removal",
            "publish_question",
            "topic",
        ),
        NOTHING,
    ),
    **dict.fromkeys(("greeting", "own_notices", "reminder", "nudge"), NOTHING),
    "capture_answer": capture_answer.Payload(channel_id="C1", user_id="U0BEN", text="Sorry."),
    "channel": channel.Payload(
        pattern="inc-{number}-{title}", service="checkout", title="Checkout returns 500"
    ),
    "direct_message_current": NOTHING,
    "declare_answer": declare_answer.Payload(response_url="https://hooks.slack.com/1", more="x"),
    "dead_letter": dead_letter.Payload(kind="card", to="C0P1", why="is_archived"),
    "direct_message": direct_message.Payload(event=About.UPDATE, update=UPDATE),
    "doctor": doctor.Payload(response_url="https://hooks.slack.com/1"),
    "fetch": fetch.Payload(
        channel_id="C1",
        ts="1700000000.000100",
        user_id="U0BEN",
        mark=":pushpin:",
        is_removed=False,
        about="C1:1700000000.000100:U0BEN::pushpin:",
        event_ts="1700000001.000100",
    ),
    "note_line": note_line.Payload(entry_id=7),
    "reaction": reaction.Payload(channel_id="C1", ts="1700000000.000100"),
    "file": file.Payload(document="timeline", last_entry_id=7),
    "incident_update": incident_update.Payload(update=UPDATE),
    "invite": invite.Payload(user_ids=("U0BEN", "U0EVE")),
    "public_incident": public_incident.Payload(
        title="Errors",
        status="investigating",
        body="We look into it.",
        impact="major",
        component_ids=("comp-api",),
        notifies=True,
    ),
    "public_update": public_update.Payload(status="resolved", body="Over.", notifies=False),
    "reminder_reply": reminder_reply.Payload(kind=ReminderKind.PROMISE, number=17),
    "reply": reply.Payload(
        response_url="https://hooks.slack.com/1",
        text="Posted.",
        blocks=({"type": "divider"},),
        replace_original=True,
    ),
    "retraction": retraction.Payload(delivery_id=7, update=UPDATE, undone_by="U0ADA"),
    "statuspage_notice": statuspage_notice.Payload(notice="failing", detail="HTTP 503"),
    "thread_reply": thread_reply.Payload(update=UPDATE),
    "timeline": timeline.Payload(last_entry_id=7),
    "view": view.Payload(view_id="V1", view={"type": "modal", "blocks": []}),
}


def test_each_kind_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(KINDS)
    assert set(QUEUES) == set(Queue)


@pytest.mark.parametrize("name", KINDS)
def test_what_was_drafted_is_restored(name: str) -> None:
    kind, payload = KINDS[name], EXAMPLES[name]
    stored = json.loads(json.dumps(kind.draft(payload, to="C0P1").payload))
    assert kind.restore(stored) == payload


def test_a_field_of_the_next_version_is_left_out() -> None:
    stored = {"user_ids": ["U0BEN"], "and_more": 1}
    assert KINDS["invite"].restore(stored) == invite.Payload(user_ids=("U0BEN",))


def test_nothing_that_looks_for_a_message_of_its_own_is_read_when_it_is_claimed() -> None:
    early = [kind for kind in KINDS.values() if kind.read_when_claimed]
    assert direct_message.KIND in early
    assert [kind.name for kind in early if kind.acts_on == kind.name] == []


def _facts() -> list[str]:
    no_default = dataclasses.MISSING
    return [each.name for each in dataclasses.fields(DeliveryKind) if each.default is no_default]


@pytest.mark.parametrize("fact", _facts())
def test_a_kind_without_one_of_its_facts_does_not_load(fact: str) -> None:
    card = KINDS["card"]
    facts = {name: getattr(card, name) for name in _facts() if name != fact}
    with pytest.raises(TypeError, match=fact):
        DeliveryKind(**facts)


_PING: Final = '''"""A kind that a test made."""

from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import Queue


def send(job: Job[Nothing]) -> Outcome:
    return Outcome()


KIND = DeliveryKind(
    name="ping",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination="ping",
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=None,
)
'''


def _known_with(folder: Path, name: str, text: str) -> "subprocess.CompletedProcess[str]":
    """The kinds of a copy of the bot that has one file more."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "incident_bot", folder / "incident_bot", ignore=ignored)
    (folder / "incident_bot" / "deliveries" / name).write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", "from incident_bot.deliveries import KNOWN; print(*KNOWN.names)"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_a_file_in_the_folder_is_a_kind(tmp_path: Path) -> None:
    assert "ping" in _known_with(tmp_path, "ping.py", _PING).stdout.split()


@pytest.mark.parametrize("text", ["", _PING.replace('"ping",\n    queue', '"pong",\n    queue')])
def test_a_file_without_a_kind_of_its_name_does_not_load(tmp_path: Path, text: str) -> None:
    done = _known_with(tmp_path, "ping.py", text)
    assert "deliveries/ping.py has no KIND of that name" in done.stderr
