"""The transport: one deadline for an exchange, connections kept alive, redirects not followed."""

import ssl
import time
from http.client import HTTPConnection

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.clients.deadlines import HttpPool, deadline
from incident_bot.clients.transport import Transport, retry_after_seconds
from tests.clients.vendor import Answer, drips, hangs, http, says, sends, vendor

HELLO = http("200 OK", b"hello")


def transport() -> Transport:
    return Transport(ssl.create_default_context())


@pytest.mark.parametrize(
    "answer",
    [hangs, drips(HELLO), drips(http("200 OK", b"h" * 100), after=b"\r\n\r\n")],
    ids=["hangs", "drips", "drips its body"],
)
def test_an_exchange_ends_by_its_deadline(answer: Answer) -> None:
    with vendor(answer) as there:
        began = time.monotonic()
        with pytest.raises((TimeoutError, urllib3.exceptions.TimeoutError)):
            transport().post(there.origin, b"{}", {}, seconds=0.7)
        assert time.monotonic() - began < 10


def test_a_connection_is_kept_for_the_next_exchange() -> None:
    with vendor(sends(HELLO)) as there:
        shared = transport()
        for _ in range(5):
            assert shared.post(there.origin, b"{}", {}, seconds=2).body == b"hello"
    assert len(there.connections) == 1


@pytest.mark.parametrize("answer", [hangs, drips(HELLO)], ids=["hangs", "drips"])
def test_a_kept_connection_ends_by_the_deadline_too(answer: Answer) -> None:
    with vendor(sends(HELLO), answer) as there:
        shared = transport()
        shared.post(there.origin, b"{}", {}, seconds=2)
        with pytest.raises((TimeoutError, urllib3.exceptions.TimeoutError)):
            shared.post(there.origin, b"{}", {}, seconds=0.5)
    assert len(there.connections) == 1


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with vendor(says("302 Found", b"", "Location: http://127.0.0.1:1/")) as there:
        assert transport().post(there.origin, b"{}", {}, seconds=2).status == 302


def test_nothing_is_sent_after_a_pause_that_was_longer_than_the_deadline() -> None:
    """As when the machine slept after the last look at the lease; it says that nothing was sent."""
    with vendor(sends(HELLO)) as there:
        with pytest.raises(urllib3.exceptions.ConnectTimeoutError):
            _post_after_a_pause(there.origin)
        assert there.connections == []


def test_a_pause_within_a_request_leaves_it_without_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The head is sent, the machine sleeps, and the body does not follow."""
    sent = HTTPConnection.send

    def pause_after(connection: HTTPConnection, data: bytes) -> None:
        sent(connection, data)
        time.sleep(0.4)

    monkeypatch.setattr(HTTPConnection, "send", pause_after)
    with vendor(sends(HELLO)) as there:
        pool = _pool(there.origin)
        with pytest.raises(urllib3.exceptions.ConnectTimeoutError), deadline(0.3):
            pool.urlopen("POST", "/", body=b"{}")
        assert b"{}" not in b"".join(there.requests)


def _post_after_a_pause(url: str) -> None:
    pool = _pool(url)
    with deadline(0.1):
        time.sleep(0.2)
        pool.urlopen("POST", "/", body=b"{}")


def _pool(url: str) -> HttpPool:
    address = urllib3.util.parse_url(url)
    return HttpPool(str(address.host), address.port, retries=False)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1),
        ("30", 30),
        (" 30 ", 30),
        ("1.5", 1.5),
        ("0", 1),
        ("0.001", 1),
        ("9999", 3600),
        ("1e400", 3600),
        ("inf", 3600),
        ("", 5),
        ("-1", 5),
        ("nan", 5),
        ("soon", 5),
        ("30 s", 5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 5),
        ("9" * 5000, 3600),
    ],
)
def test_how_long_to_stay_away_is_sane_whatever_the_header_says(
    header: str, seconds: float
) -> None:
    assert retry_after_seconds(header) == seconds


@given(header=st.text())
def test_no_header_is_waited_for_less_than_a_second_or_more_than_an_hour(header: str) -> None:
    assert 1 <= retry_after_seconds(header) <= 3600
