"""Somebody declares an incident: what does everybody see?"""

import re

import pytest

from incident_bot.domain.incidents import Severity
from slack_sandbox import payloads
from slack_sandbox.app_link import AppRequest
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import buttons, everything_posted
from tests.journeys.declaring import CHANNEL_NAME, LINE, channel_of, declare, type_line

_ONE_LINE_HELP = "/incident declare P1 api-gateway Checkout returns 500"


def test_one_line_makes_the_channel_and_tells_everybody(bot: Bot) -> None:
    assert "*INC-1* Checkout returns 500 is declared" in declare(bot)

    incident = bot.incident()
    assert incident.severity is Severity.P1
    assert incident.channel_name == CHANNEL_NAME
    channel = channel_of(bot)
    assert set(channel.members) == {"U0BOT", "U0ADA", "U0BEN", "U0EVE"}
    card = channel.messages[0]
    assert channel.pins == [card.ts]
    assert "INC-1 · Checkout returns 500" in str(card.blocks)
    assert channel.topic.startswith("🔴 P1 · Checkout returns 500 · commander <@U0ADA>")
    (announcement,) = bot.slack.channel("C0P1").messages
    assert f"<#{incident.channel_id}>" in announcement.text
    (to_dan,) = bot.slack.dm("U0DAN")
    assert f"<#{incident.channel_id}>" in to_dan.text
    (to_ada,) = bot.slack.dm("U0ADA")
    assert f"<#{incident.channel_id}>" in to_ada.text
    assert bot.slack.violations == []


def test_the_setting_names_the_channel(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, CHANNEL_NAME="{service}_{number}") as bot:
        declare(bot)
        assert bot.slack.channel(str(bot.incident().channel_id)).name == "api-gateway_1"


def test_the_answer_turns_into_the_link_to_the_channel(bot: Bot) -> None:
    declare(bot, "P3 checkout Slow")
    (answer,) = bot.slack.ephemerals("U0ADA")
    where = f"Everything happens in <#{bot.incident().channel_id}>."
    assert answer.text.endswith(f"*INC-1* Slow is declared. {where}")
    declare(bot, "P4 checkout Slow too", "U0BEN")
    (second,) = bot.slack.ephemerals("U0BEN")
    assert f"<#{bot.incident(2).channel_id}>" in second.text
    assert "Also open on this service:" in second.text, "what else it said is still there"
    assert second.text.endswith(f"*INC-1* Slow <#{bot.incident(1).channel_id}>")
    assert bot.slack.violations == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "https://hooks.slack.com.evil.example/x"])
def test_the_answer_goes_to_slack_and_nowhere_else(bot: Bot, url: str) -> None:
    space = bot.slack.workspace
    channel, trigger = bot.slack.channel("C0GENERAL"), space.new_trigger("U0ADA").id
    fields = payloads.command(
        space.user("U0ADA"), channel, "/incident", f"declare {LINE}", url, trigger
    )
    assert "is declared" in bot.slack.app.post_form("/slack/commands", fields).text
    bot.settle()
    assert "declare_answer" not in bot.sql("select kind from deliveries")


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_confirmation_of_the_form_does_too_unless_it_was_closed(
    bot: Bot, is_closed: bool
) -> None:
    bot.slack.faults.add("latency", "conversations.create", ms=300)
    type_line(bot, "declare Something is slow")
    assert bot.slack.submit("U0ADA", {"service": "payments"}).view
    if is_closed:
        bot.slack.close("U0ADA", all_views=True)
    bot.settle()
    form = bot.slack.view("U0ADA")
    assert (form is None) == is_closed
    if form:
        assert f"<#{bot.incident().channel_id}>" in str(form.blocks)
    assert bot.sql("select kind from deliveries where state = 'dead'") == []


def test_without_a_channel_the_answer_has_the_buttons_to_run_it(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    declare(bot)
    bot.settle()
    assert bot.slack.wait_for(lambda: "There is no channel" in answer_to(bot).text, 10)
    assert list(buttons(answer_to(bot))) == ["Update", "Resolve", "False alarm"]
    assert bot.slack.click("U0ADA", "C0GENERAL", answer_to(bot).ts, "resolved").error is None
    assert bot.slack.submit("U0ADA", {"message": "rolled back"}).errors == {}
    assert not bot.incident().is_open


def answer_to(bot: Bot) -> Message:
    """Return what Ada was answered first."""
    return bot.slack.ephemerals("U0ADA")[0]


# The form


def test_the_form_declares_and_turns_into_a_confirmation(bot: Bot) -> None:
    opened = type_line(bot, "declare Checkout returns 500")
    assert (opened.body, opened.error) == (b"", None)
    assert opened.view
    assert opened.view.title == "Declare an incident"

    wanted = {"severity": "P1", "service": "checkout", "commander": "U0BEN", "description": "EU"}
    submitted = bot.slack.submit("U0ADA", wanted)
    assert submitted.errors == {}
    assert submitted.view
    assert "*INC-1* Checkout returns 500 is declared" in str(submitted.view.blocks)
    bot.settle()

    incident = bot.incident()
    assert (incident.title, incident.severity) == ("Checkout returns 500", Severity.P1)
    assert (incident.commander_user_id, incident.description) == ("U0BEN", "EU")
    assert {"U0ADA", "U0BEN"} <= set(channel_of(bot).members)
    (to_ada,) = bot.slack.dm("U0ADA")
    assert f"<#{incident.channel_id}>" in to_ada.text
    assert bot.slack.violations == []


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("", "Say in a few words"),
        (" \n ", "Say in a few words"),
        ("\u200b\u3164", "Say in a few words"),
        ("x" * 101, "101 characters"),
    ],
)
def test_a_wrong_title_is_explained_beside_its_field(bot: Bot, title: str, says: str) -> None:
    type_line(bot, "declare")
    answer = bot.slack.submit("U0ADA", {"title": title, "service": "checkout"}, force=True)
    assert list(answer.errors) == ["title"]
    assert says in answer.errors["title"]
    assert answer.view
    assert answer.view.title == "Declare an incident"
    assert bot.sql("select id from incidents") == []

    corrected = bot.slack.submit("U0ADA", {"title": "Checkout returns 500"})
    assert corrected.errors == {}
    assert bot.incident().title == "Checkout returns 500"


