"""Finds the person who is meant by a name or an id that somebody types."""

import re
from collections.abc import Sequence
from typing import Final

from incident_bot.domain import mentions
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.errors import InvalidInput
from incident_bot.store import people
from incident_bot.store.database import Tx

_SHOWN: Final = 5
_LONGEST_NAME: Final = 3  # words
_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_MENTIONED: Final = re.compile(r"(?<!\S)@(\S+(?:[ ]\S+){0,2})")
_HOW: Final = (
    "Type the name that Slack shows, or the member id: in Slack it is in the person's profile, "
    "behind ⋮, as “Copy member ID”"
)


def named(tx: Tx, wanted: str) -> str:
    """Return the id of the one active person of that name or id; raises InvalidInput."""
    name = _bare(wanted)
    if not name:
        raise InvalidInput(f"Name somebody. {_HOW}.")
    found = _called(tx, name)
    exact = [each for each in found if _is_called(each, name)]
    active = [each for each in exact if not (each.is_bot or each.is_deactivated)]
    if len(active) == 1:
        return active[0].user_id
    if active:
        raise InvalidInput(
            f"“{name}” may be {_listed(active)}. Name one by the id, as in @{active[0].user_id}."
        )
    if exact:
        raise InvalidInput(_refusal(exact[0]))
    if _ID.fullmatch(name.upper()) and not people.is_anybody_known(tx):
        return name.upper()  # no worker has ever read who is there, and somebody must begin
    near = f" Did you mean {_listed(found)}?" if found else ""
    raise InvalidInput(f"The bot knows nobody called “{name}”.{near} {_HOW}.")


def with_mentions(tx: Tx, text: str) -> str:
    """Return typed text in which each `@name` of one active person is their mention."""
    return _MENTIONED.sub(lambda found: _mentioned(tx, found[1]), sanitize(text))


def _mentioned(tx: Tx, text: str) -> str:
    """Mark the longest name that the text begins with, if it begins with one."""
    for end in _ends(text):
        name = text[:end].rstrip(",.:;!?")
        active = [
            each
            for each in _called(tx, name)
            if _is_called(each, name) and not (each.is_bot or each.is_deactivated)
        ]
        if len(active) == 1:
            rest = with_mentions(tx, text[len(name) :])
            return f"{mentions.marked(active[0].user_id, active[0].name)}{rest}"
    first, space, rest = text.partition(" ")
    return f"@{first}{space}{with_mentions(tx, rest)}"


def _ends(text: str) -> list[int]:
    """Return where the text ends after each of its words, the last one first."""
    return [found.end() for found in re.finditer(r"\S+", text)][::-1]


def _called(tx: Tx, name: str) -> list[Person]:
    found = people.called(tx, name, limit=_SHOWN)
    return [person for person, _ in found if person is not None]


def _bare(wanted: str) -> str:
    return " ".join(sanitize(wanted).split()).removeprefix("@").strip()


def _is_called(person: Person, name: str) -> bool:
    known = (person.user_id, person.name, person.full_name)
    return name.casefold() in [each.casefold() for each in known]


def _listed(found: Sequence[Person]) -> str:
    return ", ".join(
        f"{each.full_name or each.name} (@{each.name}, {each.user_id})" for each in found
    )


def _refusal(person: Person) -> str:
    why = "is an app" if person.is_bot else "has a deactivated account"
    name = person.full_name or person.name
    return f"{name} {why}: nothing is done in that name. Name somebody else."
