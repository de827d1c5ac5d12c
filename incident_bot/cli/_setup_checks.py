"""Checks what is answered to `incident-bot init` against Slack, PostgreSQL and Redis."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from incident_bot.clients import redis_lookup
from incident_bot.clients.slack_lookup import KnownChannel, SlackLookup
from incident_bot.clients.socket_mode import WHERE
from incident_bot.doctor.known import (
    called,
    channel_fault,
    identity_fault,
    no_channel,
    nobody,
    person_fault,
    shared,
    token_fault,
)
from incident_bot.domain.people import Person
from incident_bot.errors import DeliveryError, Reason, Unavailable, UserError
from incident_bot.settings import Secret
from incident_bot.settings.env_file import escaped_url, line
from incident_bot.settings.inspection import captures_reactions, odd_signing_secret, parsed
from incident_bot.store import fitness

T = TypeVar("T")


class Faulty(Exception):
    """An answer is well formed and does not serve; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An answer as it is written to the file; `lines` say what was found behind it.

    `warnings` are for what serves, and may not be meant; where it `is_doubtful`, a person is asked
    whether it is. `note` stands above it in the file.
    """

    value: str
    lines: Sequence[str] = ()
    warnings: Sequence[str] = ()
    note: str = ""
    is_doubtful: bool = False


def well_formed(name: str, value: str) -> str:
    """Return the answer as it is written; raises ConfigError, which says what to type instead."""
    value = escaped_url(value) if name.endswith("_URL") else value
    parsed(name, value)
    line(name, value)
    return value


def database(value: str) -> Checked:
    """Connect to the database, and see that it can hold the tables."""
    try:
        found = fitness.looked_at(Secret(value))
    except Unavailable as error:
        raise Faulty(
            f"The database cannot be reached ({error}): start it, or correct the address."
        ) from None
    if wrong := fitness.fault(found):
        raise Faulty(wrong)
    tables = "with the bot's tables" if found.is_there else "without tables of the bot yet"
    where = f"database {found.database}, as {found.role}, {tables}"
    return Checked(value=value, lines=[f"PostgreSQL {found.version}: {where}."])


def redis(value: str) -> Checked:
    """Connect to Redis."""
    try:
        found = redis_lookup.server(Secret(value))
    except UserError as error:
        raise Faulty(str(error)) from None
    if found.is_too_old:
        raise Faulty(f"{found} is too old: the bot needs Redis 6.2 or Valkey 7.2 or later.")
    return Checked(value=value, lines=[f"{found} answers."])


def token(slack: SlackLookup, value: str) -> Checked:
    """Ask Slack whose token it is, and whether it may do what the bot does."""
    try:
        found = slack.identity()
    except DeliveryError as error:
        raise Faulty(token_fault(error)) from None
    if fault := identity_fault(found, with_reactions=captures_reactions()):
        raise Faulty(fault)
    lines = [f"@{found.bot} in the workspace {found.team}."]
    if found.scopes is None:
        return Checked(value=value, lines=lines, warnings=["Slack did not say what it may do."])
    return Checked(value=value, lines=[*lines, "It has every scope that the bot needs."])


def app_token(value: str, api_url: str) -> Checked:
    """See that Slack opens connections for it; none is made, which would take requests away."""
    try:
        SlackLookup(Secret(value), api_url).socket_address()
    except DeliveryError as error:
        if error.is_of_token or not error.retryable:
            raise Faulty(f"Slack refuses the token ({error.detail}). {WHERE}.") from None
        raise Faulty(token_fault(error)) from None
    return Checked(value=value, lines=["Slack opens connections for it, so no address is needed."])


def signing_secret(value: str) -> Checked:
    """See whether it looks like one: Slack tells nobody whether it is right."""
    said = odd_signing_secret(value)
    return Checked(value=value, warnings=[said] if said else [], is_doubtful=bool(said))


def channels(slack: SlackLookup, words: Sequence[str]) -> Checked:
    """Find each channel by its id, or by its name; says the name of each beside its id."""
    found, warnings, wrong = [], [], []
    for word in words:
        try:
            channel = _channel(slack, word)
        except Faulty as error:
            wrong.append(str(error))
            continue
        found.append(channel)
        if not channel.name:
            warnings.append(
                f"{channel.id} is private, so that nobody can check it: type "
                "`/invite @…` with the name of the bot in it."
            )
        if channel.is_shared:
            warnings.append(shared(channel))
    if wrong:
        raise Faulty("\n".join(wrong))
    named = [f"#{each.name} ({each.id})" if each.name else each.id for each in found]
    return Checked(
        value=",".join(dict.fromkeys(each.id for each in found)),
        lines=[f"{each}." for each in named],
        warnings=warnings,
        note=", ".join(named),
    )


def _channel(slack: SlackLookup, word: str) -> KnownChannel:
    """Raise Faulty when there is none, or it is archived."""
    if not is_name(word):
        return _channel_of_id(slack, word)
    name = word.removeprefix("#").lower()
    found = _from_slack(lambda: slack.channel_named(name))
    if found is None:
        raise Faulty(
            f"There is no public channel #{name}. If it is private, give its id, which Slack "
            "shows at the bottom of the channel's About."
        )
    return _from_slack(lambda: slack.channel(found.id)) or found


def _channel_of_id(slack: SlackLookup, channel_id: str) -> KnownChannel:
    try:
        found = slack.channel(channel_id)
    except DeliveryError as error:
        if error.reason is Reason.MISSING_SCOPE and "groups:read" in error.detail:
            return KnownChannel(id=channel_id, name="")
        raise Faulty(f"Slack gave no usable answer about {channel_id} ({error}).") from None
    if found is None:
        raise Faulty(no_channel(channel_id))
    if fault := channel_fault(found):
        raise Faulty(fault)
    return found


def is_name(word: str) -> bool:
    """Say whether somebody typed a name: an id is in capitals and digits alone."""
    return not re.fullmatch(r"[CGDTUWSB][A-Z0-9]+", word)


def users(slack: SlackLookup, words: Sequence[str]) -> Checked:
    """Find each person by their id, or by @ and their name."""
    found, wrong = [], []
    for word in words:
        try:
            found.append(_person(slack, word))
        except Faulty as error:
            wrong.append(str(error))
    if wrong:
        raise Faulty("\n".join(wrong))
    return Checked(
        value=",".join(dict.fromkeys(each.user_id for each in found)),
        lines=[f"{called(each)}." for each in found],
    )


def _person(slack: SlackLookup, word: str) -> Person:
    """Raise Faulty when there is no such person, or they read no message."""
    if is_name(word):
        return _person_named(slack, word.removeprefix("@"))
    found = _from_slack(lambda: slack.person(word))
    if found is None:
        raise Faulty(nobody(word))
    if fault := person_fault(found):
        raise Faulty(fault)
    return found


def _person_named(slack: SlackLookup, name: str) -> Person:
    found = _from_slack(lambda: slack.people_named(name))
    if not found:
        raise Faulty(f"There is nobody active whom Slack calls {name}.")
    if len(found) > 1:
        raise Faulty(f"Several people are called {name}: {', '.join(map(called, found))}.")
    return found[0]


def _from_slack(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except DeliveryError as error:
        raise Faulty(f"Slack gave no usable answer ({error}).") from None
