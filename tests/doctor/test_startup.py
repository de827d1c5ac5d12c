"""A worker that starts logs what is wrong, and delivers whatever becomes of that."""

from pathlib import Path
from typing import Final

import psycopg
import pytest
from werkzeug.test import Client

from incident_bot.app import create_app
from incident_bot.doctor.scopes import heard_events
from incident_bot.embedded.process import free_port
from incident_bot.settings import load
from slack_sandbox import Sandbox
from tests.bot import transport
from tests.doctor.healthy_stack import SECRET, complaints, looked_at
from tests.processes import Program, environment, running, wait_until

_TS: Final = "1700000000.000100"
_MARK: Final = {
    "user": "U0ADA",
    "reaction": "pushpin",
    "channel_id": "C0GENERAL",
    "item": {"type": "message", "channel": "C0GENERAL", "ts": _TS, "message": {"ts": _TS}},
}
_JOIN: Final = {"user": "U0ADA", "channel": "C0GENERAL"}


def lines(worker: Program, message: str) -> list[dict[str, str]]:
    return [line for line in worker.lines() if line["message"] == message]


def test_what_is_wrong_is_logged_at_the_start_without_anybodys_name(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with Sandbox() as slack:
        slack.add_user("U0GONE", "zoe-the-great", deleted=True)
        slack.add_channel("C0OLD", "secret-plans").archived = True
        slack.channel("C0P2").shared = True
        given = environment(
            slack, database_url, redis_url, P1_CHANNELS="C0OLD", P1_USERS="U0GONE,U0NOPE"
        )
        with running(tmp_path, given, "worker", ready="doctor looked") as worker:
            wrong = [(line["about"], line["why"]) for line in lines(worker, "doctor found a fault")]
            odd = [line["about"] for line in lines(worker, "doctor warns")]
            log = worker.log.read_text()
    assert wrong == [
        ("P1_CHANNELS", "C0OLD is archived: unarchive it, or choose another."),
        ("P1_USERS", "U0GONE is deactivated: choose somebody else."),
        ("P1_USERS", "There is nobody with the id U0NOPE. Correct or remove it."),
    ]
    assert "P2_CHANNELS" in odd
    assert not [name for name in ("zoe-the-great", "secret-plans", "incidents-p2") if name in log]


def test_a_vendor_that_hangs_neither_delays_deliveries_nor_ends_the_worker(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """All that the examination asks of Slack hangs, and what a delivery calls does not."""
    with Sandbox() as slack:
        for method in ("conversations.info", "users.info"):
            slack.faults.add("hang", method, times=None)
        given = environment(slack, database_url, redis_url)
        app = create_app(load(given))
        slack.app.transport = transport(Client(app))
        with running(tmp_path, given, "worker", ready="worker ready") as worker:
            slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Down")
            assert wait_until(lambda: slack.channel("C0P1").messages)
            assert not worker.has_logged("doctor looked"), "it still waits for Slack"
            assert wait_until(lambda: worker.has_logged("doctor looked"))
            assert worker.process.poll() is None
            assert not worker.has_logged("worker died")
        app.extensions["database"].close()


def test_nothing_is_wrong_where_all_programs_run(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All that can be known is known: Slack's requests and events have come."""
    url = f"http://127.0.0.1:{free_port()}"
    with Sandbox(signing_secret=SECRET, app_url=url) as slack:
        given = environment(
            slack,
            database_url,
            redis_url,
            SLACK_SIGNING_SECRET=SECRET,
            PUBLIC_URL=url,
            PORT=url.rpartition(":")[2],
            ADMINS="U0DAN",
        )
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        with (
            running(tmp_path, given, "web", ready=f"{url}/livez"),
            running(tmp_path, given, "worker", ready="doctor looked") as worker,
        ):
            slack.command("U0ADA", "C0GENERAL", "/incident help")
            ada = slack.user("U0ADA").as_api()
            for type in heard_events():
                is_mark = type.startswith(("pin", "reaction"))
                of_somebody = _JOIN if type == "member_joined_channel" else {"user": ada}
                answer = slack.event({**(_MARK if is_mark else of_somebody), "type": type})
                assert answer.status == 200
            code, found = looked_at(capsys)
            faults = lines(worker, "doctor found a fault")
    assert faults == []
    assert (code, complaints(found)) == (0, [])
    assert [each for each in found if each["level"] == "not looked at"] == []
    abouts = {each["about"] for each in found if each["level"] == "fine"}
    assert {"PUBLIC_URL", "requests of Slack", "events of Slack", "workspace", "ADMINS"} <= abouts
    assert {"network", "command of the app"} <= abouts


def test_a_worker_that_starts_keeps_what_the_token_lacks(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with Sandbox() as slack:
        slack.workspace.scopes -= {"pins:read", "reactions:read"}
        given = environment(slack, database_url, redis_url, CAPTURE_REACTIONS="off")
        with running(tmp_path, given, "worker", ready="doctor looked") as worker:
            (fault,) = [line["why"] for line in lines(worker, "doctor found a fault")]
    with psycopg.connect(database_url) as connection:
        ((missing,),) = connection.execute("select missing_scopes from workspace").fetchall()
    assert missing == ["pins:read"]
    assert "lacks pins:read. Paste" in fault
