"""The documents: whatever people typed, their tables and headings hold."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render import documents
from tests.domain.examples import DECLARED_AT, incident

_NASTY: Final = st.text(
    st.one_of(
        st.sampled_from("|`<>#*_-=+~[]()\\!@&\n\r\t 1.)\u2028\u202e\u200d\x0b:/"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
_IDS: Final = ("U0ADA", "U0BEN", "U0CLEO")


def entry(number: int, kind: Kind, text: str) -> Entry:
    values = {Kind.HANDOVER: ("U0ADA", "U0BEN"), Kind.SEVERITY: ("P3", "P1")}
    before, after = values.get(kind, (None, None))
    return Entry(
        id=number,
        incident_id=42,
        at=DECLARED_AT + timedelta(minutes=number),
        kind=kind,
        actor_user_id=_IDS[number % 3],
        text=text,
        before=before,
        after=after,
    )


def resolved(text: str) -> Incident:
    return incident(
        title=text or "x",
        description=text,
        service=text or "x",
        status=Status.RESOLVED,
        acknowledged_at=DECLARED_AT + timedelta(minutes=3),
        resolved_at=DECLARED_AT + timedelta(hours=2, minutes=5),
    )


def cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)(?:\\\\)*\|", row.strip().removeprefix("|").removesuffix("|"))


@given(texts=st.lists(_NASTY, min_size=1, max_size=6), name=_NASTY)
def test_no_words_break_a_table_a_heading_or_a_list(texts: list[str], name: str) -> None:
    kinds = list(Kind)
    entries = [entry(n, kinds[n % len(kinds)], text) for n, text in enumerate(texts)]
    names = dict.fromkeys(_IDS, name or "x")
    plain = documents.postmortem(resolved("x"), [replace(one, text="x") for one in entries], names)
    document = documents.postmortem(resolved(texts[0]), entries, names)
    for text in (document, documents.timeline(resolved(texts[0]), entries, names)):
        lines = text.split("\n")
        assert "<" not in text
        assert "\r" not in text
        assert not re.search(r"(?<!\\)`", text)
        assert not re.search(r"@(?!\u200b)", text)
        begin = lines.index("| time (UTC) | what | who | details |")
        rows = lines[begin : begin + 2 + len(entries)]
        assert all(row.startswith("|") and row.endswith("|") for row in rows)
        assert {len(cells(row)) for row in rows} == {4}
        assert not lines[begin + 2 + len(entries)].startswith("|")
    headings = re.findall(r"^#+ (?=[A-Z]).*$", document, re.MULTILINE)
    assert len(headings) == len(re.findall(r"^#+ ", plain, re.MULTILINE))
    assert len(re.findall(r"^#+ ", document, re.MULTILINE)) == len(headings)
    assert len(re.findall(r"^- ", document, re.MULTILINE)) == len(re.findall(r"^- ", plain, re.M))
    assert not re.search(r"^\s*(?:[*+]|\d+[.)]) ", document, re.MULTILINE)


def test_the_postmortem_knows_what_the_record_knows() -> None:
    entries = [
        entry(0, Kind.DECLARED, "Checkout returns 500"),
        entry(1, Kind.HANDOVER, ""),
        entry(2, Kind.NOTE, "# a | b"),
        replace(entry(3, Kind.RESOLVED, "bigger disks"), before="monitoring", after="resolved"),
    ]
    text = documents.postmortem(resolved("Checkout"), entries, {"U0ADA": "ada", "U0BEN": "ben"})
    for words in (
        "# Postmortem of INC-42: Checkout",
        "It took 2 h 5 min.\n\nbigger disks",
        "- Commander: ada",
        "- Acknowledged: 2026-03-01 03:03:00",
        "- Mitigated: not recorded",
        "- Time to acknowledge: 3 min",
        "- Time to resolve: 2 h 5 min",
        "| 2026-03-01 03:01:00 | handover | ben | ada → ben |",
        r"| 2026-03-01 03:02:00 | note | U0CLEO | \# a \| b |",
        "| 2026-03-01 03:03:00 | resolved | ada | monitoring → resolved: bigger disks |",
        "## What went well",
        "## Action items",
    ):
        assert words in text
    assert text.count("ada") > 1
    corrected = replace(entry(4, Kind.EDITED, "title"), before="a | b", after="c")
    assert r"| edited | ben | title “a \| b” → “c” |" in documents.timeline(
        resolved("x"), [corrected], {"U0BEN": "ben"}
    )
    assert re.findall(r"## Who took part\n\n((?:- .*\n)+)", text) == ["- ada\n- ben\n- U0CLEO\n"]


_CAME_BACK: Final = """\
# Postmortem of INC-42: Checkout returns 500

## Summary

Checkout returns 500 (P2, checkout). It took 1 h 5 min.

the disks were full

## Impact

Nobody can pay

## Facts

- Severity: P2
- Service: checkout
- Status: resolved
- Commander: ben
- Declared: 2026-03-01 03:00:00 by ada
- Acknowledged: 2026-03-01 03:03:00
- Mitigated: 2026-03-01 03:41:00
- Resolved: 2026-03-01 04:05:00

## Durations

- Time to acknowledge: 3 min
- Time to mitigate: 41 min
- Time to resolve: 1 h 5 min

## Who took part

- ada
- ben

## Timeline (UTC)

| time (UTC) | what | who | details |
|---|---|---|---|
| 2026-03-01 03:00:00 | declared | ada | P2: Checkout returns 500 |
| 2026-03-01 03:03:00 | status | ben | declared → investigating: looking |
| 2026-03-01 03:07:00 | status | ben | investigating → monitoring: rolled back |
| 2026-03-01 03:10:00 | resolved | ben | monitoring → resolved: it was the deploy |
| 2026-03-01 03:30:00 | reopened | ben | resolved → investigating: errors are back |
| 2026-03-01 03:41:00 | status | ben | investigating → monitoring: bigger disks |
| 2026-03-01 04:05:00 | resolved | ben | monitoring → resolved: the disks were full |

## What went well

- \n
## What went badly

- \n
## Where we were lucky

- \n
## Action items

| action | owner | due |
|---|---|---|
|  |  |  |
"""


def test_the_postmortem_of_an_incident_that_came_back_is_of_its_last_resolution() -> None:
    one = incident(commander_user_id="U0BEN", description="Nobody can pay")
    entries = [replace(entry(0, Kind.DECLARED, one.title), after=one.severity)]
    for minute, kind, status, text in (
        (3, Kind.STATUS, Status.INVESTIGATING, "looking"),
        (7, Kind.STATUS, Status.MONITORING, "rolled back"),
        (10, Kind.RESOLVED, Status.RESOLVED, "it was the deploy"),
        (30, Kind.REOPENED, Status.INVESTIGATING, "errors are back"),
        (41, Kind.STATUS, Status.MONITORING, "bigger disks"),
        (65, Kind.RESOLVED, Status.RESOLVED, "the disks were full"),
    ):
        change = replace(entry(minute, kind, text), before=one.status, after=status)
        entries.append(replace(change, actor_user_id="U0BEN"))
        one = one.moved_to(status, change.at)
    names = {"U0ADA": "ada", "U0BEN": "ben"}
    assert documents.postmortem(one, entries, names) == _CAME_BACK


def test_times_are_utc_whatever_the_server_is_set_to() -> None:
    late = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    text = documents.timeline(resolved("x"), [replace(entry(0, Kind.NOTE, "x"), at=late)], {})
    assert "| 2026-03-01 23:59:59 |" in text
