"""The documents: whatever people typed, their tables and headings hold."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain import mentions
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.record import IncidentRecord, PostedMessage
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render import documents, postmortem
from tests.domain.examples import DECLARED_AT, incident

_NASTY: Final = st.text(
    st.one_of(
        st.sampled_from("|`<>#*_-=+~[]()\\!@&\n\r\t 1.)\u2028\u202e\u200d\x0b:/"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
_IDS: Final = ("U0ADA", "U0BEN", "U0CLEO")
WORKSPACE: Final = "https://acme.slack.com"


def entry(number: int, kind: Kind, text: str) -> Entry:
    values = {
        Kind.DECLARED: (None, "P3"),
        Kind.HANDOVER: ("U0ADA", "U0BEN"),
        Kind.SEVERITY: ("P3", "P1"),
        Kind.PUBLIC_UPDATE: (None, "identified"),
    }
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
        channel_id="C0INC",
        channel_name="inc-42",
        acknowledged_at=DECLARED_AT + timedelta(minutes=3),
        resolved_at=DECLARED_AT + timedelta(hours=2, minutes=5),
    )


def record(text: str, entries: list[Entry], name: str) -> IncidentRecord:
    """The record in which everybody has this name, and every other entry its message."""
    return IncidentRecord(
        incident=resolved(text),
        entries=entries,
        names=dict.fromkeys(_IDS, name),
        workspace_url=WORKSPACE,
        messages={
            each.id: PostedMessage(channel_id="C0INC", ts=f"1700000000.{each.id:06}")
            for each in entries[::2]
        },
    )


def cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)(?:\\\\)*\|", row.strip().removeprefix("|").removesuffix("|"))


@given(texts=st.lists(_NASTY, min_size=1, max_size=11), name=_NASTY)
def test_no_words_break_a_table_a_heading_or_a_list(texts: list[str], name: str) -> None:
    kinds = list(Kind)
    entries = [entry(n, kinds[n % len(kinds)], text) for n, text in enumerate(texts)]
    tame = [replace(one, text="x") for one in entries]
    plain = postmortem.write(record("x", tame, "x"))
    document = postmortem.write(record(texts[0], entries, name or "x"))
    for text in (document, documents.timeline(record(texts[0], entries, name or "x"))):
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
    assert not re.search(r"^(?:> )*\s*(?:[*+]|\d+[.)]) ", document, re.MULTILINE)
    assert not re.search(r"^> [#>=-]", document, re.MULTILINE)
    assert set(re.findall(r"(?<!\\)\]\(([^)]*)\)", document)) == set(
        re.findall(r"(?<!\\)\]\(([^)]*)\)", plain)
    )


def test_times_are_utc_whatever_the_server_is_set_to() -> None:
    late = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    entries = [replace(entry(1, Kind.NOTE, "x"), at=late)]
    text = documents.timeline(IncidentRecord(incident=resolved("x"), entries=entries))
    assert "| 2026-03-01 23:59:59 |" in text


def test_an_entry_links_the_message_that_tells_of_it() -> None:
    entries = [entry(0, Kind.STATUS, "x"), entry(1, Kind.NOTE, "x")]
    known = record("x", entries, "Ada")
    linked = f"[2026-03-01 03:00:00]({WORKSPACE}/archives/C0INC/p1700000000000000)"
    assert f"| {linked} | status |" in documents.timeline(known)
    assert "| 2026-03-01 03:01:00 | note |" in documents.timeline(known)
    unknown = documents.timeline(replace(known, workspace_url=""))
    assert "| 2026-03-01 03:00:00 | status |" in unknown


def test_whom_somebody_mentions_has_the_full_name_too() -> None:
    text = f"ask {mentions.marked('U0BEN', 'ben')} or {mentions.marked('U0ZED', 'zed')}"
    known = replace(record("x", [entry(1, Kind.NOTE, text)], ""), names={"U0BEN": "Ben Larsson"})
    assert "ask @\u200bBen Larsson or @\u200bzed" in documents.timeline(known)


def test_a_file_has_a_plain_name_and_a_title_of_its_own() -> None:
    known = record("x", [entry(0, Kind.DECLARED, "x")], "Ada")
    first, second = [documents.document("postmortem", known, version=each) for each in (1, 2)]
    assert first.filename == second.filename == "inc-42-postmortem.md"
    assert (first.title, second.title) == ("INC-42 postmortem", "INC-42 postmortem, version 2")
    listed = documents.document("timeline", known, version=1)
    assert (listed.filename, listed.title) == ("inc-42-timeline.md", "INC-42 timeline")
    assert listed.content == documents.timeline(known)
