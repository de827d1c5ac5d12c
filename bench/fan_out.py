"""1,000 direct messages at 100 ms each, sent by one worker process with 64 threads."""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from typing import Any

from bench.bot_processes import bot_processes, cpu_seconds, table
from incident_bot.embedded.process import free_port
from slack_sandbox.app_link import AppLink
from tests.processes import wait_until

_LATENCY_MS, _THREADS = 100, 64


def _stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/stats", timeout=5) as answer:
        return dict(json.load(answer))


def _declare(url: str) -> float:
    """Declare; returns the milliseconds the answer took."""
    names = ("team_id", "response_url", "command")
    fields = {
        **dict.fromkeys(names, "x"),
        "text": "declare P1 checkout Broken",
        "trigger_id": f"T{time.time()}",
        "user_id": "U0ADA",
        "channel_id": "C0GENERAL",
    }
    answer = AppLink("sandbox-signing-secret", url, None).post_form("/slack/commands", fields)
    assert "is declared" in answer.text, answer
    return answer.ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    messages = parser.parse_args().messages
    port = free_port()
    slack = subprocess.Popen(
        [sys.executable, "-m", "bench.fake_slack", str(port), str(_LATENCY_MS)]
    )
    url = f"http://127.0.0.1:{port}"
    try:
        with bot_processes(
            SLACK_API_URL=f"{url}/api/",
            P1_USERS=",".join(f"U0BOSS{n}" for n in range(messages)),
            WORKER_THREADS=str(_THREADS),
            P1_CHANNELS="",
        ) as processes:
            processes.start_web()
            worker_process = processes.start_worker().children()[0]
            time.sleep(1)
            before, of_postgres = cpu_seconds(worker_process), processes.postgres_cpu_seconds()
            answered_ms = _declare(processes.url)
            assert wait_until(lambda: _stats(url)["count"] >= messages, 120)
            assert wait_until(processes.is_settled)
            cpu = cpu_seconds(worker_process) - before
            of_postgres = processes.postgres_cpu_seconds() - of_postgres
            found = _stats(url)
    finally:
        slack.kill()
        slack.wait()
    seconds = found["ended"][0] - found["began"][0]
    ideal = messages * _LATENCY_MS / 1000 / _THREADS
    print(
        table(
            [
                (f"{messages:,} messages, s", "1.75", f"{seconds:.2f}"),
                ("against ideal", "1.12", f"{seconds / ideal:.2f}"),
                ("CPU ms a message", "1.0", f"{cpu * 1000 / messages:.2f}"),
                ("CPU ms in PostgreSQL", "0.4", f"{of_postgres * 1000 / messages:.2f}"),
                ("answer to the declare, ms", "", f"{answered_ms:.0f}"),
            ]
        )
    )


if __name__ == "__main__":
    main()
