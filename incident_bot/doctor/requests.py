"""Looks at what Slack has sent: it tells no app by which command, nor where it sends what."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from incident_bot.doctor.installation import Installation
from incident_bot.doctor.known import APPS
from incident_bot.doctor.scopes import COMMAND, heard_events
from incident_bot.domain.findings import Finding, fine, unknown, warning
from incident_bot.store import heartbeats, inbox
from incident_bot.store.database import Tx

_SECRET: Final = "SLACK_SIGNING_SECRET"
_REQUESTS: Final = "requests of Slack"
_EVENTS: Final = "events of Slack"
_REMEMBERED: Final = timedelta(days=2)
"""A request is forgotten then, so that an older refusal may have been followed by some."""

_LATELY: Final = timedelta(days=30)


def look(installation: Installation) -> list[Finding]:
    if not installation.config.database_url:
        return [unknown(_REQUESTS, "DATABASE_URL cannot be read.")]
    wanted = heard_events(with_reactions=bool(installation.config.capture_reactions))
    return installation.read(lambda tx: _heard(tx, wanted))


def _heard(tx: Tx, wanted: Sequence[str]) -> list[Finding]:
    request = inbox.last_received(tx)
    came = heartbeats.last_events(tx, wanted)
    return [
        _asked(request),
        *_refused(tx, max(filter(None, [request, *came.values()]), default=None)),
        *_called(heartbeats.last_command(tx)),
        *_events(wanted, {each: at for each, at in came.items() if tx.now - at < _LATELY}),
    ]


def _asked(request: datetime | None) -> Finding:
    if request:
        return fine(_REQUESTS, f"The last was taken at {_moment(request)}, signed as it must.")
    return unknown(
        _REQUESTS,
        f"None was taken of late, so neither {_SECRET} nor the command of the app could be tried: "
        f"type `{COMMAND} help` in Slack.",
    )


def _refused(tx: Tx, taken: datetime | None) -> list[Finding]:
    """Warn of a signature that is not ours; strangers send such too, but none after another."""
    at = heartbeats.last_mismatch(tx)
    if at is None or tx.now - at > _REMEMBERED or (taken and at <= taken):
        return []
    return [
        warning(
            _SECRET,
            f"At {_moment(at)} a request was refused whose signature is of another secret, and "
            "none was taken since. If it was Slack's, copy the Signing Secret of the app anew, "
            f"{APPS}, Basic Information, and restart the bot.",
        )
    ]


def _called(name: str) -> list[Finding]:
    about = "command of the app"
    if not name:
        return []
    if name == COMMAND:
        return [fine(about, f"It is {COMMAND}, as the bot says everywhere.")]
    return [
        warning(
            about,
            f"It is {name}, and the bot tells people to type {COMMAND}: paste what "
            f"`incident-bot manifest` prints under App Manifest of the app at {APPS}.",
        )
    ]


def _events(wanted: Sequence[str], came: Mapping[str, datetime]) -> list[Finding]:
    silent = [each for each in wanted if each not in came]
    last = max(came, key=lambda each: came[each], default="")
    heard = (
        fine(_EVENTS, f"The last, {last}, came at about {_moment(came[last])}.") if last else None
    )
    missed = unknown(
        _EVENTS,
        f"None of {' or '.join(silent)} has come within {_LATELY.days} days, and Slack tells no "
        "app what it is subscribed to: compare Event Subscriptions with what "
        "`incident-bot manifest` prints, or change your own display name, react to a message and "
        "pin one, take both back, and run this again; without events, names are up to six hours "
        "old, and no reaction or pin puts a message on a timeline.",
    )
    return [*([heard] if heard else []), *([missed] if silent else [])]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
