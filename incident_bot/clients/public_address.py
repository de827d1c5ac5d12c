"""Asks for pages of our own at the address at which Slack reaches us."""

import http.client
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import urllib3

from incident_bot.clients.network import tls_context
from incident_bot.clients.transport import Exchanged, Transport, transport_failure

COMMANDS: Final = "/slack/commands"

_SECONDS: Final = 5.0
_LIVE: Final = b"OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer at an address: whether it is the bot's own, and what came instead."""

    is_ours: bool
    instead: str = ""


def look(url: str) -> Found:
    """Ask for `/livez` there; raises DeliveryError when nothing answers."""
    answer = _asked(f"{url}/livez")
    if answer.status != HTTPStatus.OK:
        return Found(is_ours=False, instead=f"HTTP {answer.status}")
    is_ours = answer.body.strip() == _LIVE
    return Found(is_ours=is_ours, instead="" if is_ours else "the page of something else")


def look_at_commands(url: str) -> Found:
    """Ask where Slack sends commands, which is only posted to; raises DeliveryError as `look`."""
    status = _asked(f"{url}{COMMANDS}").status
    is_ours = status == HTTPStatus.METHOD_NOT_ALLOWED
    return Found(is_ours=is_ours, instead="" if is_ours else f"HTTP {status}")


def _asked(url: str) -> Exchanged:
    transport = Transport(tls_context())
    try:
        return transport.get(url, seconds=_SECONDS)
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise transport_failure(error, writes=False) from None
