"""The pages: every command, setting, scope and link in them is true."""

import re
from pathlib import Path
from typing import Final

import pytest

from incident_bot import __version__, cli, settings
from incident_bot.cli._subcommands import root
from incident_bot.commands import by_word
from incident_bot.doctor.scopes import bot_scopes
from incident_bot.settings import SETTINGS, urls
from tests import docs
from tests.builders import ENVIRONMENT
from tests.cli.tree import leaves, tree
from tests.docs import REGENERATE, ROOT

PAGES: Final = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", docs.generated(), ids=name_of)
def test_what_is_made_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == docs.made_anew(path), REGENERATE


def test_each_part_that_is_made_has_its_place_on_a_page() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in docs.generated())
    assert set(re.findall(r"<!-- made by tests\.docs: (\w+) -->", text)) == set(docs.MADE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_link_leads_to_a_file_and_each_anchor_to_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            found = (page.parent / file).resolve() if file else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_make_command_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", text, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_incident_command_on_a_page_exists(page: Path) -> None:
    typed = re.findall(r"/incident ([a-z]+)", page.read_text(encoding="utf-8"))
    assert set(typed) <= set(by_word())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_incident_bot_command_on_a_page_exists(page: Path) -> None:
    used = re.findall(r"(?:`|^ {4})incident-bot ([a-z]+)", page.read_text(), re.MULTILINE)
    assert set(used) <= set(root().commands)


def test_each_package_of_the_readme_exists() -> None:
    packages = re.findall(r"`((?:incident_bot/|tests|migrations)[a-z_/]*)`", read("README.md"))
    assert [each for each in packages if not (ROOT / each).is_dir()] == []
    in_packages = {path.parent for path in (ROOT / "incident_bot").glob("*/__init__.py")}
    assert {name_of(path) for path in in_packages} <= set(packages)


def test_the_index_has_each_page_once_and_is_linked_from_the_readme() -> None:
    linked = re.findall(r"^\| [^|]+ \| \[[^]]+\]\(([^)]+)\) \|$", read("docs/README.md"), re.M)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(linked) == sorted([*pages, "../CONTRIBUTING.md", "../SECURITY.md"])
    assert "](docs/README.md)" in read("README.md")


def test_every_subcommand_of_help_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    commands = capsys.readouterr().out.partition("\nCommands:\n")[2].partition("\n\n")[0]
    listed = re.findall(r"^ {2}([a-z]+)  ", commands, re.MULTILINE)
    described = re.findall(r"^### `incident-bot ([a-z]+)`$", read("docs/COMMAND_LINE.md"), re.M)
    assert described == listed == sorted(root().commands)


@pytest.mark.parametrize("words", list(tree()), ids=" ".join)
def test_every_action_and_option_of_help_is_described(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    heading = f"#{'#' * len(words)} `incident-bot {' '.join(words)}`\n"
    part = read("docs/COMMAND_LINE.md").partition(f"#{heading}")[2].partition("\n##")[0]
    assert part, REGENERATE
    options = set(re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE))
    assert {option for option in options if f"`{option}" not in part} == set(), REGENERATE
    if words in leaves():
        typed = re.findall(r"^    (incident-bot .+)$", shown, re.MULTILINE)
        assert [line for line in typed if f"\n{line}\n" not in part] == [], REGENERATE


def test_every_setting_is_described_with_its_default_and_older_names() -> None:
    page = read("docs/CONFIGURATION.md")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert list(rows) == [setting.name for setting in SETTINGS]
    for setting in SETTINGS:
        row = rows[setting.name]
        assert f"`{setting.default}`" in row or not setting.default
        assert ("**required**" in row) == (setting.default is None)
        assert all(f"`{older}`" in row for older in setting.older_names)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_named_on_a_page_exists(page: Path) -> None:
    names = {name for setting in SETTINGS for name in (setting.name, *setting.older_names)}
    known = {*names, *(f"{name}_FILE" for name in names), "NAME", "NAME_FILE", "SANDBOX_PORT"}
    known |= {*urls.PROXIES, *urls.CERTIFICATES, "NO_PROXY", "GUNICORN_CMD_ARGS"}
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^ {4,6})([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", text, re.MULTILINE)
    assert set(named) <= known


def test_every_scope_of_the_manifest_is_explained_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z:.]+)` \|", read("docs/SLACK_SETUP.md"), re.MULTILINE)
    assert rows == bot_scopes()
    assert set(docs.WHAT_FOR) == set(rows)


def test_the_example_of_env_is_refused_until_the_four_are_filled_in(tmp_path: Path) -> None:
    required = [setting.name for setting in SETTINGS if setting.default is None]
    values = settings.read_env_file(ROOT / ".env.example")
    assert list(values) == required
    lines = read(".env.example").splitlines()
    filled = "\n".join(
        line + ENVIRONMENT[line[:-1]] if line[:-1] in required else line for line in lines
    )
    (tmp_path / ".env").write_text(filled, encoding="utf-8")
    assert settings.load(settings.read_env_file(tmp_path / ".env")) == settings.load(
        {name: ENVIRONMENT[name] for name in required}
    )


def test_the_example_of_env_shows_every_setting_as_it_is_by_default(tmp_path: Path) -> None:
    uncommented = re.sub(r"^#([A-Z0-9_]+=)", r"\1", read(".env.example"), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(uncommented, encoding="utf-8")
    values = settings.read_env_file(tmp_path / ".env")
    assert values == {setting.name: setting.default or "" for setting in SETTINGS}


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^##+ (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert set(headings[1:]) & {"Added", "Changed", "Fixed"}


def test_this_version_is_dated_in_the_changelog() -> None:
    dated = rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$"
    assert re.search(dated, read("CHANGELOG.md"), re.MULTILINE)
