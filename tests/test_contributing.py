"""The guide for contributors: every file and target that it names is there, and it is linked."""

import re
from typing import Final

from tests.docs import ROOT

GUIDE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_MOST_WORDS: Final = 35


def test_each_file_and_folder_that_it_names_exists() -> None:
    named = re.findall(
        r"\b((?:incident_bot|tests|docs|migrations)/[\w/.]*|[A-Z]+\.md)(?![\w<])", GUIDE
    )
    assert len(named) > 30
    wanted = {each.rstrip(".") for each in named if "NNNN" not in each}
    assert [each for each in sorted(wanted) if not (ROOT / each).exists()] == []


def test_each_target_that_it_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ([a-z-]+)`", GUIDE)):
        assert f"\n{target}: " in makefile, target


def test_each_word_of_the_glossary_has_one_meaning() -> None:
    table = GUIDE.partition("## Words")[2].partition("\n## ")[0]
    words = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)[1:]
    words = [each for each in words if not set(each) <= {"-", " "}]
    assert len(words) == len(set(words)) <= _MOST_WORDS


def test_the_readme_links_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in ("CONTRIBUTING.md", "SECURITY.md"):
        assert f"]({page})" in readme
