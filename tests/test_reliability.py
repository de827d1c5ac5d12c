"""The page on reliability: the tests it names exist, every chaos suite and metric is on it."""

import re
from typing import Final

from incident_bot import metrics as counts
from incident_bot.web import metrics
from tests.chaos.rounds import COLUMNS
from tests.docs import ROOT

PAGE: Final = ROOT / "docs" / "RELIABILITY.md"


def _named() -> set[str]:
    return set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text(encoding="utf-8")))


def test_each_test_it_names_exists() -> None:
    assert [name for name in _named() if not (ROOT / name).is_file()] == []


def test_each_chaos_suite_is_named_on_it() -> None:
    suites = (ROOT / "tests" / "chaos").glob("test_*.py")
    assert {str(path.relative_to(ROOT)) for path in suites} <= _named()


def test_the_table_of_the_last_run_is_whole_and_without_a_fault() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("### Last measured")[2].partition("\n## ")[0]
    head, _, *lines = (line for line in table.splitlines() if line.startswith("|"))
    assert head == f"| {' | '.join(COLUMNS)} |"
    assert {line.split(" | ")[-1] for line in lines} == {"ok |"}


def test_each_metric_is_explained_on_it_and_no_other() -> None:
    named = set(re.findall(r"`(incidentbot_\w+)", PAGE.read_text(encoding="utf-8")))
    standing = {f"incidentbot_{name}" for name in metrics.STANDING}
    families = counts.counted().collect()
    assert named == standing | {
        f"{each.name}_total" if each.type == "counter" else each.name for each in families
    }
