"""Messages about Statuspage show its words as they are, and none of them is live."""

from collections.abc import Mapping
from typing import Any

import pytest

from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.statuspage import ComponentRecord, ComponentStatus, Publication
from incident_bot.errors import InvalidInput
from incident_bot.render import statuspage
from incident_bot.render.statuspage import MAX_MESSAGE, Shown
from incident_bot.render.text import MAX_SECTION
from tests.domain.examples import DECLARED_AT, incident
from tests.incident_channel import buttons
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, marked_up, shown


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        ("failing", ["component", "detail"]),
        ("recovered", ["component"]),
        ("drifted", ["component", "actual", "wanted"]),
        ("offer", []),
        ("published", ["title"]),
        ("updated", ["status"]),
        ("updated", ["status", "detail"]),
    ],
)
def test_a_notice_shows_every_word_as_it_was_written(notice: str, words: list[str]) -> None:
    payload = {"notice": notice, "component_id": "comp-1", **dict.fromkeys(words, HOSTILE_TEXT)}
    message = statuspage.notice(incident(), payload)
    assert shown(message).count(ESCAPED_TEXT) == len(words)
    assert live(message) == set()


def component(status: str = ComponentStatus.OPERATIONAL, **changes: Any) -> Shown:
    """A component with a hostile name that should be in a major outage because of INC-3."""
    state = {"is_held": False, "is_failing": False, "left_at": None, **changes}
    record = ComponentRecord(component_id="comp-1", shown=status, attempted=None, **state)
    wanted = ComponentStatus.MAJOR
    return Shown(name=HOSTILE_TEXT, record=record, wanted=wanted, because_of=["INC-3"])


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (component(is_held=True), "✋ *{}* was set by hand; the commander must choose"),
        (
            component(is_failing=True),
            "⚠️ *{}*: updates fail; it should show major outage, because of INC-3",
        ),
        (
            component(left_at="major_outage"),
            "✋ *{}* shows operational, as somebody chose; "
            "else it would show major outage, because of INC-3",
        ),
        (
            component(),
            "⏳ *{}* shows operational; it is being changed to major outage, because of INC-3",
        ),
        (
            component(ComponentStatus.MAJOR),
            "🔴 *{}* shows major outage, because of INC-3; as it should",
        ),
        (
            component(HOSTILE_TEXT),
            "⏳ *{0}* shows {0}; it is being changed to major outage, because of INC-3",
        ),
    ],
)
def test_the_overview_says_how_each_component_stands_and_why(one: Shown, line: str) -> None:
    message = statuspage.overview(incident(), [one], None)
    assert message.text.splitlines()[1:] == [line.format(ESCAPED_TEXT)]
    assert live(message) == set()


@pytest.mark.parametrize(
    ("status", "refs", "line"),
    [
        (ComponentStatus.OPERATIONAL, [], "✅ *API* shows operational; as it should"),
        (
            ComponentStatus.PARTIAL,
            ["INC-3", "INC-7"],
            "🟠 *API* shows partial outage, because of INC-3 and INC-7; as it should",
        ),
        (
            ComponentStatus.DEGRADED,
            [f"INC-{number}" for number in range(1, 6)],
            "🟡 *API* shows degraded performance, because of INC-1, INC-2, INC-3 and 2 more; "
            "as it should",
        ),
    ],
)
def test_only_what_works_has_a_tick_and_an_outage_names_its_incidents(
    status: ComponentStatus, refs: list[str], line: str
) -> None:
    record = component(status).record
    one = Shown(name="API", record=record, wanted=status, because_of=refs)
    message = statuspage.overview(incident(), [one], None)
    assert message.text.splitlines()[1:] == [line]


def test_the_overview_of_a_service_that_no_component_shows_says_so() -> None:
    message = statuspage.overview(incident(service=HOSTILE_TEXT), [], None)
    assert message.text.splitlines()[1:] == [f"{ESCAPED_TEXT} is not on the status page."]
    assert live(message) == set()


