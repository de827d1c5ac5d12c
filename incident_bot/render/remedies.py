"""The buttons beside a refusal: they do what it advises."""

from collections.abc import Sequence
from typing import Final

from incident_bot.errors import Offer, Remedy
from incident_bot.render.messages import button, row, take_command
from incident_bot.render.text import MAX_VALUE, Block

_LABELS: Final = {
    Remedy.UPDATE: ("Update", "update"),
    Remedy.RESOLVE: ("Resolve", "resolved"),
    Remedy.REOPEN: ("Reopen", "reopen"),
    Remedy.POSTMORTEM: ("Postmortem", "postmortem"),
    Remedy.LIST: ("Open incidents", "list"),
    Remedy.DECLARE: ("Declare an incident", "declare"),
    Remedy.HELP: ("All commands", "help"),
}


def buttons(offers: Sequence[Offer], typed: str) -> list[Block]:
    """Render the offers; whoever takes command is offered to send what they typed once more."""
    return [row(*(_button(offer, typed) for offer in offers))] if offers else []


def _button(offer: Offer, typed: str) -> Block:
    about = "" if offer.incident_id is None else str(offer.incident_id)
    if offer.remedy is Remedy.TAKE_COMMAND:
        with_line = f"{about} {typed}".rstrip()
        value = with_line if len(with_line) <= MAX_VALUE else about
        return take_command(f"INC-{about}", value, ask=True)
    label, command = _LABELS[offer.remedy]
    return button(label, command, about)
