"""Each library has a lower and an upper bound, wherever this project asks for one."""

import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

import incident_bot
from tests.docs import ROOT

_FOLDERS: Final = (ROOT, ROOT / "binary", ROOT / ".ci")
_SANDBOX: Final = "incident-bot-sandbox"


def _extras() -> dict[str, list[Requirement]]:
    """Return what setup.cfg asks for, by the list that it stands in."""
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = {
        "install_requires": setup["options"]["install_requires"],
        **setup["options.extras_require"],
    }
    return {name: [*_requirements(lines)] for name, lines in lists.items()}


def _requirements(lines: str) -> Iterator[Requirement]:
    for line in lines.splitlines():
        if asked := re.match(r"[^\s#-][^#\\]*", line):
            yield Requirement(asked[0])


def _of_file(path: Path) -> list[Requirement]:
    return [*_requirements(path.read_text(encoding="utf-8"))]


def _to_build(folder: Path) -> list[Requirement]:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return [Requirement(line) for line in project["build-system"]["requires"]]


def _files() -> list[Path]:
    return sorted(file for folder in _FOLDERS for file in folder.glob("*requirements*"))


ASKED_FOR: Final = {
    **{f"setup.cfg {name}": asked for name, asked in _extras().items()},
    **{str(file.relative_to(ROOT)): _of_file(file) for file in _files()},
    "pyproject.toml": _to_build(ROOT),
    "slack_sandbox/pyproject.toml": _to_build(ROOT / "slack_sandbox"),
}


def _lock_of(place: str) -> Path:
    if place.startswith("setup.cfg"):
        is_installed = place.endswith("install_requires")
        return ROOT / ("requirements.txt" if is_installed else "requirements-dev.txt")
    if place.endswith(".in"):
        return ROOT / Path(place).with_suffix(".txt")
    return ROOT / "binary" / "dist-requirements.txt"


@pytest.mark.parametrize("place", ASKED_FOR)
def test_each_library_has_a_lower_and_an_upper_bound(place: str) -> None:
    """One to come may change anything, and an installation takes the newest that is allowed."""
    bounds = [{">=", "<"}, {"=="}]
    assert ASKED_FOR[place]
    assert [
        str(each)
        for each in ASKED_FOR[place]
        if {bound.operator for bound in each.specifier} not in bounds
    ] == []


@pytest.mark.parametrize("place", [place for place in ASKED_FOR if not place.endswith(".txt")])
def test_the_locked_version_is_within_its_bounds(place: str) -> None:
    locked = {
        each.name: str(each.specifier).removeprefix("==") for each in _of_file(_lock_of(place))
    }
    locked[_SANDBOX] = incident_bot.__version__  # a checkout has it
    assert [
        str(each) for each in ASKED_FOR[place] if not each.specifier.contains(locked[each.name])
    ] == []


def test_each_list_is_found() -> None:
    assert {"setup.cfg embedded", "setup.cfg dev", "requirements-dev.txt"} <= {*ASKED_FOR}
    assert {"binary/requirements.in", ".ci/deploy-requirements.in"} <= {*ASKED_FOR}


def test_a_checkout_has_the_servers_that_the_extra_brings() -> None:
    theirs = {str(each) for each in _extras()["embedded"] if each.name != _SANDBOX}
    assert theirs <= {str(each) for each in _extras()["dev"]}
