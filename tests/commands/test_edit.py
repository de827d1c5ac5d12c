"""/incident edit: what was called wrong is put right, everywhere and without any noise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from incident_bot.domain.incidents import MAX_TITLE
from incident_bot.store import statuspage
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared
from tests.markup import live

_LONG = "word " * 30


def opened(room: IncidentChannel, user: str = "U0ADA") -> dict[str, str]:
    """Return what the open form is filled with, by its fields."""
    view = room.bot.slack.view(user)
    assert view
    found = {}
    for (block_id, _), state in view.typed.items():
        chosen = state.get("selected_option")
        found[block_id] = str(chosen["value"] if chosen else state.get("value") or "")
    return found


def correct(room: IncidentChannel, **values: Any) -> dict[str, str]:
    room.type("edit")
    return room.submit(values)


def words(message: Message) -> str:
    return json.dumps([message.text, message.blocks], ensure_ascii=False)


def test_the_form_is_filled_with_what_is_recorded(room: IncidentChannel) -> None:
    room.type("edit")
    assert opened(room) == {
        "title": "Checkout is slow",
        "service": "checkout",
        "description": "",
    }
    view = room.bot.slack.view("U0ADA")
    assert view
    assert view.title == "Edit INC-1"


def test_the_card_has_it_in_its_menu_for_an_open_and_a_resolved_one(room: IncidentChannel) -> None:
    room.press("more", option="edit 1")
    assert opened(room)["title"] == "Checkout is slow"
    assert room.submit({"title": "Checkout fails"}) == {}
    room.type("resolved")
    room.press("more", option="edit 1")
    assert opened(room)["title"] == "Checkout fails"
    assert room.bot.slack.violations == []


def test_everything_that_shows_it_follows(bot: Bot) -> None:
    room = declared(bot, "P1 checkout it is down")
    values = {"title": "Payments fail", "service": "payments", "description": "All cards."}
    assert correct(room, **values) == {}
    after = room.incident
    assert (after.title, after.service, after.description) == tuple(values.values())
    (announcement,) = bot.slack.channel("C0P1").messages
    assert "it is down" not in words(announcement)
    for shown in (words(room.card), words(announcement)):
        assert "Payments fail" in shown
        assert "payments" in shown
    assert "All cards." in words(room.card)
    assert "Payments fail" in room.channel.topic
    assert "Payments fail" in bot.slack.command("U0CLEO", "C0GENERAL", "/incident list").text
    assert bot.slack.violations == []


def test_the_channel_reads_one_message_and_nobody_else_any(bot: Bot) -> None:
    room = declared(bot, "P1 checkout it is down")
    before = [len(bot.slack.dm(user)) for user in ("U0ADA", "U0DAN")]
    told = len(room.posts)
    correct(room, title="Payments fail", service="payments")
    (line,) = room.posts[told:]
    assert "✏️ <@U0ADA> corrected the title: “it is down” → “Payments fail”" in line
    assert "✏️ <@U0ADA> corrected the service: “checkout” → “payments”" in line
    assert [len(bot.slack.dm(user)) for user in ("U0ADA", "U0DAN")] == before
    assert len(bot.slack.channel("C0P1").log) == 1, "no reply in the thread"


def test_it_is_recorded_field_by_field(room: IncidentChannel) -> None:
    correct(room, title="Checkout fails", description="since noon")
    assert room.timeline("kind || ' ' || text || ': ' || before || ' > ' || after")[1:] == [
        "edited title: Checkout is slow > Checkout fails",
        "edited description:  > since noon",
    ]
    assert room.audit()[-1] == "U0ADA edit"
    assert room.bot.sql("select detail from audit order by id desc limit 1") == [
        "title, description"
    ]
    shown = room.whisper("timeline").blocks[1]["text"]["text"].splitlines()
    assert [line.partition("> ")[2] for line in shown[1:]] == [
        "*corrected* title “Checkout is slow” → “Checkout fails” by <@U0ADA>",
        "*corrected* description nothing → “since noon” by <@U0ADA>",
    ]


def test_a_wrong_title_is_put_right_before_the_postmortem(room: IncidentChannel) -> None:
    room.type("resolved it was DNS")
    assert correct(room, title="DNS was down") == {}
    assert "DNS was down" in words(room.card)
    room.type("postmortem")
    (file,) = room.bot.slack.files
    text = str(file.content and file.content.decode())
    assert text.startswith("# Postmortem of INC-1: DNS was down\n")
    assert "| edited | Ada Okafor | title “Checkout is slow” → “DNS was down” |" in text


def test_a_line_corrects_at_once(room: IncidentChannel) -> None:
    assert room.type("edit title: Checkout returns 500") == "INC-1 is corrected."
    assert room.type("rename service: payments") == "INC-1 is corrected."
    assert (room.incident.title, room.incident.service) == ("Checkout returns 500", "payments")
    assert "There is no service “pay”. It is one of:" in room.type("edit service: pay")


def test_what_was_typed_is_the_title_that_the_form_opens_with(room: IncidentChannel) -> None:
    room.type("edit Checkout returns 500")
    assert opened(room)["title"] == "Checkout returns 500"
    assert room.submit({}) == {}
    assert room.incident.title == "Checkout returns 500"


@pytest.mark.parametrize("lead", ["", "title: "])
def test_what_is_too_long_for_a_title_is_not_lost(room: IncidentChannel, lead: str) -> None:
    room.type(f"edit {lead}{_LONG}")
    form = opened(room)
    assert len(form["title"]) <= MAX_TITLE
    assert form["description"] == _LONG.strip()


def test_nothing_changed_is_said_and_the_form_stays(room: IncidentChannel) -> None:
    assert "Nothing would change: INC-1" in correct(room)["title"]
    assert room.timeline() == ["declared"]
    assert room.submit({"title": "Checkout fails"}) == {}


def test_it_works_from_anywhere_with_the_incident_named(bot: Bot, room: IncidentChannel) -> None:
    answer = bot.slack.command("U0ADA", "C0GENERAL", "/incident edit INC-1 title: Checkout fails")
    bot.settle()
    assert answer.text == "INC-1 is corrected."
    bot.slack.command("U0ADA", "C0GENERAL", "/incident edit INC-1")
    assert opened(room)["title"] == "Checkout fails"
    assert room.submit({"title": "Checkout returns 500"}) == {}
    assert room.incident.title == "Checkout returns 500"


def test_an_incident_without_a_channel_is_corrected_too(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", code="restricted_action", times=None)
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout it is down")
    bot.settle()
    bot.slack.command("U0ADA", "C0GENERAL", "/incident edit INC-1")
    assert bot.slack.submit("U0ADA", {"title": "Payments fail"}).errors == {}
    bot.settle()
    assert bot.incident().title == "Payments fail"
    (announcement,) = bot.slack.channel("C0P1").messages
    assert "Payments fail" in words(announcement)


def test_a_channel_that_is_on_its_way_keeps_its_name_and_is_made_once(bot: Bot) -> None:
    before = len(bot.slack.channels)
    bot.slack.faults.add("accept_then_500", "conversations.create")
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P3 checkout It is slow")
    failed = "select count(*) from deliveries where kind = 'channel' and failures > 0"
    bot.slack.wait_for(lambda: bot.sql(failed) == ["1"])
    bot.slack.command("U0ADA", "C0GENERAL", "/incident edit INC-1 title: It is down")
    bot.settle()
    assert len(bot.slack.channels) == before + 1
    assert IncidentChannel(bot, 1).channel.name == "inc-1-it-is-slow"


def test_of_two_who_correct_the_same_the_second_is_asked(room: IncidentChannel) -> None:
    room.type("edit")
    room.type("edit title: Payments fail")
    asked = room.submit({"title": "Checkout fails"})["title"]
    assert "Somebody else has corrected the title of INC-1" in asked
    assert "Payments fail" in asked
    assert opened(room)["title"] == "Checkout fails", "what was typed stays"
    assert room.incident.title == "Payments fail"
    assert room.submit({}) == {}
    assert room.incident.title == "Checkout fails"


def test_what_was_not_touched_in_the_form_undoes_no_newer_correction(
    room: IncidentChannel,
) -> None:
    room.type("edit")
    room.type("edit title: Payments fail")
    room.type("severity P2")
    assert room.submit({"description": "since noon"}) == {}, "nothing to ask: it is another part"
    assert (room.incident.title, room.incident.description) == ("Payments fail", "since noon")


def test_the_form_of_somebody_who_lost_command_is_refused_in_it(room: IncidentChannel) -> None:
    room.type("edit")
    room.type("commander @ben")
    assert "Only the commander of INC-1" in room.submit({"title": "Checkout fails"})["title"]
    assert room.audit()[-1] == "U0ADA edit refused"


def test_the_owners_of_the_new_service_are_invited_and_nobody_leaves(room: IncidentChannel) -> None:
    members = set(room.channel.members)
    assert not {"U0BEN", "U0EVE"} & members
    room.type("edit service: api-gateway")
    assert set(room.channel.members) == members | {"U0BEN", "U0EVE"}
    room.type("edit service: checkout")
    assert set(room.channel.members) == members | {"U0BEN", "U0EVE"}
    assert room.bot.sql("select count(*) from deliveries where kind = 'invite'") == ["2"]


def test_an_owner_who_cannot_be_invited_is_said_with_the_setting(
    database_url: str, redis_url: str
) -> None:
    owners = '{"payments":["U0GONE"]}'
    with running_bot(database_url, redis_url, SERVICE_OWNERS=owners) as bot:
        room = declared(bot)
        room.type("edit service: payments")
        assert "could not be invited to the channel" in room.posts[-1]
        assert "See the setting SERVICE_OWNERS." in room.posts[-1]


def test_a_resolved_incident_pulls_nobody_in(room: IncidentChannel) -> None:
    room.type("resolved")
    members = set(room.channel.members)
    room.type("edit service: api-gateway")
    assert set(room.channel.members) == members


def test_hostile_words_stay_words(room: IncidentChannel) -> None:
    hostile = "<!channel> <@U0BEN> a & b"
    assert correct(room, title=hostile, description=hostile) == {}
    line = room.channel.messages[-1]
    assert live(line) <= {"<@U0ADA>", f"<#{room.channel.id}>"}
    room.type("edit title: Checkout is slow again")
    assert live(room.whisper("timeline")) <= {"<@U0ADA>"}
    assert room.bot.slack.violations == []


def test_a_title_like_a_state_asks_nobody_whether_they_mean_it(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url, CONFIRM_FLOODS="on") as bot:
        room = declared(bot)
        for title in ("resolved", "It is slow", "resolved"):
            room.type(f"edit title: {title}")
        assert "resolved after" in room.type("resolved")


@pytest.fixture
def page(database_url: str, redis_url: str) -> Iterator[IncidentChannel]:
    """Ada's P1 on checkout, which has a component of its own, as payments has."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
            statuspage.map_service(tx, "payments", "comp-payments", "Payments")
        yield declared(bot, "P1 checkout it is down")


def test_the_components_of_both_services_follow(page: IncidentChannel) -> None:
    board = page.bot.slack.statuspage
    assert board.statuses["comp-checkout"] == "major_outage"
    page.type("edit service: payments")
    assert board.statuses["comp-checkout"] == "operational"
    assert board.statuses["comp-payments"] == "major_outage"
    page.type("resolved")
    assert board.statuses["comp-payments"] == "operational"


def test_what_customers_read_is_theirs_and_the_editor_is_told_so(page: IncidentChannel) -> None:
    board = page.bot.slack.statuspage
    page.type("publish")
    page.submit({"title": "Errors at checkout", "message": "Some payments fail."})
    page.submit({})
    page.type("edit")
    page.submit({"title": "The cache is full", "service": "payments"})
    (incident,) = board.incidents
    assert (incident.name, incident.component_ids) == ("Errors at checkout", ["comp-checkout"])
    view = page.bot.slack.view("U0ADA")
    assert view
    assert "INC-1 is corrected. What customers read of it stays as it is" in str(view.blocks)
    assert "|Errors at checkout>" in str(view.blocks)
