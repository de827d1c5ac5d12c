"""Components on the status page are kept current, and incidents can be made public."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incident_bot.jobs.periodic_tasks import detect_drift
from incident_bot.store import statuspage
from tests.bot import Bot, running_bot


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on two components, one of them shared with the API gateway."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
            statuspage.map_service(tx, "checkout", "comp-api", "API")
            statuspage.map_service(tx, "api-gateway", "comp-api", "API")
        yield bot


def declare(bot: Bot, line: str) -> str:
    """Declare as Ada; returns the incident's channel."""
    bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare {line}")
    bot.settle()
    number = int(bot.sql("select max(id) from incidents")[0])
    channel_id = bot.incident(number).channel_id
    assert channel_id is not None
    return channel_id


def say(bot: Bot, channel_id: str, line: str, user: str = "U0ADA") -> str:
    answer = bot.slack.command(user, channel_id, f"/incident {line}")
    bot.settle()
    return str(answer.json.get("text"))


def posts_with(bot: Bot, channel_id: str, what: str) -> list[str]:
    return [m.text for m in bot.slack.channel(channel_id).messages if what in m.text]


def shown(bot: Bot) -> tuple[str, str]:
    statuses = bot.slack.statuspage.statuses
    return statuses["comp-checkout"], statuses["comp-api"]


def test_a_component_follows_its_incident(bot: Bot) -> None:
    channel_id = declare(bot, "P1 checkout Payments fail")
    assert shown(bot) == ("major_outage", "major_outage")
    say(bot, channel_id, "status identified: the cache")
    assert shown(bot) == ("partial_outage", "partial_outage")
    say(bot, channel_id, "severity P3")
    assert shown(bot) == ("degraded_performance", "degraded_performance")
    say(bot, channel_id, "resolved")
    assert shown(bot) == ("operational", "operational")
    say(bot, channel_id, "reopen again")
    assert shown(bot) == ("degraded_performance", "degraded_performance")


@pytest.mark.parametrize(
    ("first", "then_shown"), [("api-gateway", "major_outage"), ("checkout", "partial_outage")]
)
def test_a_shared_component_shows_the_worst_until_the_last_is_over(
    bot: Bot, first: str, then_shown: str
) -> None:
    channels = {
        "checkout": declare(bot, "P1 checkout Payments fail"),
        "api-gateway": declare(bot, "P2 api-gateway Slow"),
    }
    assert shown(bot)[1] == "major_outage"
    say(bot, channels.pop(first), "resolved")
    assert shown(bot)[1] == then_shown
    (last,) = channels.values()
    say(bot, last, "resolved")
    assert shown(bot) == ("operational", "operational")


def test_a_component_set_by_hand_is_not_fought_over(bot: Bot) -> None:
    channel_id = declare(bot, "P2 api-gateway Slow")
    bot.slack.statuspage.set_by_hand("comp-api", "under_maintenance")
    say(bot, channel_id, "severity P1")
    assert shown(bot)[1] == "under_maintenance"
    (question,) = posts_with(bot, channel_id, "by hand")
    assert "*under maintenance*" in question
    say(bot, channel_id, "severity P2")
    assert len(posts_with(bot, channel_id, "by hand")) == 1, "asked once"
    message = next(m for m in bot.slack.channel(channel_id).messages if "by hand" in m.text)

    bot.slack.click("U0BEN", channel_id, message.ts, "statuspage:back:comp-api")
    bot.settle()
    assert shown(bot)[1] == "under_maintenance"
    assert "Only the commander" in bot.slack.ephemerals("U0BEN")[-1].text
    bot.slack.click("U0ADA", channel_id, message.ts, "statuspage:back:comp-api")
    bot.settle()
    assert shown(bot)[1] == "partial_outage"
    bot.slack.click("U0ADA", channel_id, message.ts, "statuspage:leave:comp-api")
    bot.settle()
    assert "has already answered" in bot.slack.ephemerals("U0ADA")[-1].text


def test_what_is_left_stays_until_something_else_is_wanted(bot: Bot) -> None:
    channel_id = declare(bot, "P2 api-gateway Slow")
    bot.slack.statuspage.set_by_hand("comp-api", "operational")
    say(bot, channel_id, "severity P1")
    message = next(m for m in bot.slack.channel(channel_id).messages if "by hand" in m.text)
    bot.slack.click("U0ADA", channel_id, message.ts, "statuspage:leave:comp-api")
    bot.settle()
    detect_drift(bot.database)
    bot.settle()
    assert shown(bot)[1] == "operational"
    say(bot, channel_id, "severity P3")
    assert shown(bot)[1] == "degraded_performance"
    say(bot, channel_id, "severity P1")
    assert shown(bot)[1] == "major_outage", "it was left alone once, and not for ever"


@pytest.mark.parametrize("choice", ["back", "leave"])
def test_who_settles_a_change_by_hand_is_kept_on_record(bot: Bot, choice: str) -> None:
    channel_id = declare(bot, "P2 api-gateway Slow")
    bot.slack.statuspage.set_by_hand("comp-api", "operational")
    say(bot, channel_id, "severity P1")
    message = next(m for m in bot.slack.channel(channel_id).messages if "by hand" in m.text)
    bot.slack.click("U0ADA", channel_id, message.ts, f"statuspage:{choice}:comp-api")
    settled = "select detail from audit where allowed and actor_user_id = 'U0ADA' and action = "
    assert bot.sql(f"{settled}'put back or leave a component'") == [f"{choice} comp-api"]


