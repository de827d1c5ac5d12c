"""/incident catchup: how it stands, and only what is new to whoever asks."""

import re
from datetime import timedelta

from incident_bot.domain.catching_up import KEPT_FOR
from incident_bot.jobs.periodic_tasks import forget_requests
from incident_bot.store import catching_up
from slack_sandbox.model import Message
from tests.commands.test_timeline import entries, fill
from tests.incident_channel import IncidentChannel, buttons, declared
from tests.reminding import make_older

_NASTY = '"<&\\' * 750


def shown(message: Message) -> str:
    """The words of a message, its dates as Slack shows them to who has no clock."""
    return re.sub(r"<!date\^\d+\^[^|]*\|[^>]*>", "AT", str(message.blocks))


def seen(room: IncidentChannel) -> list[str]:
    return room.bot.sql("select user_id from seen order by user_id")


def test_whoever_comes_new_reads_how_it_stands_and_the_last_five_entries(
    room: IncidentChannel,
) -> None:
    room.type("edit description: Orders of whole countries fail")
    room.type("status identified in 30m: the cache is full")
    fill(room, 7)
    message = room.whisper("catchup", "U0CLEO")
    text = shown(message)
    assert message.text == "Catch-up: 🟡 P3 *INC-1* Checkout is slow"
    assert "*Identified for 0 s*, open for" in text
    assert "checkout · commander <@U0ADA>" in text
    assert "Orders of whole countries fail" in text
    assert "Next update by AT." in text
    assert "The last 5 of 10 entries:" in text
    assert entries(message) == [f"entry-{number}" for number in range(3, 8)]
    assert "AT *note* by <@U0CLEO>: entry-7" in text
    assert list(buttons(message)) == ["Timeline"]


def test_whoever_comes_again_reads_only_what_is_new(room: IncidentChannel) -> None:
    fill(room, 3)
    room.whisper("catchup", "U0CLEO")
    room.type("note the cache is emptied", "U0BEN")
    message = room.whisper("catchup", "U0CLEO")
    assert "1 new since you were last here (AT):" in shown(message)
    assert "the cache is emptied" in shown(message)
    assert entries(message) == []
    again = room.whisper("catchup", "U0CLEO")
    assert "Nothing is new since you were last here (AT)." in shown(again)
    assert "*note*" not in shown(again)
    assert "So far:" in shown(room.whisper("catchup", "U0BEN")), "each has seen what they have"


def test_whoever_has_read_the_timeline_has_seen_it(room: IncidentChannel) -> None:
    fill(room, 20)
    room.whisper("timeline", "U0CLEO")
    assert "Nothing is new since" in shown(room.whisper("catchup", "U0CLEO"))
    room.type("resolved done")
    room.press("timeline", "U0BEN")
    assert seen(room) == ["U0BEN", "U0CLEO"]


def test_an_older_page_says_nothing_of_what_is_new(room: IncidentChannel) -> None:
    fill(room, 20)
    page = room.whisper("timeline", "U0CLEO")
    room.type("note the cache is emptied", "U0BEN")
    room.press(buttons(page)["Older"]["action_id"], "U0CLEO", on=page)
    assert "the cache is emptied" in shown(room.whisper("catchup", "U0CLEO"))


def test_what_the_bot_enters_is_no_news(room: IncidentChannel) -> None:
    room.whisper("catchup", "U0CLEO")
    with room.bot.database.transaction() as tx:
        tx.run(
            "insert into timeline (incident_id, at, kind, actor_user_id, text)"
            " values (1, %s, 'reminder', 'incident bot', 'overdue')",
            tx.now,
        )
    assert "Nothing is new since" in shown(room.whisper("catchup", "U0CLEO"))


def test_an_entry_of_a_kind_that_a_newer_version_made_is_shown(room: IncidentChannel) -> None:
    with room.bot.database.transaction() as tx:
        tx.run("alter table timeline drop constraint timeline_kind")
        tx.run(
            "insert into timeline (incident_id, at, kind, actor_user_id, text)"
            " values (1, %s, 'phoned', 'U0BEN', 'the carrier')",
            tx.now,
        )
    assert "the carrier" in shown(room.whisper("catchup", "U0CLEO"))


def test_an_update_that_is_overdue_is_said_to_be(room: IncidentChannel) -> None:
    assert "No next update is promised." in shown(room.whisper("catchup"))
    room.type("status identified in 30m: the cache is full")
    room.bot.database.run(lambda tx: make_older(tx, timedelta(minutes=31)))
    assert "⏰ The next update is overdue since AT." in shown(room.whisper("catchup"))


def test_of_an_incident_that_is_over_it_says_how_it_ended(room: IncidentChannel) -> None:
    room.type("resolved rolled back\nthe deploy")
    text = shown(room.whisper("catchup INC-1", "U0CLEO"))
    assert re.search(r"\*Resolved\* after \d+ s, AT by <@U0ADA>: rolled back the deploy", text)
    assert "Next update" not in text
    room.type("reopen it is back")
    room.type("cancel nothing was wrong")
    text = shown(room.whisper("catchup", "U0BEN"))
    assert re.search(r"\*False alarm\* after \d+ s, AT by <@U0ADA>: nothing was wrong", text)


def test_the_status_counts_from_the_last_time_it_became_so(room: IncidentChannel) -> None:
    room.type("status identified: the cache")
    room.type("status monitoring: emptied")
    room.type("status identified: not yet")
    with room.bot.database.transaction() as tx:
        tx.run("select set_config('incident_bot.forgetting', 'on', true)")
        tx.run("update timeline set at = at - interval '20 minutes' where text <> 'not yet'")
    assert "*Identified for 0 s*" in shown(room.whisper("catchup"))


def test_the_longest_breaks_no_limit(room: IncidentChannel) -> None:
    fill(room, 2000, _NASTY)
    with room.bot.database.transaction() as tx:
        tx.run("update incidents set title = %s, description = %s", _NASTY[:100], _NASTY)
    message = room.whisper("catchup", "U0CLEO")
    assert "The last 5 of 2001 entries:" in shown(message)
    assert entries(message) == [f"entry-{number}" for number in range(1996, 2001)]
    room.type(f"resolved {_NASTY}")
    assert "entries" in shown(room.whisper("catchup", "U0BEN"))
    assert room.bot.slack.violations == []


def test_what_was_seen_is_kept_until_a_month_after_the_end(room: IncidentChannel) -> None:
    room.whisper("catchup", "U0CLEO")
    room.type("resolved done")
    forget_requests(room.bot.database)
    assert seen(room) == ["U0CLEO"]
    late = KEPT_FOR + timedelta(minutes=1)
    with room.bot.database.transaction() as tx:
        tx.run("update incidents set declared_at = declared_at - %s::interval", late)
        tx.run("update incidents set resolved_at = resolved_at - %s::interval", late)
    forget_requests(room.bot.database)
    assert seen(room) == []


def test_a_duplicate_names_the_incident_that_goes_on(room: IncidentChannel) -> None:
    twin = declared(room.bot, "P3 checkout The same")
    twin.type("duplicate INC-1 the same outage")
    assert "*Duplicate of INC-1* after" in shown(twin.whisper("catchup", "U0CLEO"))


def test_what_an_operator_reads_in_somebodys_name_they_have_not_seen(
    room: IncidentChannel,
) -> None:
    with room.bot.database.transaction() as tx:
        tx.typed_by = "ops@bastion"
        catching_up.mark_seen(tx, room.number, "U0CLEO")
    assert seen(room) == []
