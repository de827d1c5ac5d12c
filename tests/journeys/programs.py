"""The real web and worker processes, beside a workspace of their own."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from slack_sandbox import Sandbox
from tests.processes import Program, running, wait_until

LINE: Final = "/incident declare P1 api-gateway Checkout returns 500"


@dataclass(slots=True)
class Programs:
    """A web process and a worker that know of each other only by their servers."""

    folder: Path
    settings: dict[str, str]
    slack: Sandbox
    stack: ExitStack

    def web(self) -> Program:
        page = f"http://127.0.0.1:{self.settings['PORT']}/livez"
        return self.stack.enter_context(running(self.folder, self.settings, "web", ready=page))

    def worker(self, **settings: str) -> Program:
        """A worker whose both processes are ready."""
        settings = {**self.settings, **settings}
        worker = self.stack.enter_context(running(self.folder, settings, "worker"))
        assert wait_until(lambda: worker.has_logged("worker ready", times=2)), (
            worker.log.read_text()
        )
        return worker

    def declare(self, line: str = LINE) -> None:
        answer = self.slack.command("U0ADA", "C0GENERAL", line)
        assert "is declared" in answer.text, answer

    def sql(self, query: str) -> list[str]:
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]

    def is_settled(self) -> bool:
        return self.sql("select count(*) from deliveries where state = 'pending'") == ["0"]
