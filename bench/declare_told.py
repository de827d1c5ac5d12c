"""Measure the time from a declare until everybody is notified and the card is pinned.

It is a P1 with 5 owners, 2 announcement channels and 10 people, and Slack takes 150 ms a call.
Three calls cannot run at the same time: create, post and pin. Then the bot removes Slack's notices
of what it did in the channel, which nobody waits for.
"""

import statistics
import time
from collections.abc import Sequence
from typing import Final

from bench.bot_processes import BotProcesses, bot_processes
from bench.figures import Figure
from slack_sandbox import Sandbox
from tests.processes import wait_until

_LATENCY_MS: Final = 150
_TELLING: Final = ("chat.postMessage", "conversations.invite", "conversations.setTopic", "pins.add")
_SERVICES: Final = [f"service-{n}" for n in range(20)]
_OWNERS: Final = [f"U0OWNER{n}" for n in range(5)]
_PEOPLE: Final = [f"U0BOSS{n}" for n in range(10)]


def _told_ms(processes: BotProcesses, slack: Sandbox, service: str) -> float:
    """From the moment of the submit to the moment Slack answered the last call that tells."""
    assert wait_until(processes.is_settled)
    before = len(slack.calls)
    began = slack.workspace.clock()
    answer = slack.command("U0ADA", "C0GENERAL", f"/incident declare P1 {service} Broken")
    assert "is declared" in answer.text, answer
    assert wait_until(processes.is_settled)
    made = [call for call in slack.calls[before:] if call.method in _TELLING]
    assert [call for call in made if call.method == "pins.add"]
    assert sum(call.method == "chat.postMessage" for call in made) >= 13
    return (max(call.at for call in made) - began) * 1000


def measure(quick: bool = False) -> Sequence[Figure]:
    runs = 1 if quick else 9
    owners = ",".join(f'"{service}": {_OWNERS}'.replace("'", '"') for service in _SERVICES)
    with (
        Sandbox() as slack,
        bot_processes(
            fsync=not quick,
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
    median = statistics.median(took)
    return [
        Figure(
            name="P1: everybody told and card pinned, against three calls of 150 ms",
            value=median / (3 * _LATENCY_MS),
            at_most=1.15,
            detail=f"median {median:.0f} ms, slowest of {runs} {took[-1]:.0f} ms",
        )
    ]
