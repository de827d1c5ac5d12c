"""Read the state of incidents from the workspace, as people read it there."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from slack_sandbox import Sandbox
from slack_sandbox.blockkit.blocks import elements_of
from slack_sandbox.model import Channel, Json, Message

_SUMMARY: Final = re.compile(
    r"^(\S+) (P\d) \*INC-(\d+)\* .* — (\w+), \S+, commander <@(U\w+)>", re.DOTALL
)
_TOPIC: Final = re.compile(r"^(\S+) (P\d)( · resolved)? · .* · commander <@(U\w+)>$", re.DOTALL)
_HEADLINE: Final = re.compile(r"^\S+ (P\d) \*INC-")
_IN_BRIEF: Final = re.compile(r"commander <@(U\w+)> · (?:status (\w+)|(resolved) after)")
_UPDATES: Final = ("*Latest update*", "*Said before*")
_OPEN_BUTTONS: Final = {"Update", "Resolve", "False alarm", "Take command"}
_RESOLVED_BUTTONS: Final = {"Postmortem", "Reopen", "Timeline"}


@dataclass(frozen=True, slots=True)
class IncidentState:
    """The state of an incident that its messages show."""

    severity: str
    status: str
    commander: str

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"


Announced = Mapping[int, Sequence[Message]]
"""The announcements by the number of their incident."""


def channel_differences(
    channel: Channel, number: int, expected: IncidentState, announced: Announced
) -> list[str]:
    """List in sentences where the incident's channel and announcements show something else."""
    cards, found = cards_in(channel), []
    if len(cards) != 1:
        found.append(f"INC-{number} has {len(cards)} cards")
    for card in cards:
        found += _compare(f"card of INC-{number}", _summary(card), expected)
        if _buttons(card) != (_OPEN_BUTTONS if expected.is_open else _RESOLVED_BUTTONS):
            found.append(f"card of INC-{number} has the buttons {sorted(_buttons(card))}")
        if channel.pins != [card.ts]:
            found.append(f"INC-{number} has the pins {channel.pins} and the card {card.ts}")
    if not _is_topic(channel.topic, expected):
        found.append(f"topic of INC-{number} is {channel.topic}, not of {expected}")
    for message in announced.get(number, ()):
        found += _compare(
            f"announcement of INC-{number} in {message.channel}", _summary(message), expected
        )
    return found


def cards_in(channel: Channel) -> list[Message]:
    return [each for each in channel.messages if _key(each).endswith("/card")]


def direct_message_differences(who: str, message: Message, expected: IncidentState) -> list[str]:
    """List where the newest direct message about an incident shows something else."""
    severity = _HEADLINE.search(message.text)
    facts = _IN_BRIEF.search(str(message.blocks))
    shown = None
    if severity and facts:
        shown = IncidentState(severity[1], facts[2] or facts[3], facts[1])
    return _compare(f"direct message to {who}", shown, expected)


def updates_shown(message: Message) -> list[str]:
    """Return the parts that say which updates were the last, newest first."""
    texts = [_text_of(block) for block in message.blocks]
    return [text for text in texts if text.startswith(_UPDATES)]


def announcements(slack: Sandbox) -> Announced:
    """Look once through every channel, which may be thousands, for its announcements."""
    found: dict[int, list[Message]] = defaultdict(list)
    for channel in slack.channels:
        for message in channel.messages:
            if _key(message).endswith("/announcement"):
                found[_number(message)].append(message)
    return found


def _number(message: Message) -> int:
    found = _SUMMARY.match(message.text)
    return int(found[3]) if found else 0


def _key(message: Message) -> str:
    return str((message.metadata or {}).get("event_payload", {}).get("key", ""))


def _summary(message: Message) -> IncidentState | None:
    found = _SUMMARY.match(message.text)
    return IncidentState(found[2], found[4], found[5]) if found else None


def _is_topic(text: str, expected: IncidentState) -> bool:
    """Say whether it is the topic in that state: of the status it says only that it is over."""
    found = _TOPIC.match(text)
    if found is None:
        return False
    shown = (found[2], found[3] is None, found[4])
    return shown == (expected.severity, expected.is_open, expected.commander)


def _compare(what: str, shown: IncidentState | None, expected: IncidentState) -> list[str]:
    return [] if shown == expected else [f"{what} shows {shown}, not {expected}"]


def _text_of(block: Json) -> str:
    return str(block.get("text", {}).get("text", ""))


def _buttons(card: Message) -> set[str]:
    elements = (element for block in card.blocks for element in elements_of(block))
    buttons = [element for element in elements if element["type"] == "button"]
    return {element["text"]["text"] for element in buttons}
