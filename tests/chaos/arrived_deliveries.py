"""Checks what arrived of the deliveries in which a worker was frozen: each once, none outdated."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from slack_sandbox import Sandbox
from slack_sandbox.model import Message
from slack_sandbox.statuspage.statuspage import Statuspage
from tests.chaos.begun_deliveries import BegunDeliveries
from tests.chaos.bot_processes import BotProcesses
from tests.chaos.vendor_breakpoint import Interception
from tests.chaos.visible_state import (
    IncidentState,
    announcements,
    channel_differences,
    direct_message_differences,
)

_ABOUT: Final = re.compile(r"\*INC-(\d+)\*")
_ANSWERED: Final = "✅"
_TAKEN_BACK: Final = "has undone this"


def outdated(processes: BotProcesses) -> list[str]:
    """List what does not show what is recorded, from cards to direct messages and components."""
    slack = processes.slack
    rows = processes.database.sql(
        "select id || ' ' || channel_id || ' ' || severity || ' ' || status || ' '"
        " || commander_user_id from incidents order by id"
    )
    found, announced, states = [], announcements(slack), {}
    for row in rows:
        number, channel, *state = row.split()
        states[number] = expected = IncidentState(*state)
        found += channel_differences(slack.channel(channel), int(number), expected, announced)
        assert state[:2] == ["P4", "resolved"]
    found += _direct_message_differences(slack, states)
    found += [f"still reminds: {each.text}" for each in _reminders(processes) if _asks(each)]
    return found + _component_differences(slack.statuspage)


def _direct_message_differences(slack: Sandbox, states: Mapping[str, IncidentState]) -> list[str]:
    found = []
    for user_id in ("U0ADA", "U0DAN"):
        told = [each for each in slack.dm(user_id) if "/nudge:" not in str(each.metadata)]
        newest = {about[1]: each for each in told if (about := _ABOUT.search(each.text))}
        for number, message in newest.items():
            who = f"{user_id} about INC-{number}"
            found += direct_message_differences(who, message, states[number])
    return found


def _reminders(processes: BotProcesses) -> list[Message]:
    return [each for each in processes.database.messages() if _is_reminder(str(each.metadata))]


def _is_reminder(metadata: str) -> bool:
    return "/reminder:" in metadata or "/nudge:" in metadata


def _asks(reminder: Message) -> bool:
    return not reminder.text.startswith(_ANSWERED)


def _component_differences(page: Statuspage) -> list[str]:
    return [
        f"{name} is {status}" for name, status in page.statuses.items() if status != "operational"
    ]


def miscounted(
    begun: BegunDeliveries, interceptions: Sequence[Interception], *, are_reminded: bool
) -> list[str]:
    """List what is missing or there twice, of what has no key by which that is found.

    A reminder is missing only where people `are_reminded` before the incident is over.
    """
    found = []
    for each in interceptions:
        count = _times(begun, each)
        if count != 1 and (are_reminded or count or each.kind not in ("reminder", "nudge")):
            found.append(f"{each.name} is there {count} times")
    return found + _public_differences(begun.processes.slack.statuspage, interceptions)


def _times(begun: BegunDeliveries, interception: Interception) -> int:
    """Count how often it arrived; what is checked elsewhere counts as once."""
    slack, name = begun.processes.slack, interception.name
    match interception.kind:
        case "reminder" | "nudge" as kind:
            (uid,) = begun.processes.database.sql(
                f"select uid from incidents where service = '{name}'"
            )
            key = f"{uid}/{kind}:"
            return sum(key in str(each.metadata) for each in _reminders(begun.processes))
        case "file":
            return sum(len(each.files) for each in begun.channel(interception).messages)
        case "retraction":
            return sum(_TAKEN_BACK in each.text for each in begun.channel(interception).messages)
        case "reply":
            channel_id = begun.channel(interception).id
            return sum(each.channel == channel_id for each in slack.ephemerals("U0BEN"))
        case "view":
            filled = [each for each in slack.calls_to("views.update") if each.ok]
            return int(any(f"Broken {name}" in str(each.args) for each in filled))  # or once more
    return 1


def _public_differences(page: Statuspage, interceptions: Sequence[Interception]) -> list[str]:
    """Check that each public incident was updated as often as it should and closed once."""
    names = [each.name for each in page.incidents]
    found = [f"published twice: {name}" for name in names if names.count(name) > 1]
    updated = {each.name for each in interceptions if each.kind == "public_update"}
    for each in page.incidents:
        states = [update.status for update in each.updates]
        if states != ["investigating", *["identified"] * (each.name in updated), "resolved"]:
            found.append(f"{each.name} on the page was {states}")
    return found
