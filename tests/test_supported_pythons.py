"""The Pythons that are supported: setup.cfg says which, and every other place says the same."""

import configparser
import re
from typing import Final

import bootstrap
from tests.docs import ROOT

_CONFIG: Final = configparser.ConfigParser(interpolation=None)
_CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")
_DEPLOYMENT: Final = "docs/DEPLOYMENT.md"


def supported() -> list[int]:
    """Return the minor versions of Python 3 that setup.cfg takes, oldest first."""
    wanted = _CONFIG["options"]["python_requires"]
    found = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", wanted)
    assert found, wanted
    return list(range(int(found[1]), int(found[2])))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_bootstrap_takes_them_and_no_other() -> None:
    oldest, *_, newest = supported()
    assert ((3, oldest), (3, newest + 1)) == (bootstrap.OLDEST, bootstrap.TOO_NEW)
    assert ("--python-version", f"3.{oldest}") in set(
        zip(bootstrap.UNIVERSALLY, bootstrap.UNIVERSALLY[1:], strict=False)
    )


def test_make_looks_for_each_and_takes_no_other() -> None:
    makefile, (oldest, *_, newest) = read("Makefile"), supported()
    assert f"(3, {oldest}) <= sys.version_info[:2] < (3, {newest + 1})" in makefile
    (tried,) = re.findall(r"for python in python3 (.+); do", makefile)
    assert tried.split() == [f"python3.{minor}" for minor in reversed(supported())]


def test_each_sentence_names_the_oldest_and_the_newest() -> None:
    oldest, *_, newest = supported()
    said = f"Python 3.{oldest} to 3.{newest}"
    for name in ("README.md", "CONTRIBUTING.md", _DEPLOYMENT, "Makefile", "bootstrap.py"):
        assert said in read(name), name


def test_the_image_has_the_one_that_the_whole_suite_has_run_on() -> None:
    (tried,) = re.findall(r"whole suite has run.*?on Python (3\.\d+)", read(_DEPLOYMENT), re.DOTALL)
    assert read(".python-version").strip() == tried
    assert set(re.findall(r"^FROM python:(3\.\d+)-", read("Dockerfile"), re.M)) == {tried}


def test_the_types_are_checked_for_the_oldest() -> None:
    assert _CONFIG["mypy"]["python_version"] == f"3.{supported()[0]}"