def test_a_service_that_went_away_is_explained_beside_its_field(bot: Bot) -> None:
    type_line(bot, "declare")
    bot.slack.submit("U0ADA", {"title": "", "service": "checkout"}, force=True)
    sent = bot.slack.last_request
    assert sent
    gone = AppRequest(sent.path, sent.body.replace(b"checkout", b"nowhere"), sent.headers)
    whole = AppRequest(
        gone.path, gone.body.replace(b"%22value%22%3A+null", b"%22value%22%3A+%22Broken%22"), {}
    )
    answer = bot.slack.resend(whole).json
    assert answer["response_action"] == "errors"
    assert "There is no service “nowhere”" in answer["errors"]["service"]
    assert "api-gateway, checkout, payments" in answer["errors"]["service"]


def test_the_form_shows_what_is_open_already(bot: Bot) -> None:
    declare(bot)
    view = type_line(bot, "declare").view
    assert view
    assert "*INC-1* Checkout returns 500" in str(view.blocks)
    assert f"<#{bot.incident().channel_id}>" in str(view.blocks)


@pytest.mark.parametrize("delay_ms", [0, 2900])
def test_a_form_that_cannot_be_opened_is_replaced_by_the_line_to_type(
    bot: Bot, delay_ms: int
) -> None:
    if delay_ms:
        bot.slack.faults.add("latency", "views.open", ms=delay_ms)
    else:
        bot.slack.workspace.new_trigger("U0ADA", "expired").made_at -= 4
    answer = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare", "expired")
    assert answer.error is None, "answered within Slack's three seconds"
    assert _ONE_LINE_HELP in answer.text
    assert answer.json["response_type"] == "ephemeral"


# Again, and beside others


def test_a_second_incident_on_the_service_is_pointed_out(bot: Bot) -> None:
    declare(bot)
    answer = declare(bot, "P2 api-gateway Latency is up", "U0BEN")
    assert "*INC-2* Latency is up is declared" in answer
    assert "Also open on this service" in answer
    assert f"*INC-1* Checkout returns 500 <#{bot.incident().channel_id}>" in answer
    assert bot.incident(2).channel_name == "inc-2-latency-is-up"


def test_the_worst_on_the_service_are_pointed_out_and_the_others_counted(bot: Bot) -> None:
    bot.dispatcher.stop()
    for number, severity in enumerate(("P2", "P4", "P3", "P1", "P4", "P4", "P3"), start=1):
        type_line(bot, f"declare {severity} checkout Slow {number}")
    answer = type_line(bot, "declare P4 checkout Odd", "U0BEN").text
    shown = re.findall(r"\*INC-(\d)\*", answer)
    assert shown == ["8", "4", "1", "7", "3", "6"]
    assert answer.count("Also open on this service:") == 1
    assert answer.endswith("…and 2 more: `/incident list`")
    type_line(bot, "declare", "U0BEN")
    form = bot.slack.view("U0BEN")
    assert form
    assert "…and 3 more: `/incident list`" in str(form.content)


def test_the_same_line_again_is_known_however_many_worse_ones_are_open(bot: Bot) -> None:
    bot.dispatcher.stop()
    for number in range(6):
        type_line(bot, f"declare P1 checkout All down {number}", "U0BEN")
    type_line(bot, "declare P4 checkout Odd")
    assert "*INC-7* Odd is declared already" in type_line(bot, "declare P4 checkout Odd").text


def test_what_is_over_is_not_pointed_out(bot: Bot) -> None:
    declare(bot)
    bot.slack.command("U0ADA", str(bot.incident().channel_id), "/incident resolved")
    answer = declare(bot, "P2 api-gateway Latency is up", "U0BEN")
    assert "Also open on this service" not in answer


