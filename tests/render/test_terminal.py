"""Messages as plain text, for a terminal."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from incident_bot.domain.deliveries import Delay, DeliveryRecord, Queue, State
from incident_bot.errors import Mention, Moment, Part, Reason, Typed
from incident_bot.render.terminal import Terminal, named_in
from incident_bot.render.text import ago, channel, escape, link, person, when

NOW = datetime(2026, 3, 1, 3, 40, tzinfo=UTC)
THEN = NOW - timedelta(minutes=40)
TERMINAL = Terminal(now=NOW, names={"U0ADA": "ada", "C0INC": "inc-1"}, typed_as="@ada")


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        (f"by {person('U0ADA')} and {person('U0BEN')}", "by @ada and @U0BEN"),
        (f"in {channel('C0INC')}", "in #inc-1"),
        (f"declared {when(THEN)}", "declared 2026-03-01 04:00 CET (03:00 UTC)"),
        (f"declared {ago(THEN)}", "declared (40 min ago)"),
        (link("https://x.example/?a=1&b=2", "the page"), "the page https://x.example/?a=1&b=2"),
        (escape("<@U0ADA> & co"), "<@U0ADA> & co"),
        ("🔴 P1 *INC-1* Broken", "P1 INC-1 Broken"),
        ("2*3*4 and * this *", "2*3*4 and * this *"),
        ("type `/incident list`", "type `incident-bot list`"),
        (
            "type `/incident claim INC-1`",
            "type `incident-bot incident claim INC-1 --as @ada`",
        ),
    ],
)
def test_markup_becomes_what_a_person_reads(markup: str, plain: str) -> None:
    assert TERMINAL.text(markup) == plain


def test_a_sentence_has_names_times_and_lines_to_type() -> None:
    parts: list[Part] = [
        "by ",
        Mention("U0ADA"),
        ", ",
        Moment(THEN),
        ". Type ",
        Typed("claim INC-1"),
        ".",
    ]
    assert TERMINAL.sentence(parts) == (
        "by @ada, 2026-03-01 04:00 CET (03:00 UTC). "
        "Type `incident-bot incident claim INC-1 --as @ada`."
    )


def test_people_are_found_in_the_text_that_names_them() -> None:
    assert named_in(f"{person('U0ADA')} {channel('C0INC')} {escape('<@U0BEN>')}") == ["U0ADA"]


def delivery(kind: str, to: str, **more: object) -> DeliveryRecord:
    facts: dict[str, object] = {
        "id": 1,
        "incident_id": 1,
        "queue": Queue.NOTIFICATIONS,
        "state": State.PENDING,
        "reason": None,
        "detail": None,
        "attempts": 0,
        "waiting": True,
        "created_at": THEN,
        "settled_at": None,
        "run_at": THEN,
    }
    return DeliveryRecord(kind=kind, destination=to, **{**facts, **more})  # type: ignore[arg-type]


def test_what_waits_is_named_by_what_people_wait_for() -> None:
    found = [
        delivery(
            "channel", "incident-channel", attempts=3, reason=Reason.CONNECTION, detail="refused"
        ),
        delivery("card", "incident-channel"),
        delivery("announcement", "C0P1"),
        delivery("direct_message", "U0ADA"),
        delivery("direct_message", "U0BEN"),
        delivery("direct_message", "U0BEN"),
        delivery("direct_message", "U0DAN", state=State.SENT),
        delivery("incident_update", "incident-channel"),
    ]
    assert TERMINAL.waiting(found, None) == [
        "Still to be sent: its channel, an announcement, direct messages to 2 people, "
        "a message in its channel. Tried 3 times so far: Slack cannot be reached.",
        "The worker sends all of it, once, as soon as Slack can be reached.",
    ]
    assert TERMINAL.waiting(found, Delay.NO_WORKER)[1].startswith("No worker is running")
    assert TERMINAL.waiting(found[6:7], None) == []
