"""The reference that a person reads, or a message, leads an operator to the whole story."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from incident_bot import cli
from tests.bot import Bot, running_bot
from tests.cli.operator_shell import settings_of
from tests.incident_channel import declared
from tests.journeys.programs import Programs
from tests.processes import wait_until

LINE = "/incident declare P1 api-gateway Checkout returns 500"
Trace = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Trace:
    """`incident-bot …`; answers the exit code and what was printed."""

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(words)
        return code, "".join(capsys.readouterr())

    return run


@pytest.fixture
def trace(
    bot: Bot, database_url: str, redis_url: str, run: Trace, monkeypatch: pytest.MonkeyPatch
) -> Trace:
    for name, value in settings_of(bot, database_url, redis_url).items():
        monkeypatch.setenv(name, value)
    return lambda *words: run("trace", *words)


def reference(answer: Any) -> str:
    """Return the reference that stands in what a person reads."""
    found = re.search(r"[Rr]eference ([0-9a-f]{12})", json.dumps(answer))
    assert found, answer
    return found[1]


def request_of(bot: Bot, where: str = "kind = 'card'") -> str:
    return bot.sql(f"select request_id from deliveries where {where} order by id desc limit 1")[0]


def test_a_declare_is_told_from_its_answer_to_each_message(bot: Bot, trace: Trace) -> None:
    declared(bot, "P1 api-gateway Checkout returns 500")
    code, told = trace(request_of(bot))
    assert code == 0
    assert re.search(r"^Request [0-9a-f]{12}, as a command, 20.* UTC$", told, re.M)
    assert "  ada (U0ADA) in C0GENERAL: INC-1 declare" in told
    assert (
        "Checkout returns 500 is declared"
        in told.partition("Answered:")[2].partition("Deliveries")[0]
    )
    count = len(bot.sql("select id from deliveries"))
    assert f"Deliveries: {count} sent\n" in told
    assert re.search(r"INC-1  announcement → C0P1: sent 20.* UTC \(1 attempt\)\n", told)
    (message,) = bot.slack.channel("C0P1").messages
    assert f"      C0P1 {message.ts}\n" in told


def test_the_reference_of_a_refusal_leads_to_it(bot: Bot, trace: Trace) -> None:
    room = declared(bot)
    answer = bot.slack.command("U0BEN", room.channel.id, "/incident resolved")
    code, told = trace(f"Reference {reference(answer.json)}.")
    assert (code, "ben (U0BEN)" in told) == (0, True)
    assert "INC-1 resolved was refused (NotAllowed)" in told
    assert answer.text.partition("\n")[0][:30] in told
    assert "Deliveries: no deliveries" in told


def test_the_reference_of_a_refused_press_stands_in_what_only_that_person_sees(
    bot: Bot, trace: Trace
) -> None:
    room = declared(bot)
    room.press("resolved", "U0BEN")
    (seen,) = bot.slack.ephemerals("U0BEN")
    told = trace(reference(seen.blocks))[1]
    assert ", by a button, " in told
    assert "  Answered:\n    " in told
    assert "-  reply → reply:button:" in told


def test_the_reference_of_a_refused_form_stands_beside_its_input(bot: Bot, trace: Trace) -> None:
    room = declared(bot)
    room.press("resolved")
    room.type("resolved")
    (sentence,) = room.submit({"message": "rolled back"}).values()
    code, told = trace(reference(sentence))
    assert (code, "INC-1 resolved was refused (Conflict)" in told) == (0, True)
    assert "Its answer is not kept" in told


def test_what_is_wrong_with_an_input_has_no_reference_beside_it(bot: Bot) -> None:
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    errors = bot.slack.submit("U0ADA", {"title": " ", "service": "checkout"}).errors
    assert "eference" not in errors["title"]


def test_the_reference_of_a_bug_leads_to_who_met_it(bot: Bot, trace: Trace) -> None:
    with bot.database.transaction() as tx:
        tx.run("alter table templates rename to gone")
    answer = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Checkout is slow")
    code, told = trace(reference(answer.text))
    assert code == 0
    assert "ada (U0ADA) in C0GENERAL: declare broke (bug UndefinedTable)" in told


def test_a_dead_delivery_says_why_and_what_to_type(bot: Bot, trace: Trace, run: Trace) -> None:
    bot.slack.channel("C0P1").archived = True
    declared(bot, "P1 api-gateway Checkout returns 500")
    code, told = trace(request_of(bot))
    dead = bot.sql("select id from deliveries where state = 'dead'")[0]
    lines = told.partition("Deliveries: ")[2].splitlines()
    assert code == 0
    assert re.fullmatch(r"\d+ sent, 1 dead", lines[0])
    assert lines[1].startswith(f"  {dead}  INC-1  announcement → C0P1: given up 20")
    assert "the channel is archived: unarchive it" in lines[1]
    assert lines[1].endswith(f"incident-bot outbox retry {dead}")

    assert run("outbox", "drop", dead)[0] == 0
    told = trace(dead)[1]
    assert "not sent, dropped by hand" in told
    assert re.search(r"outbox drop 20.* UTC by whoever runs the bot \(command line\)", told)
    by_hand = bot.sql("select request_id from audit where actor_user_id = 'command line'")[0]
    assert ", on the command line, " in trace(by_hand)[1]


def test_one_that_waits_for_a_hold_says_until_when(bot: Bot, trace: Trace) -> None:
    bot.slack.faults.add("rate_limited", "chat.postMessage", "C0P1", retry_after=90)
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    told = trace(request_of(bot))[1]
    assert re.search(
        r"announcement → C0P1: waits: put off until 20.* \(1 attempt\); last: rate", told
    )
    assert re.search(r"Held back, as the vendor asked: chat.postMessage:C0P1, for \d+ s", told)


def test_what_stands_behind_another_and_what_has_no_worker_is_said(bot: Bot, trace: Trace) -> None:
    bot.slack.faults.add("rate_limited", "chat.postMessage", "C0P1", retry_after=90)
    room = declared(bot, "P1 api-gateway Checkout returns 500")
    first = bot.sql("select id from deliveries where state = 'pending'")[0]
    bot.slack.command("U0ADA", room.channel.id, "/incident severity P2")
    told = trace(request_of(bot, "kind = 'thread_reply'"))[1]
    assert f"thread_reply → C0P1: waits: for delivery {first}, which goes to the same" in told

    bot.dispatcher.stop()
    bot.slack.command("U0ADA", room.channel.id, "/incident note Looking at it")
    bot.slack.command("U0BEN", "C0GENERAL", "/incident declare P3 checkout Slow")
    bot.sql("update checkpoints set at = at - interval '1 minute' returning 1")
    told = trace(request_of(bot, "incident_id = 2"))[1]
    assert "waits: no worker of the queue notifications has run since 20" in told
    assert "waits: for the incident's channel" in told


def test_a_message_in_slack_leads_to_its_delivery(bot: Bot, trace: Trace) -> None:
    room = declared(bot, "P1 api-gateway Checkout returns 500")
    (message,) = bot.slack.channel("C0P1").messages
    link = f"https://x.slack.com/archives/C0P1/p{message.ts.replace('.', '')}"
    for typed in ([link], [f"<{link}?thread_ts=1.2&cid=C0P1>"], ["C0P1", message.ts]):
        code, told = trace(*typed)
        assert (code, "announcement → C0P1: sent" in told) == (0, True)
        assert "INC-1 declare" in told
    code, told = trace(room.channel.id, "1700000000.000001")
    assert (code, "it is not the bot's" in told) == (1, True)


def test_an_incident_lists_what_was_asked_the_newest_first(bot: Bot, trace: Trace) -> None:
    room = declared(bot)
    room.type("severity P2")
    room.type("resolved", "U0BEN")
    lines = trace("inc-1")[1].splitlines()[1:]
    whats = [line.partition(": ")[2].partition(";")[0] for line in lines]
    assert whats == [
        "resolved was refused (NotAllowed)",
        "severity (raised P3 P2)",
        "declare",
    ]
    assert re.search(r"; \d+ sent$", lines[1])
    found = json.loads(trace("INC-1", "--json")[1])
    assert [each["request_id"] for each in found["requests"]] == [line.split()[3] for line in lines]


def test_what_was_typed_on_the_command_line_is_traced_as_that(
    bot: Bot, trace: Trace, run: Trace
) -> None:
    """Each id that is shown is one to trace, and says where it was typed."""
    line = "declare P1 api-gateway Checkout returns 500 --as @ada"
    assert run(*line.split())[0] == 0
    assert run("update", "INC-1", "the cache is full", "--as", "@ada", "--once", "one")[0] == 0
    assert run("resolve", "INC-1", "it is over", "--as", "@ben")[0] == 1
    bot.settle()
    shown = re.findall(r"^\S+ \S+ UTC  (\S+)  ", trace("INC-1")[1], re.M)
    assert len(shown) == 3
    for answered, each in zip([None, "the cache", "is declared"], shown, strict=True):
        code, told = trace(each)
        assert code == 0
        assert f"Request {each}, on the command line, 20" in told
        assert "by a form" not in told
        assert "Answered with" not in told
        assert answered is None or "Answered:\n" in told
    assert "resolved was refused (NotAllowed; on the command line by" in trace(shown[0])[1]
    assert "INC-1 Checkout returns 500" in trace(shown[2])[1].replace("*", "")
    traced = bot.sql("select distinct request_id from deliveries")
    assert all(trace(each)[0] == 0 for each in traced)


def test_words_of_slack_are_not_taken_for_the_command_line(
    database_url: str, redis_url: str, run: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not two days later, when nothing but the audit trail says which way it came."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        for name, value in settings_of(bot, database_url, redis_url).items():
            monkeypatch.setenv(name, value)
        room = declared(bot, "P1 checkout Payments fail")
        room.type("publish")
        words = "Errors; on the command line by root on db1"
        assert room.submit({"title": words, "message": "Some fail."}) == {}
        room.submit({})
        published = bot.sql("select request_id from audit where action = 'publish'")[0]
        assert bot.sql("delete from inbox returning 1")
        told = run("trace", published)[1]
    assert f"Request {published}, from Slack, " in told
    assert f"INC-1 publish ({words}; typed in Slack)" in told
    assert "Its answer is not kept" in told


def test_a_request_with_a_thousand_deliveries_shows_what_is_in_trouble(
    bot: Bot, trace: Trace
) -> None:
    declared(bot)
    bot.sql(
        "insert into deliveries (incident_id, queue, kind, destination, urgency, request_id, state,"
        " run_at, created_at, give_up_at, settled_at, reason, detail)"
        " select 1, 'notifications', 'direct_message', 'U' || n, 0, 'aaaabbbbcccc',"
        " case n when 900 then 'dead' else 'sent' end, now(), now(), now(), now(), null, null"
        " from generate_series(1, 1000) n returning 1"
    )
    told = trace("aaaabbbbcccc")[1]
    lines = told.splitlines()
    assert "Deliveries: 999 sent, 1 dead" in lines
    assert "→ U900: given up" in lines[lines.index("Deliveries: 999 sent, 1 dead") + 1]
    assert lines[-1] == "  … and 950 more; --limit 1000 shows all."
    assert (
        len(json.loads(trace("aaaabbbbcccc", "--limit", "1000", "--json")[1])["deliveries"]) == 1000
    )


def test_what_is_in_no_table_is_said_to_be_in_the_log(bot: Bot, trace: Trace) -> None:
    code, told = trace("000011112222")
    assert (code, "look for request_id 000011112222 in the log" in told) == (1, True)
    assert trace("99999") == (
        1,
        "There is no delivery 99999; `incident-bot outbox list` shows them.\n",
    )
    assert trace("INC-9") == (1, "There is no incident INC-9.\n")
    code, told = trace("yesterday")
    assert (code, "neither a reference" in told) == (1, True)


def test_a_request_whose_worker_was_killed_tells_so_until_another_has_sent_it(
    processes: Programs, run: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in processes.settings.items():
        monkeypatch.setenv(name, value)
    processes.web()
    worker = processes.worker()
    processes.slack.faults.add("hang", "chat.postMessage", "C0P1", times=1)
    processes.declare()
    waits = "select id from deliveries where lease_until is not null and destination = 'C0P1'"
    assert wait_until(lambda: processes.sql(waits))
    (held,) = processes.sql(waits)
    worker.kill()
    code, told = run("trace", held)
    assert code == 0
    assert "waits: a worker is at it, until 20" in told

    processes.sql(
        "update deliveries set lease_until = now() where lease_until is not null returning 1"
    )
    told = run("trace", held)[1]
    assert "waits: the worker that had it ended; another looks whether it arrived" in told

    processes.worker()
    assert wait_until(processes.is_settled)
    told = run("trace", held)[1]
    assert re.search(r"sent 20.* UTC \([2-9] attempts", told)
    assert len(processes.slack.channel("C0P1").messages) == 1
