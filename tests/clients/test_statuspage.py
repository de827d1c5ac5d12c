"""The status page's answers, good and bad: what each means for a delivery, and what leaks."""

import json
import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from incident_bot.clients.statuspage import (
    HOLD,
    NewPublicIncident,
    PublicIncident,
    PublicUpdate,
    Statuspage,
)
from incident_bot.domain.statuspage import Component
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret
from tests.clients.vendor import Answer, drips, http, says, vendor

KEY = "c4n4ry-key"
PASSWORD = "c4n4ry-password"
COMPONENT = b'{"id": "comp-api", "name": "API", "status": "operational"}'
DEADLINE = 1.0
NEW = NewPublicIncident(
    title="Down",
    message="Orders fail.",
    status="investigating",
    impact="major",
    component_ids=["comp-api", "comp-web"],
    notify=True,
)


@contextmanager
def server(*answers: Answer) -> Iterator[tuple[str, list[bytes], list[int]]]:
    """A Statuspage of this kind: its API's URL, the requests it gets and its connections."""
    with vendor(*answers) as there:
        yield f"{there.origin}/v1/", there.requests, there.connections


def page(url: str, key: str = KEY) -> Statuspage:
    return Statuspage(Secret(key), "page", url, deadline_seconds=DEADLINE)


def floods(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b'"' + b"x" * 3_000_000)


SAID = {
    "as a message": b'{"message": "c0mplaint"}',
    "as an error": b'{"error": "c0mplaint"}',
    "by field": b'{"error": {"status": ["c0mplaint", "twice"], "name": "bad"}}',
}
ANSWER = http("200 OK", COMPONENT)
# What Statuspage answers beside that which test_contract holds for every vendor; then the reason,
# is it tried again, may a write have been taken, is there a hold.
TABLE: dict[str, tuple[Answer, Reason, bool, bool, bool]] = {
    "403": (says("403 Forbidden"), Reason.NOT_AUTHORISED, True, False, True),
    "405": (says("405 Method Not Allowed"), Reason.REFUSED, False, False, False),
    "409": (says("409 Conflict"), Reason.REFUSED, False, False, False),
    "422": (says("422 Unprocessable"), Reason.REFUSED, False, False, False),
    "420": (says("420 Enhance Your Calm"), Reason.RATE_LIMITED, True, False, True),
    "too long": (floods, Reason.CONNECTION, True, True, False),
    "drip": (drips(ANSWER), Reason.TIMEOUT, True, True, False),
    "dripping body": (drips(ANSWER, after=b"\r\n\r\n"), Reason.TIMEOUT, True, True, False),
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
def test_what_an_answer_means(name: str, writes: bool, caplog: pytest.LogCaptureFixture) -> None:
    answer, reason, retryable, ambiguous, is_held = TABLE[name]
    caplog.set_level(logging.DEBUG)
    with server(answer) as (url, requests, _):
        call = _call(page(url.replace("http://", f"http://me:{PASSWORD}@")), writes=writes)
        began = time.monotonic()
        with pytest.raises(DeliveryError) as caught:
            call()
        assert time.monotonic() - began < DEADLINE + 10, "the thread is free again"
        assert len(requests) == 1, "nothing is sent twice behind our back"
    error = caught.value
    assert (error.reason, error.retryable) == (reason, retryable)
    assert error.ambiguous == (ambiguous and writes)
    assert error.hold == (HOLD if is_held else None)
    shown = "".join(traceback.format_exception(error)) + caplog.text + str(vars(error))
    assert KEY not in shown
    assert PASSWORD not in shown


def _call(page_there: Statuspage, *, writes: bool) -> Callable[[], object]:
    if writes:
        return lambda: page_there.set_component("comp-api", "operational")
    return lambda: page_there.component("comp-api")


@pytest.mark.parametrize("shape", SAID)
def test_what_the_page_complains_of_is_kept(shape: str) -> None:
    answer = says("422 Unprocessable", SAID[shape])
    with server(answer) as (url, _, _), pytest.raises(DeliveryError) as caught:
        page(url).set_component("comp-api", "operational")
    assert caught.value.detail.startswith("HTTP 422 ")
    assert "c0mplaint" in caught.value.detail


def test_a_page_that_echoes_the_key_does_not_make_it_public() -> None:
    echo = json.dumps({"error": f"Could not authenticate OAuth {KEY}\n" + "x" * 500}).encode()
    answer = says("401 Unauthorized", echo)
    with server(answer) as (url, _, _), pytest.raises(DeliveryError) as caught:
        page(url).component("comp-api")
    assert "OAuth ***" in caught.value.detail
    assert KEY not in str(caught.value)
    assert len(caught.value.detail) <= 210


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 5),
        ("Retry-After: 7", 7),
        ("Retry-After: 0", 1),
        ("Retry-After: 999999999", 3600),
        ("Retry-After: -3", 5),
        ("Retry-After: soon", 5),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", 5),
        ("Retry-After: nan", 5),
    ],
)
@pytest.mark.parametrize("status", ["420 Calm", "429 Too Many"])
def test_how_long_the_hold_lasts(status: str, header: str, seconds: float) -> None:
    answer = says(status, b"{}", *([header] if header else []))
    with server(answer) as (url, _, _), pytest.raises(DeliveryError) as caught:
        page(url).component("comp-api")
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_key_is_tried_again_after_five_minutes(status: str) -> None:
    with server(says(status)) as (url, _, _), pytest.raises(DeliveryError) as caught:
        page(url).component("comp-api")
    assert caught.value.retry_after == 300