def published(**changes: Any) -> Publication:
    """A public incident, as customers read of it."""
    known: dict[str, Any] = {
        "incident_id": 42,
        "public_incident_id": "i1",
        "notifies": False,
        "title": "Errors at checkout",
        "message": "Some payments fail.",
        "url": "https://stspg.io/abc?a=1&b=2",
        "published_at": DECLARED_AT,
        "published_by_user_id": "U0ADA",
    }
    return Publication(**{**known, **changes})


_LINK = "<https://stspg.io/abc?a=1&amp;b=2|Errors at checkout>"


@pytest.mark.parametrize(
    ("publication", "line"),
    [
        (published(public_incident_id=None, url=""), "⏳ Publishing the incident."),
        (published(), f"📢 The incident is public: {_LINK}."),
    ],
)
def test_the_overview_tells_public_from_on_its_way(publication: Publication, line: str) -> None:
    message = statuspage.overview(incident(), [component()], publication)
    assert message.text.splitlines()[2:] == [line]


_OVER = incident(status=Status.RESOLVED, resolved_at=DECLARED_AT)


@pytest.mark.parametrize(
    ("one", "publication", "line", "labels"),
    [
        (incident(), None, "📢 Should customers read about this?", ["Publish on the status page"]),
        (_OVER, None, "📢 Not published; the incident is resolved.", []),
        (
            incident(),
            published(public_incident_id=None, url=""),
            "⏳ Publishing Errors at checkout on the status page. The link follows here.",
            [],
        ),
        (
            _OVER,
            published(),
            f"📢 Published on the status page: {_LINK}. Customers now read: “Some payments fail.”",
            [],
        ),
        (
            incident(),
            published(title="", message="", url=""),
            "📢 Published on the status page: the incident.",
            [],
        ),
    ],
)
def test_the_question_turns_into_what_became_of_it(
    one: Incident, publication: Publication | None, line: str, labels: list[str]
) -> None:
    message = statuspage.question(one, publication)
    assert message.text.startswith(f"INC-42: {line}")
    assert list(buttons(message)) == labels


def test_what_customers_read_is_quoted_as_it_was_written() -> None:
    hostile = published(title=HOSTILE_TEXT, message=HOSTILE_TEXT, url="")
    message = statuspage.question(incident(), hostile)
    assert shown(message).count(ESCAPED_TEXT) == 2
    assert live(message) == set()


def test_the_longest_message_leaves_room_for_its_link() -> None:
    longest = published(title="&" * 100, message="&" * 3000, url=f"https://s.io/{'x' * 487}")
    text = statuspage.question(incident(), longest).blocks[0]["text"]["text"]
    assert len(text) <= MAX_SECTION


@pytest.mark.parametrize("is_put_back", [True, False])
def test_what_becomes_of_a_component_names_it_as_statuspage_does(is_put_back: bool) -> None:
    assert f"ing {ESCAPED_TEXT} " in statuspage.settled(HOSTILE_TEXT, is_put_back=is_put_back)


def preview(**given: str) -> Mapping[str, Any]:
    values = {"title": "Errors", "message": "m", "impact": "major", "notify": "no", **given}
    return statuspage.preview(incident(), values, {"comp-1": HOSTILE_TEXT})


def test_the_preview_shows_every_word_as_it_was_written() -> None:
    words = dict.fromkeys(("title", "message", "impact", "notify"), HOSTILE_TEXT)
    view = preview(**words, components="comp-1,<!here>")
    message = " ".join(marked_up(view["blocks"]))
    assert message.count(ESCAPED_TEXT) == 4
    assert "&lt;!here&gt; ·" in message
    assert "<" not in message


def test_the_longest_message_in_any_script_can_be_previewed() -> None:
    assert "障" * MAX_MESSAGE in preview(message="障" * MAX_MESSAGE)["private_metadata"]


def test_a_preview_that_slack_would_not_keep_asks_for_a_shorter_message() -> None:
    with pytest.raises(InvalidInput, match="too long to preview") as caught:
        preview(message='"' * MAX_MESSAGE)
    assert caught.value.field == "message"
