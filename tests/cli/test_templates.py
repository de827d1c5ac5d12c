"""`incident-bot templates`: what an operator types, and what they are told."""

import json

import psycopg
import pytest

from incident_bot import cli

pytestmark = pytest.mark.usefixtures("environment")


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and everything that was printed."""
    code = cli.main(["templates", *words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def named(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, object]:
    code, printed = run(capsys, "list", "--json")
    assert code == 0
    found: dict[str, object] = next(one for one in json.loads(printed) if one["name"] == name)
    return found


def test_a_template_is_added_changed_disabled_and_enabled(
    capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    given = ("--severity", "P1", "--service", "checkout", "--description", "Since when?")
    added = run(capsys, "add", "Disk full", "--title", "A disk is full", *given)
    assert added == (0, "Added the template “Disk full”.\n")
    assert named(capsys, "Disk full") == {
        "name": "Disk full",
        "title": "A disk is full",
        "severity": "P1",
        "service": "checkout",
        "description": "Since when?",
        "enabled": True,
    }
    assert run(capsys, "edit", "Disk full", "--service", "")[0] == 0
    assert run(capsys, "disable", "Disk full")[0] == 0
    after = named(capsys, "Disk full")
    assert (after["title"], after["service"], after["enabled"]) == ("A disk is full", "", False)
    assert "P1  Disk full: A disk is full  (disabled)" in run(capsys, "list")[1]
    assert run(capsys, "enable", "Disk full") == (0, "Enabled the template “Disk full”.\n")
    assert named(capsys, "Disk full")["enabled"] is True
    with psycopg.connect(database_url) as connection:
        trail = connection.execute("select action, detail from audit order by id").fetchall()
    assert trail == [
        (f"templates {action}", "Disk full") for action in ("add", "edit", "disable", "enable")
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("edit", "Nothing", "--title", "x"), "There is no template “Nothing”."),
        (("disable", "Nothing"), "There is no template “Nothing”."),
        (("enable", "Nothing"), "There is no template “Nothing”."),
        (("add", "Service down", "--title", "x"), "There is already a template “Service down”"),
        (("add", "New", "--title", "x" * 101), "The title may have 100 characters"),
        (("add", "x" * 101, "--title", "x"), "The name must have 1 to 100 characters."),
        (("add", " ", "--title", "x"), "The name must have 1 to 100 characters."),
        (("edit", "Service down", "--description", "x" * 3001), "the description 3000"),
    ],
)
def test_a_mistake_is_explained_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    before = run(capsys, "list", "--json")
    code, printed = run(capsys, *words)
    assert (code, says in printed) == (1, True), printed
    assert run(capsys, "list", "--json") == before


@pytest.mark.parametrize(
    "words",
    [(), ("pizza",), ("add", "New"), ("add",), ("add", "New", "--title", "x", "--severity", "P9")],
)
def test_a_wrong_line_is_usage(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, printed = run(capsys, *words)
    assert code == 2
    assert "Usage: incident-bot templates" in printed


def test_without_a_database_it_says_which_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    code, printed = run(capsys, "list")
    assert code == 2
    assert "DATABASE_URL" in printed
