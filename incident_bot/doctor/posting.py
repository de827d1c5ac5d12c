"""Posts a test message to each place and person that hears of incidents, and removes it."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from incident_bot.clients.slack import Posted, Slack
from incident_bot.doctor.destinations import channels_of
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.errors import DeliveryError
from incident_bot.render.causes import cause
from incident_bot.render.text import section
from incident_bot.settings import Settings

_TEXT: Final = (
    "Whoever operates the incident bot tries whether it can tell you of incidents. It can, and "
    "this message goes away at once."
)


def post_to_each(config: Settings) -> list[Finding]:
    """Post to the channels and people of the settings, one after the other."""
    if not config.slack_bot_token:
        return []
    slack = Slack(config.slack_bot_token, config.slack_api_url)
    return [_posted(slack, setting, to) for setting, to in _destinations(config)]


def _destinations(config: Settings) -> Iterator[tuple[str, str]]:
    """Yield each place once, with a setting that names it."""
    known: set[str] = set()
    for setting, ids in {**channels_of(config), "P1_USERS": config.p1_users}.items():
        for to in ids:
            if to not in known:
                yield setting, to
            known.add(to)


def _posted(slack: Slack, setting: str, to: str) -> Finding:
    try:
        posted = slack.post(to, text=_TEXT, blocks=[section(_TEXT)], key=f"doctor/{uuid4()}")
    except DeliveryError as error:
        return _not_posted(setting, to, error)
    return _removed(slack, setting, to, posted)


def _not_posted(setting: str, to: str, error: DeliveryError) -> Finding:
    if error.ambiguous:
        why = f"Slack did not say whether it took a test message to {to} ({error}): look there."
        return unknown(setting, why)
    if error.retryable and not error.is_of_token:
        return unknown(setting, f"Slack took no test message to {to} now ({error}).")
    why = cause(error.detail, error.reason)
    return wrong(setting, f"Slack takes no message to {to} ({why}).")


def _removed(slack: Slack, setting: str, to: str, posted: Posted) -> Finding:
    try:
        slack.delete(posted)
    except DeliveryError as error:
        text = f"A test message reached {to} and could not be removed ({error}): remove it there."
        return warning(setting, text)
    return fine(setting, f"A test message reached {to}, and was removed.")
