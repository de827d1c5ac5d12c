"""A workspace whose bot runs as in production, and what people see of an incident in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.browser.chromium import Person
from tests.processes import environment, running, wait_until

FORM: Final = "#modal[open]"
SUBMIT: Final = f"{FORM} [data-role=submit]"
CARD: Final = "#messages .message.pinned"
WHISPER: Final = "#messages .message.ephemeral"
"""A message that nobody else sees."""


@contextmanager
def workspace(folder: Path, database_url: str, redis_url: str) -> Iterator[Sandbox]:
    """Run the two programs of the bot on the real servers, with a status page."""
    bot = f"http://127.0.0.1:{(port := free_port())}"
    with Sandbox(app_url=bot) as sandbox:
        page = sandbox.statuspage
        settings = environment(
            sandbox,
            database_url,
            redis_url,
            PORT=str(port),
            STATUSPAGE_API_KEY=page.key,
            STATUSPAGE_PAGE_ID=page.page_id,
            STATUSPAGE_API_URL=page.api_url,
            STATUSPAGE_PUBLISH="ask",
        )
        with (
            running(folder, settings, "web", ready=f"{bot}/livez"),
            running(folder, settings, "worker") as worker,
        ):
            assert wait_until(lambda: _knows_people(database_url), 60), worker.log.read_text()
            yield sandbox


def _knows_people(database_url: str) -> bool:
    """Say whether the worker has read who is there, as it has long before a first incident."""
    with psycopg.connect(database_url) as connection:
        return connection.execute("select exists (select from people)").fetchone() == (True,)


def block(name: str, kind: str) -> str:
    """Return where the input of that name is in the open form: input, textarea or select."""
    return f"{FORM} [data-block-id={name}] {kind}"


def action(action_id: str, where: str) -> str:
    """Return where the button is, within what `where` names."""
    return f"{where} [data-action-id='{action_id}']"


def act_as(person: Person, user: str) -> None:
    person.click(f"[data-user={user}]")
    person.sees_no(f"[data-user={user}]:not([aria-pressed=true])")
