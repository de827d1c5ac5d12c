"""Asks for a page of our own at the address at which Slack reaches us."""

import http.client
from dataclasses import dataclass
from typing import Final

import urllib3

from incident_bot.clients.network import tls_context
from incident_bot.clients.transport import Transport, transport_failure

_SECONDS: Final = 5.0
_LIVE: Final = b"OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer at an address: whether it is the bot's own, and what came instead."""

    is_ours: bool
    instead: str = ""


def look(url: str) -> Found:
    """Ask for `/livez` there; raises DeliveryError when nothing answers."""
    transport = Transport(tls_context())
    try:
        answer = transport.get(f"{url}/livez", seconds=_SECONDS)
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise transport_failure(error, writes=False) from None
    if answer.status != 200:
        return Found(is_ours=False, instead=f"HTTP {answer.status}")
    is_ours = answer.body.strip() == _LIVE
    return Found(is_ours=is_ours, instead="" if is_ours else "the page of something else")