@pytest.mark.parametrize("lasts", [False, True])
def test_failure_and_recovery_are_a_line_each_and_a_slip_is_none(bot: Bot, lasts: bool) -> None:
    bot.slack.faults.add("status", "statuspage.get_component", status=503, times=2)
    if lasts:
        with bot.database.transaction() as tx:
            long_ago = tx.now - timedelta(seconds=61)
            tx.run("update components set failing_since = %s", long_ago)
    channel_id = declare(bot, "P1 api-gateway Down")
    assert shown(bot)[1] == "major_outage"
    assert len(posts_with(bot, channel_id, "Updating *API* on Statuspage failed")) == lasts
    assert len(posts_with(bot, channel_id, "back in sync: *API*")) == lasts


def test_what_the_page_refuses_for_good_is_said_at_once(bot: Bot) -> None:
    bot.slack.faults.add("error", "statuspage.patch_component", code="is not allowed")
    channel_id = declare(bot, "P1 api-gateway Down")
    assert len(posts_with(bot, channel_id, "Updating *API* on Statuspage failed")) == 1


def test_a_refused_key_stops_the_page_and_nothing_else(bot: Bot) -> None:
    bot.slack.statuspage.revoked = True
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Down")
    bot.dispatcher.wake()
    bot.statuspage_dispatcher.wake()
    bot.slack.wait_for(lambda: bot.slack.dm("U0DAN") and bot.slack.channel("C0P1").messages)
    bot.slack.wait_for(
        lambda: bot.sql("select count(*) from rate_limit_holds where key = 'statuspage'") == ["1"]
    )
    requests = [call for call in bot.slack.calls if call.method.startswith("statuspage.")]
    bot.statuspage_dispatcher.wake()
    assert len(requests) == 1
    assert "HTTP 401" in str(bot.sql("select detail from deliveries where queue = 'statuspage'"))


def test_a_reset_after_acceptance_publishes_once(bot: Bot) -> None:
    channel_id = declare(bot, "P1 checkout Payments fail")
    bot.slack.faults.add("accept_then_reset", "statuspage.create_incident")
    publish(bot, channel_id, notify="no")
    (incident,) = bot.slack.statuspage.incidents
    assert incident.name == "Errors at checkout"
    assert bot.slack.statuspage.emails == 0


def publish(bot: Bot, channel_id: str, *, notify: str) -> None:
    """Press the offer's button as Ada, fill the form, look at the preview, publish."""
    offer = next(m for m in bot.slack.channel(channel_id).messages if "customers" in m.text)
    bot.slack.click("U0ADA", channel_id, offer.ts, "publish")
    answer = bot.slack.submit(
        "U0ADA",
        {"title": "Errors at checkout", "message": "Some payments fail.", "notify": notify},
    )
    assert answer.errors == {}
    assert answer.view is not None
    assert "Some payments fail." in str(answer.view.blocks)
    assert bot.slack.statuspage.incidents == []
    bot.slack.submit("U0ADA")
    bot.settle()


def test_a_public_incident_is_updated_and_closed(bot: Bot) -> None:
    channel_id = declare(bot, "P1 checkout Payments fail")
    publish(bot, channel_id, notify="yes")
    (incident,) = bot.slack.statuspage.incidents
    assert (incident.status, bot.slack.statuspage.emails) == ("investigating", 1)

    card = bot.slack.channel(channel_id).messages[0]
    bot.slack.click("U0ADA", channel_id, card.ts, "update")
    bot.slack.submit(
        "U0ADA",
        {"message": "It is the cache.", "status": "identified", "publish": ["yes"]},
    )
    bot.settle()
    assert [update.body for update in incident.updates][-1] == "It is the cache."
    assert incident.status == "identified"
    say(bot, channel_id, "status internal words")
    assert "internal words" not in str(incident.updates)

    say(bot, channel_id, "resolved restarted the secret thing")
    assert incident.status == "resolved"
    assert "secret" not in str(incident.updates)
    assert shown(bot) == ("operational", "operational")
    say(bot, channel_id, "reopen it is back")
    assert incident.status == "investigating"
    kinds = bot.sql("select kind from timeline order by id")
    assert kinds.count("published") == 1
    assert kinds.count("public_update") == 3
    assert "publish" in bot.sql("select action from audit")
    assert "public already" in say(bot, channel_id, "publish")


def test_who_told_customers_what_is_kept_on_record(bot: Bot) -> None:
    channel_id = declare(bot, "P1 checkout Payments fail")
    publish(bot, channel_id, notify="no")
    say(bot, channel_id, "commander @ben")
    card = bot.slack.channel(channel_id).messages[0]
    bot.slack.click("U0BEN", channel_id, card.ts, "update")
    values = {"message": "It is the cache.", "status": "identified", "publish": ["yes"]}
    bot.slack.submit("U0BEN", values)
    say(bot, channel_id, "resolved", user="U0BEN")
    query = "select actor_user_id || ' ' || detail from audit where incident_id = 1 and action = "
    assert bot.sql(f"{query}'publish update' order by id") == [
        "U0BEN identified",
        "U0BEN resolved",
    ]


def test_publishing_is_the_commanders(bot: Bot) -> None:
    channel_id = declare(bot, "P1 checkout Payments fail")
    assert "Only the commander" in say(bot, channel_id, "publish", user="U0BEN")


def test_a_minor_incident_is_not_offered(bot: Bot) -> None:
    channel_id = declare(bot, "P3 checkout Slow")
    assert posts_with(bot, channel_id, "customers") == []
    say(bot, channel_id, "severity P1")
    assert len(posts_with(bot, channel_id, "customers")) == 1


def test_a_change_by_hand_is_noticed_though_nothing_happens(bot: Bot) -> None:
    channel_id = declare(bot, "P2 api-gateway Slow")
    bot.slack.statuspage.set_by_hand("comp-api", "operational")
    detect_drift(bot.database)
    bot.settle()
    assert len(posts_with(bot, channel_id, "by hand")) == 1
    assert shown(bot)[1] == "operational"
