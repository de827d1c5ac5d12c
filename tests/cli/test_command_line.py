"""The command itself: what it finds, its help, settings from a file, and what a slip answers."""

import importlib
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from incident_bot import __version__, cli
from tests.cli.tree import Words, leaves, parsed, tree
from tests.docs import examples_of

_REFUSED = """
import click

from incident_bot.domain.permissions import Action, require
from tests.domain.examples import incident


@click.command()
def command():
    require(Action.UPDATE, incident(commander_user_id="U0BEN"), "U0ADA")
"""

_IMPORTED = """
import sys
from incident_bot.cli import main
code = main(sys.argv[1:])
sys.stderr.write("\\n".join(sys.modules))
sys.exit(code)
"""


@pytest.fixture
def refused_subcommand(tmp_path: Path) -> Iterator[str]:
    """Put a file into a folder that holds subcommands; what it does is not allowed."""
    (tmp_path / "refused.py").write_text(_REFUSED)
    importlib.invalidate_caches()
    cli.__path__.append(str(tmp_path))
    yield "refused"
    cli.__path__.remove(str(tmp_path))
    sys.modules.pop("incident_bot.cli.refused", None)
    importlib.invalidate_caches()


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind the subcommand"])
def test_settings_are_read_from_the_file_that_is_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("INCIDENT_BOT_ENV_FILE", "")
    file = tmp_path / "bot.env"
    file.write_text(f"# where it is\nexport DATABASE_URL='{database_url}'\n")
    chosen, wanted = ["--env-file", str(file)], ["templates", "list"]
    assert cli.main([*wanted, *chosen] if behind else [*chosen, *wanted]) == 0


def test_an_option_may_have_its_default_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PORT", "INCIDENT_BOT_ENV_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    file = tmp_path / "bot.env"
    file.write_text("PORT=3456\n")
    assert parsed(["dev", "--env-file", str(file)]).params["port"] == 3456


def test_the_environment_wins_over_the_file(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("INCIDENT_BOT_ENV_FILE", "")
    file = tmp_path / "bot.env"
    file.write_text("DATABASE_URL=postgresql://nobody@127.0.0.1:1/nowhere\n")
    assert cli.main(["--env-file", str(file), "templates", "list"]) == 0


def test_a_missing_file_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none")
    chosen = ["--env-file", missing]
    for words in ([*chosen, "templates", "list"], ["templates", *chosen, "list"]):
        assert cli.main(words) == 2
        assert capsys.readouterr().err == f"--env-file: there is no file {missing}.\n"


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for words, command in tree().items():
        if len(words) == 1:
            assert f"\n  {words[0]}  " in shown
            assert (command.help or "").split("\n")[0].split()[0] in shown


def test_without_a_word_it_shows_the_help_and_has_done_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli.main(["--help"])
    help_text = capsys.readouterr().out
    assert cli.main([]) == 2
    assert capsys.readouterr().err == help_text
    assert cli.main(["outbox"]) == 2
    assert "\n  retry  " in capsys.readouterr().err


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"incident-bot {__version__}\n"


@pytest.mark.parametrize("words", list(tree()), ids=" ".join)
def test_every_help_says_what_to_type_and_that_is_understood(
    words: Words, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "-h"]) == 0
    shown = capsys.readouterr().out
    typed = examples_of(tree()[words])
    assert typed
    for line in typed:
        assert f"    {line}\n" in shown
        name, *given = shlex.split(line)
        assert name == "incident-bot"
        assert given[: len(words)] == list(words)
        assert parsed(given).command in leaves().values()


@pytest.mark.parametrize("words", list(leaves()), ids=" ".join)
def test_an_option_has_a_meaning_and_an_argument_too(words: Words) -> None:
    silent = [each.name for each in leaves()[words].params if not getattr(each, "help", None)]
    assert silent == []


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("wbe", "web"),
        ("migrat", "migrate"),
        ("outbox lst", "list"),
        ("templats list", "templates"),
        ("statuspage synch", "sync"),
        ("outbox list --jsno", "--json"),
        ("templates add Disk --titel x", "--title"),
        ("worker --queues statuspage", "--queue"),
        ("--env-flie x web", "--env-file"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(
    line: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_meant(line.split(), meant, capsys)


@pytest.mark.parametrize("words", list(tree()), ids=" ".join)
def test_each_word_and_option_is_found_by_a_slip_of_it(
    words: Words, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, word in enumerate(words):
        for slip in slips(word):
            if (*words[:at], slip) not in tree():
                assert_meant([*words[:at], slip, *words[at + 1 :]], word, capsys)
    for option in options_of(tree()[words]):
        for slip in slips(option.removeprefix("--")):
            assert_meant([*words, f"--{slip}"], option, capsys)


def slips(word: str) -> Iterator[str]:
    """Yield the word with a letter left out, one typed twice, and two the wrong way round."""
    before, one, after = word[: len(word) // 2], word[len(word) // 2], word[len(word) // 2 + 1 :]
    yield before + after
    yield before + one + one + after
    yield before[:-1] + one + before[-1:] + after


def options_of(command: click.Command) -> list[str]:
    """Return the long options of what can be run, also those that its help hides."""
    return [
        name
        for each in command.params
        if isinstance(each, click.Option) and not isinstance(command, click.Group)
        for name in (*each.opts, *each.secondary_opts)
        if name.startswith("--")
    ]


def assert_meant(words: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert "Did you mean" in said, words
    assert f"'{meant}'" in said.partition("Did you mean")[2], words
    assert " --help' for help." in said


def test_options_are_understood_wherever_they_stand() -> None:
    first = parsed(["templates", "add", "--title", "It is full", "Disk", "--severity", "P1"])
    last = parsed(["templates", "add", "Disk", "--severity", "P1", "--title", "It is full"])
    assert first.params == last.params
    assert parsed(["postmortem", "--json", "INC-1"]).params == {"incident": "INC-1"}


@pytest.mark.parametrize("words", [[], ["--help"], ["--version"], ["completion", "bash"], ["wbe"]])
def test_only_what_is_asked_for_is_imported(words: list[str]) -> None:
    """The drivers and the web framework take most of a second to import."""
    done = subprocess.run([sys.executable, "-c", _IMPORTED, *words], capture_output=True, text=True)
    imported = set(done.stderr.splitlines())
    assert "click" in imported
    assert imported & {"psycopg", "flask", "redis", "rq", "requests", "slack_sdk", "yoyo"} == set()
    ours = {name for name in imported if name.startswith("incident_bot.cli.")}
    loaded = {name.rpartition(".")[2] for name in ours}
    assert {name for name in loaded if not name.startswith("_")} <= set(words)


def test_a_refusal_reads_well_without_slack(
    refused_subcommand: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([refused_subcommand]) == 1
    assert capsys.readouterr().err == (
        "Only the commander of INC-42 can do that: that is U0BEN. Ask them, or take command: "
        "`incident claim INC-42`.\n"
    )


def test_a_subcommand_is_a_file_that_is_found(
    refused_subcommand: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--help"]) == 0
    assert f"\n  {refused_subcommand}" in capsys.readouterr().out
