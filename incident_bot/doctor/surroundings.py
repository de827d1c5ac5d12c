"""Looks at what the bot stands on: its public address, and room on the disks that it sees."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from incident_bot.clients import public_address
from incident_bot.clients.transport import is_of_proxy, is_of_trust
from incident_bot.doctor.installation import Installation
from incident_bot.doctor.network import way_fault
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.errors import DeliveryError

_ADDRESS: Final = "PUBLIC_URL"
_STATE: Final = Path("/var/lib/incident-bot")
"""The folder of the systemd units, in which backups are too."""

_MB: Final = 1_000_000
_FULL: Final = 50 * _MB
_SCARCE: Final = 1_000 * _MB


def look_at_address(installation: Installation) -> list[Finding]:
    """Ask for a page of our own there, as far as this machine is outside."""
    config = installation.config
    if not config.public_url:
        if config.slack_app_token:
            return []
        why = "It is not set, so nobody can try the address at which Slack reaches the bot."
        return [unknown(_ADDRESS, why)]
    try:
        found = public_address.look(config.public_url)
        way = public_address.look_at_commands(config.public_url)
    except DeliveryError as error:
        return [_unanswered(config.public_url, error)]
    if not found.is_ours:
        return [
            wrong(
                _ADDRESS,
                f"{config.public_url}/livez answers with {found.instead}, and not with the bot's "
                "own page: correct the address, or the way from there to `incident-bot web`.",
            )
        ]
    if not (way.is_ours or config.slack_app_token):  # in Socket Mode, Slack sends nothing there
        path = public_address.COMMANDS
        return [
            wrong(
                _ADDRESS,
                f"{config.public_url}{path} answers with {way.instead} instead of HTTP 405, so "
                "Slack's requests do not arrive: let what stands before `incident-bot web` pass "
                "on all below /slack/, without asking for a login.",
            )
        ]
    return [fine(_ADDRESS, f"The bot answers at {config.public_url}, as seen from this machine.")]


def _unanswered(url: str, error: DeliveryError) -> Finding:
    if is_of_proxy(error):  # Slack comes from outside, and passes no proxy of ours
        return unknown(_ADDRESS, f"{url} could not be asked. {way_fault(error)}")
    if is_of_trust(error):
        return wrong(
            _ADDRESS,
            f"{url} shows a certificate that is not trusted here ({error.detail}): Slack wants one "
            "of a public authority, in date and with all that lead to it.",
        )
    return wrong(
        _ADDRESS,
        f"Nothing answers at {url} ({error}), as seen from this machine: start the web process "
        "and what stands before it, or correct the address.",
    )


def look_at_disks(_: Installation) -> list[Finding]:
    folders = [Path.cwd(), Path(tempfile.gettempdir()), *([_STATE] if _STATE.is_dir() else [])]
    disks = {each: shutil.disk_usage(each) for each in dict.fromkeys(folders)}
    return [room(folder, disk.free, disk.total) for folder, disk in disks.items()]


def room(folder: Path, left: int, total: int) -> Finding:
    """Judge the bytes that are left for a folder; a small disk may have few."""
    about, said = f"disk of {folder}", f"{left // _MB:,} MB are free."
    if left < _FULL and left < total * 0.05:
        return wrong(about, f"Only {said} Remove what is not needed, such as old backups.")
    if left < _SCARCE and left < total * 0.1:
        return warning(about, f"Only {said} Make room before it is full.")
    return fine(about, said)