def test_the_same_line_twice_gives_one_incident_and_a_pointer(bot: Bot) -> None:
    declare(bot)
    answer = declare(bot)
    assert "*INC-1* Checkout returns 500 is declared already" in answer
    assert f"<#{bot.incident().channel_id}>" in answer
    assert bot.sql("select id from incidents") == ["1"]
    assert len(bot.slack.channel("C0P1").messages) == 1


def test_the_same_line_a_while_later_is_another_incident(bot: Bot) -> None:
    declare(bot)
    bot.sql("update incidents set declared_at = declared_at - interval '11 seconds' returning 1")
    answer = declare(bot)
    assert "*INC-2* Checkout returns 500 is declared" in answer
    assert "*INC-1*" in answer
    assert len(bot.slack.channel("C0P1").messages) == 2


def test_two_people_who_see_the_same_outage_learn_of_each_other(bot: Bot) -> None:
    declare(bot)
    answer = declare(bot, user="U0BEN")
    assert "*INC-2*" in answer
    assert "*INC-1*" in answer


# The other words


@pytest.mark.parametrize("words", ["", "help", "HELP", " help "])
def test_help_says_how_to_begin(bot: Bot, words: str) -> None:
    answer = type_line(bot, words)
    for usage in ("/incident declare", "/incident list", "/incident help"):
        assert usage in answer.text
    assert answer.json["response_type"] == "ephemeral"


def test_an_unknown_word_gets_the_help(bot: Bot) -> None:
    answer = type_line(bot, "delcare <!channel> P1")
    assert "There is no `/incident delcare`" in answer.text
    assert "Did you mean `/incident declare`?" in answer.text
    assert {ping for message in everything_posted(bot) for ping in message.pings} == set()


def test_list_shows_what_is_open_worst_first(bot: Bot) -> None:
    assert "No incident is open" in type_line(bot, "list").text
    declare(bot, "P3 checkout Slow")
    declare(bot)
    text = type_line(bot, "list").text
    assert text.index("*INC-2*") < text.index("*INC-1*")
    assert f"<#{bot.incident(1).channel_id}>" in text
    assert f"<#{bot.incident(2).channel_id}>" in text


# Who is told


def test_a_p2_is_announced_and_disturbs_nobody_else(bot: Bot) -> None:
    declare(bot, "P2 api-gateway Latency is up")
    assert bot.slack.channel("C0P1").messages == []
    assert len(bot.slack.channel("C0P2").messages) == 1
    assert bot.slack.dm("U0DAN") == []
    assert len(bot.slack.dm("U0ADA")) == 1


@pytest.mark.parametrize("severity", ["P3", "P4"])
def test_a_small_incident_stays_in_its_channel(bot: Bot, severity: str) -> None:
    declare(bot, f"{severity} api-gateway Latency is up")
    assert bot.slack.channel("C0P1").messages == bot.slack.channel("C0P2").messages == []
    assert bot.slack.dm("U0DAN") == []
    assert len(channel_of(bot).messages) == 1


@pytest.mark.parametrize(
    "title",
    [
        "<!channel> @everyone @here <@U0BEN> <!subteam^S1> *x* & <http://evil|Your bank>",
        "@ben @channel #general &lt;!here&gt; <#C0GENERAL|x> <mailto:a@b|c>",
        "\u202egnorw si gnihtyreve\u202c \u2066x\u2069 עברית العربية",
        "👩\u200d👩\u200d👧 🔥 :fire: é e\u0301 \ufeff",
        "before\x00after \x1b[31m \u2028 ``` `code` >quote",
        "<" * 100,
    ],
)
def test_a_hostile_title_pings_nobody(bot: Bot, title: str) -> None:
    declare(bot, f"P1 api-gateway {title}")
    assert channel_of(bot).pins
    assert len(bot.slack.channel("C0P1").messages) == 1
    assert len(bot.slack.dm("U0DAN")) == 1
    pinged = {ping for message in everything_posted(bot) for ping in message.pings}
    assert pinged == {"U0ADA"}, "the commander, whom we name ourselves"
    assert not [message.text for message in everything_posted(bot) if "<http" in message.text]
    assert "<http" not in channel_of(bot).topic
    assert bot.slack.violations == []
    assert "\x00" not in bot.incident().title
    assert "\u202e" not in bot.incident().title


# When


def test_slack_is_not_called_before_the_answer_except_to_open_the_form(bot: Bot) -> None:
    bot.dispatcher.stop()
    type_line(bot, f"declare {LINE}")
    type_line(bot, "list")
    type_line(bot, "help")
    assert bot.slack.calls == []
    type_line(bot, "declare Something is broken")
    assert [call.method for call in bot.slack.calls] == ["views.open"]
    bot.slack.submit("U0ADA", {"service": "payments"})
    assert bot.sql("select count(*) from incidents") == ["2"]
    assert [call.method for call in bot.slack.calls] == ["views.open"]


def test_a_declare_is_delivered_without_redis(database_url: str) -> None:
    with running_bot(database_url, "redis://127.0.0.1:1/0") as bot:
        answer = type_line(bot, f"declare {LINE}")
        assert "is declared" in answer.text
        assert bot.slack.wait_for(lambda: bot.slack.dm("U0DAN"), timeout=15)
