"""Debian's Prometheus with this project's rules, in a time that runs faster."""

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from incident_bot.embedded import process
from tests.deploy.site import PROJECT, answer

FOLDER: Final = PROJECT / "monitoring"
PROGRAM: Final = "/usr/bin/prometheus"
EVERY: Final = "3s"
"""Less than this a web process whose database is away does not need for its answer."""

JOBS: Final = {
    "incident-bot-web": 3000,
    "incident-bot-worker": 9465,
    "incident-bot-socket": 9466,
}
"""The jobs of the configuration, and the port that each has there."""

_DURATION: Final = re.compile(r"\b(\d+)([mh])\b")
_THRESHOLD: Final = re.compile(r"([<>]) (\d{2,})\b(?!\.)")
_MINUTE: Final = 60


def hurried(rules: str) -> str:
    """Return the rules with shorter times; nothing else of them differs.

    In each duration, of a `for`, a range or an offset, a minute becomes two seconds. A threshold of
    a minute or more is an age in seconds and becomes a tenth: a worker sweeps every three seconds.
    """

    def duration(found: re.Match[str]) -> str:
        minutes = int(found[1]) * (_MINUTE if found[2] == "h" else 1)
        return f"{2 * minutes}s"

    def threshold(found: re.Match[str]) -> str:
        number = int(found[2])
        return f"{found[1]} {number // 10}" if number >= _MINUTE else found[0]

    return _THRESHOLD.sub(threshold, _DURATION.sub(duration, rules))


def with_socket() -> str:
    """Return the configuration in which the job of Socket Mode is uncommented."""
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    before, mark, commented = text.partition("SOCKET_METRICS_PORT=9466:\n")
    assert mark
    return before + mark + commented.replace("  # ", "  ")


class Prometheus:
    """Scrapes these ports of a bot by the configuration of this project, until it is stopped."""

    def __init__(self, folder: Path, token: str, jobs: Mapping[str, int]) -> None:
        self._folder = folder
        self._port = process.free_port()
        folder.mkdir()
        (folder / "token").write_text(token)
        rules = (FOLDER / "rules.yml").read_text(encoding="utf-8")
        (folder / "rules.yml").write_text(hurried(rules), encoding="utf-8")
        (folder / "prometheus.yml").write_text(self._configuration(jobs), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def _configuration(self, jobs: Mapping[str, int]) -> str:
        text = with_socket().replace(
            "/etc/prometheus/incident-bot-token", str(self._folder / "token")
        )
        text = text.replace("scrape_interval: 15s", f"scrape_interval: {EVERY}")
        text = text.replace(
            "evaluation_interval: 15s", f"evaluation_interval: 1s\n  scrape_timeout: {EVERY}"
        )
        assert jobs.keys() == JOBS.keys()
        for job, port in jobs.items():
            text = text.replace(f"127.0.0.1:{JOBS[job]}", f"127.0.0.1:{port}")
        return text

    def start(self) -> None:
        self._process = process.start(
            [
                PROGRAM,
                f"--config.file={self._folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            log=self._folder / "log",
            env={"PATH": "/usr/bin:/bin"},
            cwd=self._folder,
        )
        ready = f"http://127.0.0.1:{self._port}/-/ready"
        assert process.wait_until(lambda: answer(ready)[0] == 200, 30), self.log()

    def stop(self) -> None:
        if self._process:
            process.stop(self._process)

    def log(self) -> str:
        return process.tail(self._folder / "log")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression has now."""
        asked = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self._port}/api/v1/query?{asked}"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(url, timeout=10) as response:
            found: list[dict[str, Any]] = json.load(response)["data"]["result"]
        return found

    def firing(self) -> set[str]:
        """Return the alerts that are firing now."""
        found = self.query('ALERTS{alertstate="firing"}')
        return {each["metric"]["alertname"] for each in found}

    def has_fired(self, alert: str, *, since: float) -> bool:
        """Say whether it was firing at any time since then."""
        seconds = int(time.time() - since) + 1
        firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        return bool(self.query(f"last_over_time({firing}[{seconds}s])"))
