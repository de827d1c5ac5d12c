"""Machines whose clocks are wrong: the database's clock alone says what is due and whose turn."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.bot_processes import bot_processes, settle_and_compare
from tests.chaos.people import Outcome, People
from tests.chaos.rounds import rounds
from tests.processes import wait_until

_PROJECT: Final = Path(__file__).parents[2]
_PROMPT_MS: Final = 6000

# Python reads this before anything else. The faketime library would not do: with it, either
# time.sleep fails or the waits of threads never end.
_WRONG: Final = """
import datetime, time
right, right_ns, right_datetime = time.time, time.time_ns, datetime.datetime
class AsEver(type):
    def __instancecheck__(cls, value):
        return isinstance(value, right_datetime)
class Wrong(right_datetime, metaclass=AsEver):
    __slots__ = ()
    @classmethod
    def now(cls, tz=None):
        return right_datetime.now(tz) + datetime.timedelta(seconds={seconds})
    @classmethod
    def utcnow(cls):
        return right_datetime.utcnow() + datetime.timedelta(seconds={seconds})
time.time = lambda: right() + {seconds}
time.time_ns = lambda: right_ns() + {seconds} * 1_000_000_000
datetime.datetime = Wrong
"""


def _clock(folder: Path, minutes: int) -> dict[str, str]:
    """Return the environment of a program whose clock is wrong by this much."""
    place = folder / f"clock{minutes:+}"
    place.mkdir()
    (place / "sitecustomize.py").write_text(_WRONG.format(seconds=minutes * 60))
    return {"PYTHONPATH": f"{place}:{_PROJECT}"}


def test_workers_an_hour_early_and_late_take_each_delivery_once(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    requests = rounds(20, full=1_000)
    with bot_processes(tmp_path, database_url, redis_url) as processes:
        processes.web(**_clock(tmp_path, -4))
        processes.worker(**_clock(tmp_path, 60))
        processes.worker(**_clock(tmp_path, -60))
        with People(processes.slack) as people:
            assert wait_until(lambda: len(people.exchanges) >= requests, requests)
        found = settle_and_compare(processes, people.exchanges)
        (slowest,) = processes.database.sql(
            "select 1000 * max(extract(epoch from settled_at - created_at)) from deliveries"
        )
        report(
            suite="F15: workers an hour early and an hour late",
            rounds=len(people.exchanges),
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=[float(slowest)],
        )
        assert {each.outcome for each in people.exchanges} == {Outcome.RECORDED}
        assert found.all == []
        assert float(slowest) < _PROMPT_MS
        assert processes.database.sql("select id from deliveries where attempts > 1") == []


@pytest.mark.parametrize(("minutes", "reason"), [(-6, "future"), (6, "stale")])
def test_a_web_whose_clock_is_far_off_refuses_and_says_why(
    minutes: int, reason: str, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    with bot_processes(tmp_path, database_url, redis_url) as processes:
        web = processes.web(**_clock(tmp_path, minutes))
        assert processes.declare("Nobody hears").status == 401
        refused = [line for line in web.lines() if line["message"] == "request refused"]
        assert [line["reason"] for line in refused] == [reason]
        assert processes.database.sql("select id from incidents") == []
