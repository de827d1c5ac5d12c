"""Measure the time from a declare's commit to the first call of Slack, while the worker is idle.

It is counted from the beginning of the transaction, by the database, and so is a bit longer.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request

from bench.bot_processes import bot_processes, table
from incident_bot.embedded.process import free_port
from slack_sandbox.app_link import AppLink
from tests.processes import wait_until

_APART_SECONDS = 0.2


def _created(url: str) -> list[float]:
    with urllib.request.urlopen(f"{url}/stats", timeout=5) as answer:
        return list(json.load(answer)["created"])


def _declare(app: AppLink, number: int) -> None:
    names = ("team_id", "response_url", "command")
    fields = {
        **dict.fromkeys(names, "x"),
        "text": f"declare P3 checkout Broken {number}",
        "trigger_id": f"T{number}",
        "user_id": "U0ADA",
        "channel_id": "C0GENERAL",
    }
    assert "is declared" in app.post_form("/slack/commands", fields).text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--declares", type=int, default=200)
    declares = parser.parse_args().declares
    port = free_port()
    slack = subprocess.Popen([sys.executable, "-m", "bench.fake_slack", str(port), "1"])
    url = f"http://127.0.0.1:{port}"
    try:
        with bot_processes(SLACK_API_URL=f"{url}/api/") as processes:
            processes.start_web()
            processes.start_worker()
            app = AppLink("sandbox-signing-secret", processes.url, None)
            for number in range(declares):
                _declare(app, number)
                time.sleep(_APART_SECONDS)
            assert wait_until(lambda: len(_created(url)) == declares)
            began = processes.sql(
                "select extract(epoch from declared_at) from incidents order by id"
            )
            called = _created(url)
    finally:
        slack.kill()
        slack.wait()
    took = [(at - float(since)) * 1000 for since, at in zip(began, called, strict=True)][5:]
    cuts = statistics.quantiles(took, n=100)
    print(
        table(
            [
                ("p50 ms", "5", f"{cuts[49]:.1f}"),
                ("p99 ms", "25", f"{cuts[98]:.1f}"),
            ]
        )
    )


if __name__ == "__main__":
    main()
