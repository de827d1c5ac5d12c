"""Posts a test message to each place and person that hears of incidents, and removes it."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from incident_bot.clients.slack import Posted, Slack
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.doctor.destinations import channels_of
from incident_bot.doctor.known import called, channel_name
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.errors import DeliveryError
from incident_bot.render.causes import cause
from incident_bot.render.text import section
from incident_bot.settings import Settings

_PERSON: Final = ("U", "W")
_TEXT: Final = (
    "Whoever operates the incident bot tries whether it can tell you of incidents. It can, and "
    "this message goes away at once."
)


def post_to_each(config: Settings) -> list[Finding]:
    """Post to the channels and people of the settings, one after the other."""
    if not config.slack_bot_token:
        return []
    token, url = config.slack_bot_token, config.slack_api_url
    slack, names = Slack(token, url), SlackLookup(token, url, deadline_seconds=5)
    return [_posted(slack, names, setting, to) for setting, to in _destinations(config)]


def _destinations(config: Settings) -> Iterator[tuple[str, str]]:
    """Yield each place once, with a setting that names it."""
    known: set[str] = set()
    for setting, ids in {**channels_of(config), "P1_USERS": config.p1_users}.items():
        for to in ids:
            if to not in known:
                yield setting, to
            known.add(to)


def _posted(slack: Slack, names: SlackLookup, setting: str, to: str) -> Finding:
    try:
        posted = slack.post(to, text=_TEXT, blocks=[section(_TEXT)], key=f"doctor/{uuid4()}")
    except DeliveryError as error:
        if error.retryable:
            return _not_posted_now(setting, to, error)
        named, why = _named(names, to), cause(error.detail, error.reason)
        return wrong(setting, f"Slack takes no message to {named} ({why}).", [(named, to)])
    return _removed(slack, setting, (_named(names, to), to), posted)


def _named(names: SlackLookup, to: str) -> str:
    """Name a channel or person with the id; the id alone where Slack does not tell the name."""
    try:
        if to.startswith(_PERSON):
            person = names.person(to)
            return called(person) if person else to
        channel = names.channel(to)
        return channel_name(channel) if channel else to
    except DeliveryError:
        return to


def _not_posted_now(setting: str, to: str, error: DeliveryError) -> Finding:
    if error.ambiguous:
        why = f"Slack did not say whether it took a test message to {to} ({error}): look there."
        return unknown(setting, why)
    if error.is_of_token:
        why = cause(error.detail, error.reason)
        return wrong(setting, f"Slack takes no message to {to} ({why}).")
    return unknown(setting, f"Slack took no test message to {to} now ({error}).")


def _removed(slack: Slack, setting: str, name: tuple[str, str], posted: Posted) -> Finding:
    to = name[0]
    try:
        slack.delete(posted)
    except DeliveryError as error:
        text = f"A test message reached {to} and could not be removed ({error}): remove it there."
        return warning(setting, text, [name])
    return fine(setting, f"A test message reached {to}, and was removed.")
