"""`incident-bot healthy`: it knows which program runs beside it, however that was started."""

import pytest

from incident_bot.cli.healthy import parts_in
from incident_bot.domain.deliveries import Queue

WORKER = set(Queue)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("/opt/incident-bot/bin/python -m incident_bot web", {"web"}),
        ("/opt/incident-bot/bin/python -m incident_bot worker", WORKER),
        ("python -m incident_bot worker --queue statuspage", {"statuspage"}),
        (
            "/usr/bin/python3 /usr/local/lib/incident-bot/incident-bot all --migrate",
            {"web"} | WORKER,
        ),
        ("/venv/bin/python /venv/bin/incident-bot web", {"web"}),
        ("/venv/bin/python /venv/bin/incident-bot socket", {"socket"}),
        ("gunicorn wsgi:app", {"web"}),
        ("python worker.py", WORKER),
        ("python -m incident_bot healthy", set()),
        ("incident-bot --env-file /opt/incident-bot/.env all", {"web"} | WORKER),
        ("incident-bot --env-file=/opt/incident-bot/.env web", {"web"}),
        ("incident-bot web --env-file worker", {"web"}),
        ("incident-bot --env-file web", set()),
        ("incident-bot migrate", set()),
        ("incident-bot healthy worker", set()),
        ("vi web", set()),
        ("", set()),
    ],
)
def test_a_command_line_says_what_runs(line: str, parts: set[str]) -> None:
    assert parts_in(line.split(" ")) == parts
