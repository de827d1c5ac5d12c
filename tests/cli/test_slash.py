"""Incidents on the command line: by a person, with a person's permissions, and each line once."""

import io
import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Final

import psycopg
import pytest

from incident_bot import cli
from incident_bot.cli._account import typed_by
from incident_bot.cli._database import opened
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.people import Person
from incident_bot.settings import Secret
from incident_bot.store import people
from incident_bot.worker import make_dispatcher
from tests.bot import Bot, running_bot
from tests.cli.operator_shell import settings_of
from tests.incident_channel import IncidentChannel
from tests.markup import shown

DECLARE = "declare --as @ada P1 checkout Checkout returns 500"

Shell = Callable[..., tuple[int, str]]


@pytest.fixture
def bot(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """A bot whose settings the shell has too; its directory knows some who may not do all."""
    with running_bot(database_url, redis_url) as bot:
        for name, value in settings_of(bot, database_url, redis_url).items():
            monkeypatch.setenv(name, value)
        with bot.database.transaction() as tx:
            people.save(
                tx,
                [
                    _person("U0LEFT", "lena", is_deactivated=True),
                    _person("U0GUEST", "gus", is_restricted=True),
                    _person("U0SAM1", "sam", full_name="Sam Adeyemi"),
                    _person("U0SAM2", "sam", full_name="Sam Brandt"),
                    _person("U0SAM3", "sam", is_deactivated=True),
                ],
            )
        yield bot


def _person(user_id: str, name: str, **more: object) -> Person:
    facts = {"is_bot": False, "is_deactivated": False, **more}
    return Person(user_id=user_id, name=name, **facts)  # type: ignore[arg-type]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Type a line, or words; returns the code and all that was printed."""

    def type_(*typed: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(typed[0].split() if len(typed) == 1 else list(typed))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return type_


@pytest.fixture
def found(capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, object]]:
    """Type a line with `--json`; returns what it prints."""

    def type_(line: str) -> dict[str, object]:
        capsys.readouterr()
        assert cli.main([*line.split(), "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    return type_


def test_what_is_declared_in_a_shell_is_told_as_if_it_were_typed_in_slack(
    bot: Bot, shell: Shell
) -> None:
    code, said = shell(DECLARE)
    assert code == 0
    assert said.startswith("P1 INC-1 Checkout returns 500 is declared.\n")
    assert "Still to be sent: its channel, an announcement, direct messages" in said
    bot.settle()
    room = IncidentChannel(bot, 1)
    assert "U0ADA" in room.channel.members
    assert "Declared by <@U0ADA> on the command line" in str(room.card.blocks)
    assert "Declared by <@U0ADA> on the command line." in str(bot.slack.dm("U0DAN")[-1].blocks)
    assert bot.slack.channel("C0P1").messages
    assert bot.slack.violations == []


def test_the_record_says_who_typed_in_whose_name_and_where(bot: Bot, shell: Shell) -> None:
    shell(DECLARE)
    shell("update", "INC-1", "the cache is full", "--as", "U0ADA", "--status", "identified")
    assert shell("resolve INC-1 --as @ben")[0] == 1
    bot.settle()
    room = IncidentChannel(bot, 1)
    assert room.audit() == ["U0ADA declare", "U0ADA update", "U0BEN resolved refused"]
    trail = bot.sql("select detail from audit order by id")
    assert [each.rpartition("on the command line by ")[2] for each in trail] == 3 * [typed_by()]
    assert room.timeline("on_command_line") == ["True", "True"]
    assert "by <@U0ADA> on the command line" in str(room.channel.messages[-1].blocks)
    assert "*Latest update* by <@U0ADA> on the command line" in str(room.card.blocks)
    assert "by <@U0ADA> on the command line: the cache is full" in shown(room.whisper("timeline"))
    room.type("status still looking")
    assert room.timeline("on_command_line")[-1] == "False"
    assert "on the command line" not in str(room.channel.messages[-1].blocks)


def test_a_line_typed_again_does_nothing_twice(
    bot: Bot, shell: Shell, found: Callable[[str], dict[str, object]]
) -> None:
    for count, line in enumerate(
        (
            DECLARE,
            "declare --as U0ADA --severity p1 --service Checkout --title Broken",
            "incident declare p1 checkout Down --as ADA",
        ),
        start=1,
    ):
        first, second = shell(line), shell(line)
        assert (first[0], second[0]) == (0, 0)
        assert "nothing is done twice" in second[1]
        assert bot.sql("select count(*) from incidents") == [str(count)]
        assert bot.sql("select count(*) from audit") == [str(count)]
        assert found(line)["is_repeat"]


def test_the_same_words_count_again_when_something_has_happened_since(
    bot: Bot, found: Callable[[str], dict[str, object]], shell: Shell
) -> None:
    shell(DECLARE)
    for severity in ("P2", "P1", "P2"):
        assert not found(f"incident severity INC-1 {severity} --as @ada")["is_repeat"]
    assert found("incident severity INC-1 P2 --as @ada")["is_repeat"]
    assert bot.incident().severity == "P2"
    assert found("incident note INC-1 restarted --as @ben")["is_repeat"] is False
    assert found("incident note INC-1 restarted --as @ben")["is_repeat"]
    assert found("incident note INC-1 restarted --as @ada")["is_repeat"] is False


def test_the_same_words_count_again_after_five_minutes_and_after_the_end(
    bot: Bot, found: Callable[[str], dict[str, object]], shell: Shell
) -> None:
    shell(DECLARE)
    shell("resolve INC-1 --as @ada")
    assert found(DECLARE)["incident"] == "INC-2"
    shell("incident note INC-2 again --as @ada")
    bot.sql(
        "update inbox set answer = answer || jsonb_build_object('at', now() - interval '5 minutes')"
        " returning key"
    )
    assert found("incident note INC-2 again --as @ada")["is_repeat"] is False
    bot.sql("update incidents set declared_at = declared_at - interval '5 minutes' returning id")
    assert found(DECLARE)["incident"] == "INC-3"


def test_a_key_is_used_once_for_one_line(
    bot: Bot, found: Callable[[str], dict[str, object]], shell: Shell
) -> None:
    assert found(f"{DECLARE} --once deploy-7")["incident"] == "INC-1"
    shell("resolve INC-1 --as @ada")
    again = found(f"{DECLARE} --once deploy-7")
    assert (again["incident"], again["is_repeat"], again["status"]) == ("INC-1", True, "resolved")
    code, said = shell("resolve INC-1 --as @ada --once deploy-7")
    assert code == 1
    assert said.startswith("--once deploy-7 was used for something else at ")
    assert "“declare P1 checkout Checkout returns 500”. Take another word." in said
    assert shell("resolve INC-1 --once deploy-8")[0] == 2


NOBODY: Final = (
    ("nobody", "The bot knows nobody called “nobody”. Type the name that Slack shows, or the"),
    ("Okafor", "Did you mean Ada Okafor (@ada, U0ADA)?"),
    ("@sam", "“sam” may be Sam Adeyemi (@sam, U0SAM1), Sam Brandt (@sam, U0SAM2). Name one by"),
    ("lena", "lena has a deactivated account: nothing is done in that name."),
    ("Incident Bot", "is an app: nothing is done in that name."),
    ("@gus", "Guests can read and add notes, and nothing else."),
    ("@", "Name somebody. Type the name that Slack shows"),
    ("U0NOBODY", "The bot knows nobody called “U0NOBODY”."),
)
"""A name, and what is said of it."""


def test_whoever_cannot_be_meant_is_refused_with_what_to_type(bot: Bot, shell: Shell) -> None:
    for who, said in NOBODY:
        code, printed = shell("declare", "P1 checkout Broken", "--as", who)
        assert said in printed, who
        assert code == 1, who
    assert bot.sql("select count(*) from incidents") == ["0"]


def test_a_full_name_means_one_of_two_with_the_same_name(bot: Bot, shell: Shell) -> None:
    assert shell("declare", "P1 checkout Broken", "--as", "sam brandt")[0] == 0
    assert bot.incident().commander_user_id == "U0SAM2"


def test_an_id_is_believed_while_no_worker_has_read_who_is_there(bot: Bot, shell: Shell) -> None:
    with bot.database.transaction() as tx:
        tx.run("delete from people")
    assert shell("declare --as ada P1 checkout Broken")[0] == 1
    assert shell("declare --as U0ADA P1 checkout Broken")[0] == 0
    assert bot.incident().declarer_user_id == "U0ADA"


def test_what_could_not_be_told_for_long_says_when_it_was_said(bot: Bot, shell: Shell) -> None:
    shell(DECLARE)
    bot.settle()
    bot.dispatcher.stop()
    shell("update", "INC-1", "the cache is full", "--as", "@ada")
    assert bot.sql(
        "update deliveries set payload = jsonb_set("
        "payload, '{update,made_at}', to_jsonb('2026-03-01T03:00:00+00:00'::text))"
        " where payload ? 'update' and state = 'pending' returning id"
    )
    bot.dispatcher = make_dispatcher(bot.settings, bot.database, Queue.NOTIFICATIONS)
    bot.dispatcher.start()
    try:
        bot.settle()
    finally:
        bot.dispatcher.stop()
    for channel in (IncidentChannel(bot, 1).channel, bot.slack.channel("C0P1")):
        news = str([each.blocks for each in channel.messages if "cache is full" in each.text])
        assert "y <@U0ADA> on the command line, <!date^1772334000^" in news, channel.name


MISTAKES: Final = (
    ("declare P1 checkout Broken", 2, "Say in whose name: --as @name"),
    ("declare --as @ada", 1, "Say how bad it is, on which service, and what is wrong: "),
    ("declare --as @ada P0 checkout Broken", 1, "It is P1 (worst), P2, P3 or P4; the services"),
    ("declare --as @ada P1 checkuot Broken", 1, "are: api-gateway, checkout, payments."),
    ("declare --as @ada --severity P1 --service checkout", 1, "Say in a few words what is"),
    ("declare --as @ada --service checkout Broken", 1, "Say how bad it is, P1 (worst) to P4"),
    ("declare --as @ada --severity P1 Broken", 1, "Say on which service: api-gateway, "),
    ("declare --as @ada --severity P5 Broken", 2, "'P5' is not one of"),
    (f"declare --as @ada P1 checkout {'x' * 101}", 1, "has 101 characters; 100 is the most"),
    ("declare --as @ada P1 checkout Broken --commander nobody", 1, "called “nobody”"),
    ("update INC-9 slow --as @ada", 1, "There is no incident INC-9."),
    ("update checkout slow --as @ada", 1, "There is no incident checkout."),
    ("update INC-1 --as @ada", 1, "Write what is new."),
    (f"update INC-1 {'x' * 3001} --as @ada", 1, "too long: 3000 characters are the most."),
    ("incident frobnicate INC-1 --as @ada", 1, "There is no `incident-bot incident frob"),
    ("incident severity --as @ada", 1, "`incident-bot incident severity INC-42 --as @ada`"),
    ("incident edit INC-1 --as @ada", 1, "incident edit INC-1 title: what is wrong --as @ada"),
    ("incident publish INC-1 --as @ada", 1, "There is no status page"),
    ("incident commander INC-1 @nobody --as @ada", 1, "nobody called “nobody”"),
    ("incident commander INC-1 @sam --as @ada", 1, "Name one by the id, as in @U0SAM1."),
)
"""A line, the code, and what is said of it."""


def test_a_mistake_is_a_sentence_that_says_what_to_type(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATUSPAGE_API_KEY", "")
    monkeypatch.setenv("STATUSPAGE_PAGE_ID", "")
    shell(DECLARE)
    for line, code, said in MISTAKES:
        got, printed = shell(line)
        assert said in printed, line
        assert got == code, line
    assert bot.incident().version == 1
    assert bot.sql("select count(*) from incidents") == ["1"]


def test_what_a_refusal_advises_ends_in_success(bot: Bot, shell: Shell) -> None:
    shell(DECLARE)
    code, said = shell("update", "INC-1", "slow", "--as", "Ben Larsson")
    assert code == 1
    assert (
        "Only the commander of INC-1 can do that: that is @ada. Ask them, or take command" in said
    )
    advised = "`incident-bot incident claim INC-1 --as 'Ben Larsson'`"
    assert advised in said
    assert shell("incident", "claim", "INC-1", "--as", "Ben Larsson")[0] == 0
    assert shell("update", "INC-1", "slow", "--as", "Ben Larsson")[0] == 0
    assert shell("incident commander INC-1 @cleo over to you --as @ben")[0] == 0
    assert shell("resolve INC-1 --as U0CLEO")[0] == 0
    code, said = shell("resolve INC-1 rolled back --as @cleo")
    assert code == 1
    assert "INC-1 is already resolved by @cleo" in said
    assert "`incident-bot incident reopen INC-1 it is back --as @cleo`" in said
    assert shell("incident reopen INC-1 it is back --as @cleo")[0] == 0
    assert bot.incident().is_open


def test_whoever_takes_over_is_named_in_any_way(bot: Bot, shell: Shell) -> None:
    shell(DECLARE)
    for typed, by in (
        ("commander INC-1 @ben you know it", "@ada"),
        ("commander INC-1 @Ada Okafor, you know it", "@ben"),
        ("commander INC-1 U0BEN", "@ada"),
        ("commander INC-1 ada", "@ben"),
    ):
        assert shell("incident", typed, "--as", by)[0] == 0, typed
        assert bot.incident().commander_user_id == {"@ada": "U0BEN", "@ben": "U0ADA"}[by]


def test_whom_a_text_names_is_mentioned_and_nothing_else_in_it_is_live(
    bot: Bot, shell: Shell
) -> None:
    shell(DECLARE)
    text = "ask @ben or @nobody, <!channel> <@U0DAN> ann@ben.example"
    assert shell("update", "INC-1", text, "--as", "@ada")[0] == 0
    bot.settle()
    posted = IncidentChannel(bot, 1).posts[-1]
    assert "ask <@U0BEN> or @nobody, &lt;!channel&gt; &lt;@U0DAN&gt; ann@ben.example" in posted


def test_a_text_is_read_from_standard_input(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell(DECLARE)
    _pipe(monkeypatch, "rolled back\nand watched — 10 minutes\n".encode())
    assert shell("update INC-1 - --as @ada")[0] == 0
    assert IncidentChannel(bot, 1).timeline("text")[-1] == "rolled back\nand watched — 10 minutes"
    _pipe(monkeypatch, b"")
    assert "Nothing came on standard input." in shell("resolve INC-1 - --as @ada")[1]
    _pipe(monkeypatch, b"caf\xe9")
    assert shell("resolve INC-1 - --as @ada") == (1, "What came on standard input is not UTF-8.\n")
    _pipe(monkeypatch, b"x" * 20_000)
    assert "3000 characters are the most" in shell("resolve INC-1 - --as @ada")[1]
    assert bot.incident().is_open


def _pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_what_is_unusual_is_done_when_it_is_typed_once_more(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIRM_FLOODS", "on")
    for number in range(4):
        assert shell(f"declare --as @ada P3 checkout Broken {number}")[0] == 0
    code, said = shell("declare --as @ada P3 checkout Broken 5")
    assert code == 1
    assert said.endswith("Type the same line once more if you mean it.\n")
    assert shell("declare --as @ada P3 checkout Broken 5")[0] == 0


def test_the_list_and_an_incident_read_as_in_slack_without_its_markup(
    bot: Bot, shell: Shell
) -> None:
    assert shell("list") == (0, "No incident is open.\n")
    shell("declare", "P1 checkout 2 < 3 & *so* on", "--as", "@ada", "--description", "since noon")
    bot.settle()
    shell("update", "INC-1", "ask @ben", "--as", "@ada", "--status", "identified")
    bot.settle()
    _, listed = shell("list")
    channel = IncidentChannel(bot, 1).channel.name
    assert "P1 INC-1 2 < 3 & " in listed
    assert f"commander @ada · #{channel}" in listed
    assert "by @ada: ask @ben" in listed
    _, told = shell("show 1")
    assert told.startswith("P1 · INC-1 · 2 < 3 & *so* on\nStatus: Identified\nService: checkout\n")
    assert f"Channel: #{channel}" in told
    assert "status declared → identified by @ada on the command line: ask @ben\n" in told
    assert "Still to be sent" not in told
    for markup in ("<@", "<!", "&lt;", "&amp;", "*INC"):
        assert markup not in listed + told


def test_a_role_that_may_only_read_can_list_and_show(
    bot: Bot, shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell(DECLARE)
    role = f"reader_{database_url.rpartition('_')[2][:12]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"create role {role} login password 'reader'".encode())
        connection.execute(f"grant select on all tables in schema public to {role}".encode())
        try:
            host = database_url.rpartition("@")[2]
            monkeypatch.setenv("DATABASE_URL", f"postgresql://{role}:reader@{host}")
            assert "INC-1" in shell("list")[1]
            assert "Timeline of P1 INC-1" in shell("show INC-1")[1]
            code, said = shell("resolve INC-1 --as @ada")
            assert code == 2
            assert "grant select, insert, update, delete on all tables" in said
        finally:
            connection.execute(f"drop owned by {role}".encode())
            connection.execute(f"drop role {role}".encode())


def test_a_redis_that_says_nothing_is_not_waited_for(database_url: str) -> None:
    done, ended = Event(), Event()

    def notify(queues: object) -> None:
        done.wait(60)
        ended.set()

    with opened(Secret(database_url), notify=notify) as database:
        database.run(lambda tx: tx.wakes.add(Queue.NOTIFICATIONS))
    assert not ended.is_set()
    done.set()
