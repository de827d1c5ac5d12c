"""Looks at the channels that settings name: there, open, and such that the bot may post in them."""

from collections.abc import Sequence
from typing import Final

from incident_bot.clients.slack_lookup import KnownChannel, SlackLookup
from incident_bot.doctor.installation import Installation
from incident_bot.doctor.known import channel_fault, channel_name, no_channel, shared
from incident_bot.domain.findings import Finding, Names, fine, unknown, warning, wrong
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Settings

_READS_PRIVATE: Final = "groups:read"


def channels_of(config: Settings) -> dict[str, Sequence[str]]:
    """Return the ids of channels by the setting that names them."""
    return {"P1_CHANNELS": config.p1_channels, "P2_CHANNELS": config.p2_channels}


def look(installation: Installation) -> list[Finding]:
    named = [
        (setting, channel_id)
        for setting, ids in channels_of(installation.config).items()
        for channel_id in ids
    ]
    if not named:
        return [fine("P1_CHANNELS", "No channel is named.")]
    slack, findings = installation.slack(), []
    for place, (setting, channel_id) in enumerate(named):
        try:
            findings += _looked_at(slack, setting, channel_id)
        except DeliveryError as error:
            left = named[place:]
            return [*findings, *(_unasked(*each, error) for each in left)]
    return findings


def _unasked(setting: str, channel_id: str, error: DeliveryError) -> Finding:
    return unknown(setting, f"{channel_id}: Slack gave no usable answer ({error}).")


def _looked_at(slack: SlackLookup, setting: str, channel_id: str) -> list[Finding]:
    try:
        found = slack.channel(channel_id)
    except DeliveryError as error:
        if error.reason is Reason.MISSING_SCOPE and _READS_PRIVATE in error.detail:
            return [_private(slack, setting, channel_id)]
        raise
    if found is None:
        return [wrong(setting, no_channel(channel_id))]
    if fault := channel_fault(found):
        return [wrong(setting, fault, _names(found))]
    inside = "and the bot is in it" if found.has_bot else "and the bot may post without joining"
    is_open = fine(setting, f"{channel_name(found)} is open, {inside}.")
    others = [warning(setting, shared(found), _names(found))] if found.is_shared else []
    return [is_open, *others]


def _names(found: KnownChannel) -> Names:
    return [(channel_name(found), found.id)]


def _private(slack: SlackLookup, setting: str, channel_id: str) -> Finding:
    """Say whether the bot is in a private channel, of which it may not read more."""
    if slack.is_inside(channel_id):
        return fine(setting, f"{channel_id} is private, and the bot is in it.")
    return wrong(
        setting,
        f"{channel_id} is private, and the bot is not in it: type `/invite @…` there with the "
        "name of the bot.",
    )
