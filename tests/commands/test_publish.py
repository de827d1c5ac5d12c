"""/incident publish and the box in the update form: people's mistakes, and what is public."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from incident_bot.store import statuspage
from slack_sandbox.model import Message, View
from slack_sandbox.statuspage import Incident
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared

HOSTILE = "<!channel> <@U0BEN> a < b && c > d <https://evil.test|click> *not bold*"


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on two components."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
            statuspage.map_service(tx, "checkout", "comp-api", "API")
        yield bot
        assert bot.slack.violations == []


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    return declared(bot, "P1 checkout Payments fail")


def values(**given: Any) -> dict[str, Any]:
    return {"title": "Errors at checkout", "message": "Some payments fail.", **given}


def preview(room: IncidentChannel, **given: Any) -> View:
    """Fill the form; the view that shows what would be public."""
    room.type("publish")
    assert room.submit(values(**given)) == {}
    view = room.bot.slack.view("U0ADA")
    assert view is not None
    return view


def publish(room: IncidentChannel, **given: Any) -> Incident:
    preview(room, **given)
    room.submit({})
    (incident,) = room.bot.slack.statuspage.incidents
    return incident


def last_post(room: IncidentChannel, words: str) -> Message:
    return [message for message in room.channel.messages if words in message.text][-1]


def test_nothing_is_public_and_nobody_notified_unless_chosen(
    bot: Bot, room: IncidentChannel
) -> None:
    view = preview(room)
    assert bot.slack.statuspage.incidents == []
    assert "Subscribers are notified: *no*" in str(view.blocks)
    bot.slack.close("U0ADA")
    bot.settle()
    assert bot.slack.statuspage.incidents == []
    incident = publish(room)
    assert (incident.name, incident.status) == ("Errors at checkout", "investigating")
    assert (incident.impact, incident.component_ids) == ("critical", ["comp-api", "comp-checkout"])
    assert bot.slack.statuspage.emails == 0


def test_the_form_only_previews_whatever_it_carries(bot: Bot, room: IncidentChannel) -> None:
    """Even if the form carried for us what a preview does, to send it is not to confirm it."""
    carried = preview(room).content["private_metadata"]
    bot.slack.close("U0ADA")
    room.type("publish")
    form = bot.slack.view("U0ADA")
    assert form is not None
    form.content["private_metadata"] = carried
    assert room.submit(values()) == {}
    assert view_content(bot)["title"]["text"] == "This becomes public"
    assert bot.slack.statuspage.incidents == []
    assert room.timeline() == ["declared"]
    room.submit({})
    assert len(bot.slack.statuspage.incidents) == 1


def test_the_preview_shows_the_status_that_will_be_public(room: IncidentChannel) -> None:
    room.type("status identified: the cache")
    assert "*Identified* — Some payments fail." in str(preview(room).blocks)


@pytest.mark.parametrize("name", ["title", "message"])
def test_an_empty_field_is_a_mistake_beside_it(bot: Bot, room: IncidentChannel, name: str) -> None:
    room.type("publish")
    answer = bot.slack.submit("U0ADA", values(**{name: "  "}), force=True)
    assert list(answer.errors) == [name]


def test_components_can_be_deselected_and_stay_so(bot: Bot, room: IncidentChannel) -> None:
    incident = publish(room, components=["comp-api"])
    assert incident.component_ids == ["comp-api"]
    room.press("update")
    room.submit({"message": "It is the cache.", "publish": ["yes"]})
    room.type("resolved")
    assert incident.component_ids == ["comp-api"]


def test_an_incident_can_be_published_without_any_component(room: IncidentChannel) -> None:
    assert publish(room, components=[]).component_ids == []


def test_words_reach_the_page_as_typed_and_slack_escaped(bot: Bot, room: IncidentChannel) -> None:
    view = preview(room, title=HOSTILE[:60], message=HOSTILE)
    shown = json.dumps(view.blocks, ensure_ascii=False)
    assert "&lt;!channel&gt; &lt;@U0BEN&gt; a &lt; b &amp;&amp; c &gt; d" in shown
    room.submit({})
    (incident,) = bot.slack.statuspage.incidents
    assert (incident.name, incident.updates[0].body) == (HOSTILE[:60], HOSTILE)
    text = json.dumps(last_post(room, "Published on the status page").blocks)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    room.press("update")
    room.submit({"message": HOSTILE, "publish": ["yes"]})
    assert incident.updates[-1].body == HOSTILE
    assert live_mentions(bot, room) == []


def live_mentions(bot: Bot, room: IncidentChannel) -> list[str]:
    """Return the messages in which a hostile mention would notify somebody."""
    return [m.text for m in room.channel.messages if "<!channel>" in json.dumps(m.blocks)]


def test_a_long_message_in_any_script_can_be_previewed(bot: Bot, room: IncidentChannel) -> None:
    message = "障害が発生しています。" * 130
    assert publish(room, message=message).updates[0].body == message


def test_the_box_without_a_message_is_a_mistake_and_changes_nothing(
    bot: Bot, room: IncidentChannel
) -> None:
    incident = publish(room)
    room.press("update")
    errors = room.submit({"status": "identified", "publish": ["yes"]})
    assert list(errors) == ["message"]
    assert (incident.status, room.incident.status) == ("investigating", "declared")
    assert room.submit({"message": "It is the cache."}) == {}
    assert incident.updates[-1].body == "It is the cache."


def test_whatever_becomes_public_says_in_the_record_who_told_it(room: IncidentChannel) -> None:
    publish(room)
    room.press("update")
    room.submit({"message": "It is the cache.", "publish": ["yes"]})
    room.type("resolved")
    room.type("reopen it is back")
    done = ("declare", "publish", *("update", "publish update"), *("resolved", "publish update"))
    assert room.audit() == [f"U0ADA {action}" for action in (*done, "reopen", "publish update")]
    assert room.bot.sql("select detail from audit where action = 'publish update' order by id") == [
        "investigating",
        "resolved",
        "investigating",
    ]


def test_the_box_is_only_there_for_what_is_public(bot: Bot, room: IncidentChannel) -> None:
    room.press("update")
    view = bot.slack.view("U0ADA")
    assert view is not None
    assert "publish" not in [block.get("block_id") for block in view.blocks]


def test_who_lost_command_meanwhile_publishes_nothing(bot: Bot, room: IncidentChannel) -> None:
    room.type("publish")
    room.type("commander @ben")
    errors = room.submit(values())
    assert "Only the commander" in str(errors)


def test_who_lost_command_at_the_preview_is_told_in_its_place(
    bot: Bot, room: IncidentChannel
) -> None:
    preview(room)
    room.type("commander @ben")
    assert room.submit({}) == {}
    assert "Only the commander" in str(view_content(bot))
    assert bot.slack.statuspage.incidents == []
    assert "U0ADA publish refused" in room.audit()


def test_what_was_resolved_at_the_preview_is_not_published(bot: Bot, room: IncidentChannel) -> None:
    preview(room)
    room.type("resolved")
    assert room.submit({}) == {}
    assert "INC-1 is resolved" in str(view_content(bot))
    assert bot.slack.statuspage.incidents == []


def view_content(bot: Bot) -> dict[str, Any]:
    view = bot.slack.view("U0ADA")
    assert view is not None
    return view.content


def test_fifty_submits_of_a_preview_publish_once(bot: Bot, room: IncidentChannel) -> None:
    preview(room)
    bot.slack.submit("U0ADA")
    request = bot.slack.last_request
    assert request is not None
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(bot.slack.resend, [request] * 50))
    bot.settle()
    assert [answer.error for answer in answers if answer.error] == []
    assert len(bot.slack.statuspage.incidents) == 1
    assert room.timeline().count("published") == 1
    assert sum("Published on the status page" in post for post in room.posts) == 1


def test_what_was_published_on_another_screen_is_not_published_again(
    bot: Bot, room: IncidentChannel
) -> None:
    preview(room)
    with bot.database.transaction() as tx:
        words = {"title": "Down", "message": "We look into it."}
        assert statuspage.publish(tx, room.number, "U0ADA", notifies=False, **words)
    room.submit({})
    assert "is public already" in str(view_content(bot))
    assert bot.slack.statuspage.incidents == []


def test_who_published_is_kept_on_record(room: IncidentChannel) -> None:
    publish(room)
    assert room.audit() == ["U0ADA declare", "U0ADA publish"]


def test_the_channel_is_told_once_the_page_has_it(bot: Bot, room: IncidentChannel) -> None:
    bot.slack.faults.add("status", "statuspage.create_incident", status=422)
    preview(room)
    room.submit({})
    assert [post for post in room.posts if "Published on the status page" in post] == []
    assert "Publishing the incident." in room.type("statuspage")


def test_without_a_channel_it_is_published_from_a_direct_message(bot: Bot) -> None:
    slack = bot.slack
    slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Down")
    bot.settle()
    message = slack.dm("U0ADA")[-1]
    assert "publish 1" in str(message.blocks)
    ada = message.channel
    assert slack.click("U0ADA", ada, message.ts, "more", "publish 1").error is None
    assert slack.submit("U0ADA", {"title": "Errors", "message": "Some fail."}).errors == {}
    assert slack.submit("U0ADA", {}).errors == {}
    bot.settle()
    assert [each.name for each in slack.statuspage.incidents] == ["Errors"]
    slack.command("U0ADA", "C0GENERAL", "/incident status INC-1 identified: the cache")
    bot.settle()
    assert "publish 1" not in str(slack.dm("U0ADA")[-1].blocks)
    assert slack.violations == []


def test_it_is_said_what_is_missing(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot, "P1 checkout Down")
        assert "STATUSPAGE_PUBLISH=ask" in room.type("publish")
        assert "is not on the status page" in room.type("statuspage")


def test_without_a_page_it_is_said_what_is_missing(database_url: str, redis_url: str) -> None:
    no_page = {"statuspage_api_key": "", "statuspage_page_id": ""}
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask", **no_page) as bot:
        room = declared(bot, "P1 checkout Down")
        assert room.posts == [], "nothing is offered"
        assert room.type("publish") == "There is no status page: STATUSPAGE_API_KEY is not set."
        assert room.audit()[-1] == "U0ADA publish refused"
