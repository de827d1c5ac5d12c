"""`incident-bot statuspage`: what an operator or a script types, and what they are told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from incident_bot import cli
from incident_bot.cli.statuspage import command
from incident_bot.clients.statuspage import HOLD
from incident_bot.store import holds, statuspage
from tests.bot import Bot, running_bot
from tests.cli.operator_shell import settings_of
from tests.clients.vendor import says, vendor
from tests.docs import ROOT
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def bot(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Bot]:
    """A bot that runs, and an operator's shell with the same settings."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        monkeypatch.chdir(tmp_path)
        for name, value in settings_of(bot, database_url, redis_url).items():
            monkeypatch.setenv(name, value)
        yield bot


class Shell:
    """Runs the command; the exit code, what was printed and what was complained of."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = cli.main(["statuspage", *words])
        printed = self._capsys.readouterr()
        return code, printed.out.strip(), printed.err.strip()

    def json(self, *words: str) -> Any:
        code, out, err = self(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def shown(bot: Bot, component: str = "comp-checkout") -> str:
    return bot.slack.statuspage.statuses[component]


def test_the_components_of_the_page_are_listed(bot: Bot, shell: Shell) -> None:
    code, out, _ = shell("components")
    assert code == 0
    assert "comp-checkout  Checkout  (operational)" in out.splitlines()
    api = {"id": "comp-api", "name": "API", "status": "operational", "group": ""}
    assert api in shell.json("components")


def in_groups(first_id: str = "c-eu") -> bytes:
    """The answer of a page with an API in Europe, one in America, and a component of no group."""

    def listed(an_id: str, name: str, group_id: str | None, *, group: bool = False) -> Any:
        shown = {"id": an_id, "name": name, "group_id": group_id, "group": group}
        return {**shown, "status": "operational"}

    return json.dumps(
        [
            listed(first_id, "API", "g-eu"),
            listed("c-us", "API", "g-us"),
            listed("g-eu", "Europe", None, group=True),
            listed("g-us", "US", None, group=True),
            listed("c-web", "Web", None),
        ]
    ).encode()


def test_components_of_one_name_are_told_apart_by_their_group(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vendor(says("200 OK", in_groups())) as page:
        monkeypatch.setenv("STATUSPAGE_API_URL", f"{page.origin}/v1")
        assert shell("components")[1].splitlines() == [
            "c-eu  Europe / API  (operational)",
            "c-us  US / API  (operational)",
            "c-web  Web  (operational)",
        ]
        assert [each["group"] for each in shell.json("components")] == ["Europe", "US", ""]
        which = (
            "“API” may be any of c-eu (Europe / API), c-us (US / API). "
            "Name the component by its id."
        )
        code, _, said = shell("map", "payments", "API")
        assert code != 0
        assert which in said
        assert shell.json("list") == []
        assert shell("map", "payments", "US / API")[1] == "payments shows on US / API."
        assert shell.json("unmap", "payments", "API")["components"] == ["c-us"]
        assert shell("map", "payments", "c-us")[1] == "payments shows on US / API."
        assert shell("map", "payments", "c-eu")[1] == "payments shows on Europe / API."
        code, _, said = shell("unmap", "payments", "API")
        assert code != 0
        assert which in said
        assert len(shell.json("list")) == 2
        assert shell("unmap", "payments", "Europe / API")[0] == 0
        assert [each["component"] for each in shell.json("list")] == ["c-us"]


def test_an_id_is_that_component_whatever_another_is_called(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vendor(says("200 OK", in_groups(first_id="Web"))) as page:
        monkeypatch.setenv("STATUSPAGE_API_URL", f"{page.origin}/v1")
        assert shell.json("map", "payments", "Web")["name"] == "API"
        assert shell.json("map", "payments", "c-web")["name"] == "Web"
        assert shell.json("unmap", "payments", "Web")["components"] == ["Web"]


def test_what_was_mapped_is_unmapped_while_the_page_fails(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vendor(says("200 OK", in_groups())) as page:
        monkeypatch.setenv("STATUSPAGE_API_URL", f"{page.origin}/v1")
        assert shell("map", "payments", "c-us")[0] == shell("map", "payments", "c-eu")[0] == 0
    with vendor(says("503 Service Unavailable", b"")) as page:
        monkeypatch.setenv("STATUSPAGE_API_URL", f"{page.origin}/v1")
        assert "any of c-eu (API), c-us (API)" in shell("unmap", "payments", "API")[2]
        assert shell("unmap", "payments", "c-us")[0] == 0
        assert shell("unmap", "payments", "API")[0] == 0
        assert shell("unmap", "payments", "API")[2].endswith("payments does not show on API.")


def test_a_service_is_mapped_shown_checked_and_unmapped(bot: Bot, shell: Shell) -> None:
    assert shell("list") == (
        0,
        "No service is mapped. Map one with `incident-bot statuspage map`.",
        "",
    )
    assert shell("check") == (0, "Nothing is mapped.", "")
    declared(bot, "P1 checkout Down")
    assert shell("map", "checkout", "Checkout") == (0, "checkout shows on Checkout.", "")
    bot.settle()
    assert shown(bot) == "major_outage"
    assert shell("map", "CHECKOUT", "comp-checkout")[1] == "checkout already shows on Checkout."
    assert shell.json("list") == [
        {
            "service": "checkout",
            "component": "comp-checkout",
            "name": "Checkout",
            "shown": "major_outage",
            "held": False,
            "failing": False,
            "known": True,
        }
    ]
    assert shell("check")[0] == 0
    bot.settle()
    unmapped = shell("unmap", "checkout", "Checkout")
    assert unmapped == (0, "checkout no longer shows on Checkout.", "")
    bot.settle()
    assert shown(bot) == "operational"
    trail = bot.sql("select action || ' ' || detail from audit where actor_user_id='command line'")
    assert trail[0] == "statuspage map checkout comp-checkout"
    assert trail[-1] == "statuspage unmap checkout comp-checkout"


def test_check_is_wrong_while_the_page_differs(bot: Bot, shell: Shell) -> None:
    shell("map", "checkout", "Checkout")
    bot.settle()  # or the first visit may come after the hand
    bot.slack.statuspage.set_by_hand("comp-checkout", "under_maintenance")
    code, out, _ = shell("check")
    assert code == 1
    assert out == (
        "wrong  comp-checkout Checkout: shows under_maintenance, should show operational"
    )
    shell("sync")
    bot.settle()
    assert shell("check")[1].endswith("(set by hand)")
    assert "(set by hand)" in shell("list")[1]
    bot.slack.statuspage.set_by_hand("comp-checkout", "operational")
    shell("sync")
    bot.settle()
    assert shell("list")[1].endswith("Checkout: operational"), "nobody holds it any more"


def test_a_mapping_written_by_hand_works(bot: Bot, shell: Shell, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into statuspage_mappings values ('checkout', 'comp-checkout')")
        connection.execute("insert into statuspage_mappings values ('misspelt', 'comp-api')")
    room = declared(bot, "P1 checkout Down")
    assert shown(bot) == "major_outage"
    room.type("resolved")
    assert shown(bot) == "operational"
    assert "misspelt → comp-api : operational (not in SERVICES)" in shell("list")[1]
    assert shell("unmap", "misspelt", "comp-api")[0] == 0


def test_the_workers_are_told_at_once(bot: Bot, shell: Shell, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        for words in (
            ("map", "checkout", "Checkout"),
            ("sync",),
            ("unmap", "checkout", "Checkout"),
        ):
            connection.flushdb()
            assert shell(*words)[0] == 0
            assert connection.llen("rq:queue:statuspage") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("map", "chekout", "Checkout"), "There is no service “chekout”. It is one of: "),
        (("map", "checkout", "Chekout"), "Statuspage has no component “Chekout”. "),
        (("unmap", "checkout", "Checkout"), "checkout does not show on Checkout."),
        (("postmortem", "INC-1", "/nowhere.md"), "/nowhere.md cannot be read (FileNotFoundError)."),
    ],
)
def test_what_is_not_there_is_named(
    bot: Bot, shell: Shell, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = shell(*words)
    assert (code, out) == (1, "")
    assert err.startswith(sentence)


@pytest.mark.parametrize("words", [(), ("paint",), ("map", "checkout"), ("postmortem", "INC-1")])
def test_what_cannot_be_understood_is_a_usage_error(shell: Shell, words: tuple[str, ...]) -> None:
    code, _, err = shell(*words)
    assert code == 2
    assert "Usage: incident-bot statuspage" in err


def test_without_a_page_it_says_which_settings(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATUSPAGE_API_KEY", "STATUSPAGE_PAGE_ID"):
        monkeypatch.delenv(name)
    sentence = "There is no status page: set STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID."
    assert shell("list") == (2, "", sentence)
    monkeypatch.setenv("STATUSPAGE_API_KEY", "one-alone")
    code, _, err = shell("list")
    assert code == 2
    assert "set both or neither" in err
    assert "one-alone" not in err


def test_a_refused_key_says_what_to_fix(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATUSPAGE_API_KEY", "wr0ng-key")
    code, out, err = shell("components")
    assert (code, out) == (1, "")
    assert "rejected the key (HTTP 401 Could not authenticate)" in err
    assert "incident-bot statuspage sync" in err
    assert "wr0ng-key" not in err


def test_a_wrong_page_and_a_broken_one_are_told_apart(
    bot: Bot, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.slack.faults.add("status", "statuspage.list_components", status=503)
    assert shell("check")[::2] == (1, "Statuspage failed (vendor_fault, HTTP 503).")
    monkeypatch.setenv("STATUSPAGE_PAGE_ID", "elsewhere")
    assert "is STATUSPAGE_PAGE_ID right?" in shell("components")[2]


def test_sync_resumes_after_a_refused_key(bot: Bot, shell: Shell) -> None:
    shell("map", "checkout", "Checkout")
    bot.settle()
    bot.slack.statuspage.revoked = True
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Down")
    bot.statuspage_dispatcher.wake()
    with bot.database.transaction() as tx:
        bot.slack.wait_for(lambda: HOLD in active_holds(bot), 10)
        assert tx.is_writable()
    bot.slack.statuspage.revoked = False
    assert shell.json("sync") == {"components": ["comp-checkout"]}
    bot.settle()
    assert shown(bot) == "major_outage"


def test_sync_resumes_a_publication_after_a_refused_key_too(bot: Bot, shell: Shell) -> None:
    room = declared(bot, "P1 checkout Down")
    bot.slack.statuspage.revoked = True
    publish(room)
    assert HOLD in active_holds(bot)
    bot.slack.statuspage.revoked = False
    assert bot.slack.statuspage.incidents == []
    assert shell("sync")[0] == 0
    bot.settle()
    assert len(bot.slack.statuspage.incidents) == 1


def active_holds(bot: Bot) -> dict[str, float]:
    with bot.database.transaction() as tx:
        return holds.active(tx)


def publish(room: IncidentChannel) -> None:
    room.type("publish")
    room.submit({"title": "Errors at checkout", "message": "Some fail.", "notify": "no"})
    room.submit({})


def test_a_postmortem_is_published_quietly_once_all_is_over(
    bot: Bot, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "postmortem.md"
    file.write_text("# What happened\n\nA cache <was> cold & slow.\n")
    room = declared(bot, "P1 checkout Down")
    words = ("postmortem", room.incident.ref, str(file))
    assert shell(*words)[::2] == (1, "INC-1 is not public, so it has no postmortem on the page.")
    publish(room)
    room.type("status monitoring: the cache is warm again")
    assert shell(*words)[::2] == (
        1,
        "INC-1 is not resolved; publish the postmortem once it is resolved.",
    )
    room.type("resolved")
    code, out, _ = shell(*words)
    assert (code, out) == (0, "The postmortem of INC-1 is public; subscribers were not notified.")
    (incident,) = bot.slack.statuspage.incidents
    assert incident.postmortem.body == "# What happened\n\nA cache <was> cold & slow."
    assert bot.slack.statuspage.emails == 0
    assert "command line statuspage postmortem" in room.audit()
    assert shell.json(*words) == {"incident": "INC-1", "page_incident": incident.id}


@pytest.mark.parametrize("text", ["", " \n", "x" * 25_001])
def test_a_postmortem_that_the_page_would_refuse_is_not_sent(
    bot: Bot, shell: Shell, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "postmortem.md"
    file.write_text(text)
    code, _, err = shell("postmortem", "INC-1", str(file))
    assert code == 1
    assert "1 to 25000 characters" in err


def test_a_request_waits_for_its_turn_and_holds_no_transaction(bot: Bot, shell: Shell) -> None:
    bot.slack.faults.add("latency", "statuspage.list_components", ms=3500)
    assert shell("map", "checkout", "Checkout")[0] == 0
    with bot.database.transaction() as tx:
        assert [each.service_name for each in statuspage.mappings(tx)] == ["checkout"]


def test_the_page_of_the_documentation_explains_every_action() -> None:
    page = (ROOT / "docs" / "STATUSPAGE.md").read_text(encoding="utf-8")
    assert [
        action for action in command.commands if f"incident-bot statuspage {action}" not in page
    ] == []
