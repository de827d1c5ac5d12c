"""Measure the time from a declare until everybody is notified and the card is pinned.

It is a P1 with 5 owners, 2 announcement channels and 10 people, and Slack takes 150 ms a call.
Three calls cannot run at the same time: create, post and pin.
"""

import argparse
import statistics
import time

from bench.bot_processes import BotProcesses, bot_processes, table
from slack_sandbox import Sandbox
from tests.processes import wait_until

_LATENCY_MS = 150
_SERVICES = [f"service-{n}" for n in range(20)]
_OWNERS = [f"U0OWNER{n}" for n in range(5)]
_PEOPLE = [f"U0BOSS{n}" for n in range(10)]


def _told_ms(processes: BotProcesses, slack: Sandbox, service: str) -> float:
    """From the moment of the submit to the moment Slack answered the last call."""
    assert wait_until(processes.is_settled)
    before = len(slack.calls)
    began = slack.workspace.clock()
    answer = slack.command("U0ADA", "C0GENERAL", f"/incident declare P1 {service} Broken")
    assert "is declared" in answer.text, answer
    assert wait_until(processes.is_settled)
    made = slack.calls[before:]
    assert [call for call in made if call.method == "pins.add"]
    assert sum(call.method == "chat.postMessage" for call in made) >= 13
    return (max(call.at for call in made) - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    owners = ",".join(f'"{service}": {_OWNERS}'.replace("'", '"') for service in _SERVICES)
    with (
        Sandbox() as slack,
        bot_processes(
            SLACK_API_URL=slack.api_url,
            SERVICES=",".join(_SERVICES),
            SERVICE_OWNERS=f"{{{owners}}}",
            P1_CHANNELS="C0P1,C0P2",
            P1_USERS=",".join(_PEOPLE),
        ) as processes,
    ):
        for user_id in [*_OWNERS, *_PEOPLE]:
            slack.add_user(user_id, user_id.lower())
        slack.faults.add("latency", times=None, ms=_LATENCY_MS)
        slack.app.url = processes.url
        processes.start_web()
        processes.start_worker()
        time.sleep(1)
        _told_ms(processes, slack, _SERVICES[-1])
        took = sorted(_told_ms(processes, slack, service) for service in _SERVICES[:runs])
    median, path = statistics.median(took), 3 * _LATENCY_MS
    print(
        table(
            [
                ("everybody told and card pinned, median ms", "1200", f"{median:.0f}"),
                (f"slowest of {runs}, ms", "", f"{took[-1]:.0f}"),
                ("against three calls of 150 ms", "1.50", f"{median / path:.2f}"),
            ]
        )
    )


if __name__ == "__main__":
    main()
