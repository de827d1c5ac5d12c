"""The heartbeat: a URL of a service outside that complains once it is no longer called."""

import logging
from http import HTTPStatus
from typing import Final

import urllib3

from incident_bot.clients.network import tls_context
from incident_bot.clients.transport import Transport, check_call, logged_call, transport_failure
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

log = logging.getLogger(__name__)

_DEADLINE_SECONDS: Final = 10.0
_HEADERS: Final = {"User-Agent": "incident-bot"}


class Heartbeat:
    """Calls the URL, which is a key: no error and no log names it. Threads may share one."""

    def __init__(self, url: Secret, *, deadline_seconds: float = _DEADLINE_SECONDS) -> None:
        self._url = url
        self._deadline_seconds = deadline_seconds
        self._transport = Transport(tls_context())

    def beat(self) -> None:
        """Call it once; raises DeliveryError for any answer that is no success.

        Such a service answers a wrong key, and a redirect, with no more than a status.
        """
        check_call()
        with logged_call(log, "heartbeat", "GET") as line:
            try:
                answer = self._transport.get(
                    self._url.reveal(), _HEADERS, seconds=self._deadline_seconds
                )
            except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
                raise transport_failure(error, writes=False) from None
            line["code"] = f"HTTP {answer.status}"
            if not 200 <= answer.status < 300:
                is_theirs = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                reason = Reason.VENDOR_FAULT if is_theirs else Reason.REFUSED
                raise DeliveryError(reason, f"HTTP {answer.status}")