@pytest.mark.parametrize("key", ["c4n4ry\nX-Evil: 1", "c4n4ry-\N{SNOWMAN}"])
def test_a_key_that_no_header_can_carry_is_not_shown(
    key: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = says("200 OK", COMPONENT)
    with server(answer) as (url, requests, _), pytest.raises(DeliveryError) as caught:
        page(url, key).set_component("comp-api", "operational")
    assert requests == []
    assert not caught.value.ambiguous
    assert "c4n4ry" not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_under_a_hold_nothing_is_sent() -> None:
    with server(says("200 OK", COMPONENT)) as (url, requests, _):
        free = page(url)
        with pytest.raises(DeliveryError) as caught:
            free.respecting({HOLD: 12.5}).component("comp-api")
        with pytest.raises(DeliveryError):
            free.respecting({HOLD: 12.5}).set_component("comp-api", "operational")
        assert requests == []
        assert free.component("comp-api").name == "API"
    error = caught.value
    assert (error.reason, error.retry_after, error.hold) == (Reason.RATE_LIMITED, 12.5, None)


def test_calls_keep_further_apart_than_the_page_allows() -> None:
    """It takes one request a second of a key."""
    assert page("http://127.0.0.1:1/v1/").apart_seconds > 1


def test_the_whole_process_keeps_one_connection() -> None:
    with server(says("200 OK", COMPONENT)) as (url, _, connections):
        shared = page(url)
        for _ in range(5):
            shared.component("comp-api")
            shared.respecting({}).component("comp-api")
    assert len(connections) == 1


def test_neither_a_netrc_file_nor_the_url_replaces_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with server(says("200 OK", COMPONENT)) as (url, requests, _):
        page(url).component("comp-api")
        page(url.replace("http://", "http://me:you@")).component("comp-api")
    for request in requests:
        assert f"Authorization: OAuth {KEY}\r\n".encode() in request


def test_a_proxy_of_the_environment_is_used_within_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server(drips(ANSWER)) as (url, requests, _):
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "")
        began = time.monotonic()
        with pytest.raises(DeliveryError) as caught:
            page("http://page.test/v1").component("comp-api")
        assert time.monotonic() - began < DEADLINE + 10
    assert caught.value.reason is Reason.TIMEOUT
    assert requests[0].startswith(b"GET http://page.test/v1/pages/page/components/comp-api ")


