"""docs/UPGRADING.md: each way to deploy has its line, and what it says of versions is so."""

import re
from typing import Final

import pytest

from incident_bot import __version__
from incident_bot.settings import SETTINGS
from tests.docs import ROOT

PAGE: Final = (ROOT / "docs" / "UPGRADING.md").read_text(encoding="utf-8")
_DEPLOYMENT: Final = (ROOT / "docs" / "DEPLOYMENT.md").read_text(encoding="utf-8")
_WAYS: Final = {
    "systemd": "One machine",
    "Wheel": "The wheel",
    "Compose": "Docker Compose",
    "Docker": "Docker",
    "Kubernetes": "Kubernetes",
    "Fly.io": "Fly.io",
    "Railway": "Railway",
    "Render": "Render",
    "Heroku": "Heroku, Dokku and others that read a Procfile",
}
"""Each way, and where docs/DEPLOYMENT.md describes it."""

_NO_WAYS: Final = {"Platforms", "Without a public address"}


def test_each_way_to_deploy_has_a_line_up_and_one_back() -> None:
    table = PAGE.partition("| Way | Upgrade | Go back |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (?!---)([^|]+) \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    assert [way for way, _, _ in rows] == list(_WAYS)


def test_each_way_that_is_described_is_one_of_them() -> None:
    ways = _DEPLOYMENT.partition("## Docker\n")[2].partition("\n## The database's URL")[0]
    platforms = set(re.findall(r"^### (.+)$", ways, re.MULTILINE))
    others = {"Docker", *re.findall(r"^## (.+)$", ways, re.MULTILINE)} - _NO_WAYS
    assert platforms | others == set(_WAYS.values())


def test_each_file_that_it_names_exists() -> None:
    named = re.findall(r"`(?:sudo )?((?:k8s|systemd|tests|docs)/[\w./-]+)", PAGE)
    assert {"systemd/install.sh", "k8s/Kustomization", "tests/chaos/test_versions.py"} <= set(named)
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_the_pythons_are_those_that_the_package_takes() -> None:
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    (first, after) = re.findall(r"python_requires = >=3\.(\d+),<3\.(\d+)", setup)[0]
    assert f"| Python | 3.{first} to 3.{int(after) - 1} |" in PAGE


@pytest.mark.parametrize("setting", ["DATABASE_URL", "REDIS_URL"])
def test_the_oldest_servers_are_those_that_the_settings_name(setting: str) -> None:
    (said,) = (each.help for each in SETTINGS if each.name == setting)
    rows = "".join(re.findall(r"^\| (?:PostgreSQL|Redis, Valkey) \| .+$", PAGE, re.MULTILINE))
    oldest = re.findall(r"(PostgreSQL|Redis|Valkey) ([\d.]+)", said)
    assert oldest
    for server, version in oldest:
        assert re.search(rf"{server} (\| )?{re.escape(version)} ", rows), (server, version)


def test_security_leads_to_what_gets_fixes() -> None:
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "](docs/UPGRADING.md#what-gets-fixes)" in security


def test_each_image_and_example_is_of_this_version() -> None:
    files = [
        *(ROOT / "docs").glob("*.md"),
        *(each for each in (ROOT / "k8s").rglob("*") if each.is_file()),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    images = re.findall(r"incident-bot:(\d[\w.]*)", text)
    others = re.findall(r'(?:newTag: |"version": ")(\d[\w.]*)', text)
    assert len(images) >= 6
    assert len(others) >= 2
    assert set(images + others) == {__version__}
