"""Looks at Statuspage: the key, the page, and whether what services show on is still there."""

import time
from typing import Final

from incident_bot.clients.statuspage import HOLD, Statuspage
from incident_bot.doctor import network
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.domain.statuspage import Component
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import holds, statuspage
from incident_bot.store.database import Database
from incident_bot.store.statuspage import Mapping

_KEY: Final = "STATUSPAGE_API_KEY"
_PAGE: Final = "STATUSPAGE_PAGE_ID"
_MAPPED: Final = "components"


def look(installation: Installation) -> list[Finding]:
    config = installation.config
    if not (config.statuspage_api_key and config.statuspage_page_id):
        return []
    client = Statuspage(
        config.statuspage_api_key,
        config.statuspage_page_id,
        config.statuspage_api_url,
        deadline_seconds=5,
    )
    _wait_for_our_turn(installation, client.apart_seconds)
    try:
        listed = client.components()
    except DeliveryError as error:
        if fault := network.way_fault(error):
            url = config.statuspage_api_url
            return [wrong(network.variable_at_fault(installation, url, error), fault)]
        return [_failed(error)]
    page = fine(_PAGE, f"The page has {len(listed)} components, and takes the key.")
    return [page, *_mappings(installation, {each.id: each for each in listed})]


def _wait_for_our_turn(installation: Installation, apart: float) -> None:
    """Wait for a moment at which no worker calls the page, if the database can tell."""
    try:
        wait = installation.read(lambda tx: holds.reserve_slot(tx, HOLD, apart_seconds=apart))
    except Database.faults:
        return
    time.sleep(min(wait, 5.0))


def _failed(error: DeliveryError) -> Finding:
    match error.reason:
        case Reason.NOT_AUTHORISED:
            return wrong(
                _KEY,
                f"Statuspage rejects the key ({error.detail}): copy it again from the page's API "
                "info, restart the bot, then run `incident-bot statuspage sync`.",
            )
        case Reason.NOT_FOUND:
            return wrong(
                _PAGE,
                f"Statuspage has no such page ({error.detail}): copy its id from the page's API "
                "info.",
            )
        case Reason.RATE_LIMITED:
            return unknown(_PAGE, f"Statuspage asks to come later ({error.detail}).")
        case _:
            return wrong(
                _PAGE,
                f"Statuspage gave no usable answer ({error}): try again in a while, and see that "
                "STATUSPAGE_API_URL can be reached from here.",
            )


def _mappings(installation: Installation, listed: dict[str, Component]) -> list[Finding]:
    try:
        mapped = installation.read(statuspage.mappings)
    except Database.faults:
        return [unknown(_MAPPED, "The database does not say what services show on.")]
    services = installation.config.services
    faults = [each for one in mapped for each in _faults(one, listed, services)]
    if faults:
        return faults
    return [fine(_MAPPED, f"All {len(mapped)} on which services show are there.")]


def _faults(
    mapped: Mapping, listed: dict[str, Component], services: tuple[str, ...]
) -> list[Finding]:
    service, component_id = mapped.service_name, mapped.component_id
    shown = f"{mapped.name} ({component_id})"
    unmap = f"`incident-bot statuspage unmap {service} {component_id}`"
    names = [(shown, component_id)]
    found = []
    if component_id not in listed:
        gone = (
            f"{service} shows on {shown}, which the page no longer has: type {unmap}, then "
            f"`incident-bot statuspage map {service} …`."
        )
        found.append(wrong(_MAPPED, gone, names))
    if services and service not in services:
        text = f"{service} shows on {shown} and is not in SERVICES: {unmap}."
        found.append(warning(_MAPPED, text, names))
    return found