def test_an_id_cannot_lead_anywhere_else() -> None:
    with server(says("200 OK", COMPONENT)) as (url, requests, _):
        page(url).component("../../pages/other?x=1#")
    path = b"/v1/pages/page/components/..%2F..%2Fpages%2Fother%3Fx%3D1%23"
    assert requests[0].startswith(b"GET " + path + b" ")


def test_every_page_of_components_is_read_and_a_group_is_only_the_name_of_one() -> None:
    def listed(first: int, count: int) -> bytes:
        return json.dumps(
            [
                {
                    "id": f"c{n}",
                    "name": f"C{n}",
                    "status": "operational",
                    "group": n == 3,
                    "group_id": "c3" if n == 101 else None,
                }
                for n in range(first, first + count)
            ]
        ).encode()

    answers = [says("200 OK", listed(0, 100)), says("200 OK", listed(100, 2))]
    with server(*answers) as (url, requests, _):
        found = page(url).components()
    assert len(found) == 101
    assert found[-1] == Component(id="c101", name="C101", status="operational", group="C3")
    assert found[0].group == ""
    assert b"page=2&per_page=100" in requests[1]


@pytest.mark.parametrize(
    ("metadata", "key", "update"),
    [
        ({"incident_bot": {"key": "ours", "update": 7}}, "ours", 7),
        ({"incident_bot": {"key": "ours"}}, "ours", None),
        ({"other": {}}, None, None),
        (None, None, None),
    ],
)
def test_an_incident_is_known_by_its_metadata(
    metadata: Any, key: str | None, update: int | None
) -> None:
    body = json.dumps({"id": "i1", "metadata": metadata}).encode()
    with server(says("200 OK", body)) as (url, _, _):
        found = page(url).incident("i1")
    assert found == PublicIncident(id="i1", url="", key=key, last_update=update)


@pytest.mark.parametrize(
    ("shortlink", "link"),
    [
        ("http://stspg.io/abc", "http://stspg.io/abc"),
        ("https://status.example.com/incidents/1?a=b&c=d", None),
        ("javascript:alert(1)", ""),
        ("https://a.test/ b", ""),
        ("https://a.test/|your bank>", ""),
        ("https://a.test/" + "x" * 600, ""),
        (7, ""),
        (None, ""),
    ],
)
def test_its_link_is_a_web_address_or_nothing(shortlink: Any, link: str | None) -> None:
    body = json.dumps({"id": "i1", "shortlink": shortlink}).encode()
    with server(says("200 OK", body)) as (url, _, _):
        assert page(url).incident("i1").url == (shortlink if link is None else link)


def test_a_published_incident_says_all_of_it_and_carries_its_key() -> None:
    with server(says("201 Created", b'{"id": "i1"}')) as (url, requests, _):
        assert page(url).create_incident(NEW, key="ours").id == "i1"
    assert sent(requests) == [
        {
            "name": "Down",
            "body": "Orders fail.",
            "status": "investigating",
            "impact_override": "major",
            "component_ids": ["comp-api", "comp-web"],
            "deliver_notifications": True,
            "metadata": {"incident_bot": {"key": "ours"}},
        }
    ]


def test_an_update_carries_the_key_of_its_incident_and_its_own_number() -> None:
    update = PublicUpdate(message="Up again.", status="monitoring", notify=False)
    with server(says("200 OK", b"{}")) as (url, requests, _):
        page(url).update_incident("i1", update, key="ours", number=7)
    assert sent(requests) == [
        {
            "body": "Up again.",
            "status": "monitoring",
            "deliver_notifications": False,
            "metadata": {"incident_bot": {"key": "ours", "update": 7}},
        }
    ]


def sent(requests: list[bytes]) -> list[Any]:
    """The incidents in the bodies of these requests."""
    return [json.loads(request.partition(b"\r\n\r\n")[2])["incident"] for request in requests]
