"""Measure the time from a declare's commit to the first call of Slack, while the worker is idle.

When it committed, the database says by the entry of the timeline, which nothing changes later.
"""

import statistics
import time
from collections.abc import Sequence
from typing import Final

from bench.bot_processes import working_bot
from bench.fake_slack import fake_slack
from bench.figures import Figure
from tests.processes import wait_until

_APART_SECONDS: Final = 0.2
_TO_WARM_UP: Final = 5
_COMMITTED: Final = """
select extract(epoch from pg_xact_commit_timestamp(xmin)) from timeline
where kind = 'declared' order by incident_id
"""


def measure(quick: bool = False) -> Sequence[Figure]:
    declares = 20 if quick else 150
    with fake_slack(1) as slack, working_bot(slack, fsync=not quick) as (processes, _):
        for number in range(declares):
            processes.declare(f"P3 checkout Broken {number}")
            time.sleep(_APART_SECONDS)
        assert wait_until(lambda: len(slack.stats()["created"]) == declares)
        committed = processes.sql(_COMMITTED)
        called = slack.stats()["created"]
    took = [(at - float(since)) * 1000 for since, at in zip(committed, called, strict=True)]
    cuts = statistics.quantiles(took[_TO_WARM_UP:], n=100)
    return [
        Figure(name="commit to first call of Slack, p50", value=cuts[49], unit="ms", at_most=5),
        Figure(name="commit to first call of Slack, p99", value=cuts[98], unit="ms", at_most=25),
    ]
