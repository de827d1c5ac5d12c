"""The postmortem: what the record knows, as a reader expects it, and questions for the rest."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from incident_bot.domain.deliveries import State
from incident_bot.domain.incidents import Severity, Status
from incident_bot.domain.people import BOT, FORGOTTEN, NOBODY
from incident_bot.domain.record import IncidentRecord, PostedMessage
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render import postmortem
from tests.domain.examples import DECLARED_AT, incident

_NAMES: Final = {"U0ADA": "Ada Okafor", "U0BEN": "Ben Larsson"}
_URL: Final = "https://acme.slack.com"


def entry(minute: int, kind: Kind, text: str = "", **more: Any) -> Entry:
    """Something that Ben did so many minutes after the declaration."""
    entry = Entry(
        id=minute,
        incident_id=42,
        at=DECLARED_AT + timedelta(minutes=minute),
        kind=kind,
        actor_user_id="U0BEN",
        text=text,
        before=None,
        after=None,
    )
    return replace(entry, **more)


def came_back() -> IncidentRecord:
    """A P2 that rose to P1, was resolved, came back and was resolved at last as a P3."""
    one = incident(
        commander_user_id="U0BEN",
        description="Nobody can pay\n# since noon",
        channel_id="C0INC",
        channel_name="inc-42-checkout",
    )
    entries = [entry(0, Kind.DECLARED, one.title, actor_user_id="U0ADA", after=one.severity)]
    for minute, status, text in (
        (3, Status.INVESTIGATING, "looking"),
        (7, Status.MONITORING, "rolled back"),
        (10, Status.RESOLVED, "it was the deploy"),
        (30, Status.INVESTIGATING, "errors are back"),
        (41, Status.MONITORING, "bigger disks"),
        (65, Status.RESOLVED, "the disks\nwere full"),
    ):
        kind = {10: Kind.RESOLVED, 30: Kind.REOPENED, 65: Kind.RESOLVED}.get(minute, Kind.STATUS)
        entries.append(entry(minute, kind, text, before=one.status, after=status))
        one = one.moved_to(status, entries[-1].at)
    entries += [
        entry(30, Kind.CLAIM, before="U0ADA", after="U0BEN"),
        entry(31, Kind.SEVERITY, before="P2", after="P1"),
        entry(42, Kind.SEVERITY, before="P1", after="P3"),
        entry(32, Kind.PUBLISHED, "Errors at checkout: Some payments fail.", after="investigating"),
        entry(65, Kind.PUBLIC_UPDATE, "This incident has been resolved.", id=66, after="resolved"),
    ]
    return IncidentRecord(
        incident=replace(one, severity=Severity.P3),
        entries=sorted(entries, key=lambda each: each.id),
        names=_NAMES,
        workspace_url=_URL,
        messages={0: PostedMessage(channel_id="C0INC", ts="1772334000.000100")},
        announcements=[PostedMessage(channel_id="C0P1", ts="1772334001.000200")],
        publishing={32: State.SENT, 66: State.DEAD},
        public_url="https://stspg.io/abc",
    )


_CAME_BACK: Final = """\
# Postmortem of INC-42: Checkout returns 500

## Summary

- Severity: P1 at its worst, P3 at the end
- Service: checkout
- Duration: 1 h 5 min (time to resolve, since declared)
- Declared: 2026-03-01 03:00:00 UTC by Ada Okafor
- Acknowledged: 2026-03-01 03:03:00 UTC (first change of status; time to acknowledge 3 min)
- Mitigated: 2026-03-01 03:41:00 UTC (status monitoring; time to mitigate 41 min)
- Reopened: 2026-03-01 03:30:00 UTC by Ben Larsson: errors are back
- Resolved: 2026-03-01 04:05:00 UTC by Ben Larsson
- Commander: Ada Okafor, then Ben Larsson
- Took part: Ada Okafor, Ben Larsson
- Channel: [#inc-42-checkout](https://acme.slack.com/archives/C0INC)
- Announcements: [1](https://acme.slack.com/archives/C0P1/p1772334001000200)

As declared by Ada Okafor:

> Nobody can pay
>
> \\# since noon

As resolved by Ben Larsson:

> the disks
>
> were full

## Impact

_To be written: who was affected, how, how many of them, and for how long?_

## Detection

Ada Okafor declared it at 2026-03-01 03:00:00 UTC.

_To be written: how was it noticed, when did it begin, and what should have told us sooner?_

## Root cause

_To be written: why did it happen? Which change, limit or assumption failed?_

## Contributing factors

_To be written: what made it likelier, worse or longer?_

## What went well

_To be written: what helped, and must stay as it is?_

## What went badly

_To be written: what slowed us down or misled us?_

## Where we were lucky

_To be written: what could have made it worse, and by chance did not?_

## Customer communication

[The public incident](https://stspg.io/abc)

2026-03-01 03:32:00 UTC by Ben Larsson (investigating):

> Errors at checkout: Some payments fail.

2026-03-01 04:05:00 UTC by Ben Larsson (resolved), which **never reached the status page**:

> This incident has been resolved.

## Timeline (UTC)

| time (UTC) | what | who | details |
|---|---|---|---|
| [2026-03-01 03:00:00](https://acme.slack.com/archives/C0INC/p1772334000000100) | declared \
| Ada Okafor | P2: Checkout returns 500 |
| 2026-03-01 03:03:00 | status | Ben Larsson | declared → investigating: looking |
| 2026-03-01 03:07:00 | status | Ben Larsson | investigating → monitoring: rolled back |
| 2026-03-01 03:10:00 | resolved | Ben Larsson | monitoring → resolved: it was the deploy |
| 2026-03-01 03:30:00 | reopened | Ben Larsson | resolved → investigating: errors are back |
| 2026-03-01 03:30:00 | claim | Ben Larsson | Ada Okafor → Ben Larsson |
| 2026-03-01 03:31:00 | severity | Ben Larsson | P2 → P1 |
| 2026-03-01 03:32:00 | published | Ben Larsson \
| investigating: Errors at checkout: Some payments fail. |
| 2026-03-01 03:41:00 | status | Ben Larsson | investigating → monitoring: bigger disks |
| 2026-03-01 03:42:00 | severity | Ben Larsson | P1 → P3 |
| 2026-03-01 04:05:00 | resolved | Ben Larsson | monitoring → resolved: the disks were full |
| 2026-03-01 04:05:00 | public update | Ben Larsson | resolved: This incident has been resolved. |

## Follow-ups

_To be written: who does what by when, so that it does not happen again?_

| action | owner | due |
|---|---|---|
|  |  |  |
"""


def test_the_postmortem_of_an_incident_that_came_back_is_of_its_last_resolution() -> None:
    assert postmortem.write(came_back()) == _CAME_BACK


def sections(text: str) -> dict[str, str]:
    """Return what stands below each heading."""
    titles, bodies = re.findall(r"^## (.*)$", text, re.M), re.split(r"^## .*$", text, flags=re.M)
    return dict(zip(titles, (body.strip() for body in bodies[1:]), strict=True))


def bare(**changes: Any) -> dict[str, str]:
    """The sections of an incident that was declared and resolved, and nothing else."""
    one = incident(**changes).moved_to(Status.RESOLVED, DECLARED_AT + timedelta(minutes=5))
    entries = [entry(0, Kind.DECLARED, one.title, after="P2"), entry(5, Kind.RESOLVED)]
    return sections(postmortem.write(IncidentRecord(incident=one, entries=entries)))


def test_the_impact_is_for_a_person_to_write() -> None:
    found = bare(description="Which database?")
    assert found["Impact"].startswith("_To be written:")
    assert "Which database?" not in found["Impact"]
    assert "> Which database?" in found["Summary"]


def test_whatever_the_record_does_not_know_is_a_question_to_the_writer() -> None:
    for title, body in bare().items():
        is_known = title == "Timeline (UTC)"
        assert is_known or re.search(r"^_To be written: [^_]*\?_$", body, re.MULTILINE), title


def test_nothing_that_was_published_is_said_so() -> None:
    assert bare()["Customer communication"].startswith("Nothing was published.\n")


@pytest.mark.parametrize("state", [None, *State])
def test_what_customers_never_read_is_told_from_what_they_read(state: State | None) -> None:
    one = came_back()
    became = {32: state} if state else {}
    text = sections(postmortem.write(replace(one, publishing=became)))["Customer communication"]
    assert ("not on the status page yet" in text) == (state is State.PENDING)
    assert ("never reached" in text) == (state is State.DEAD)


def test_a_severity_that_never_changed_is_said_once() -> None:
    assert "- Severity: P2\n" in bare()["Summary"]


def test_the_severity_of_one_that_is_still_open_is_of_now() -> None:
    one = incident(severity=Severity.P3)
    entries = [entry(0, Kind.DECLARED, after="P2")]
    text = postmortem.write(IncidentRecord(incident=one, entries=entries))
    assert "- Severity: P2 at its worst, P3 now\n" in text
    assert "- Resolved: not yet\n" in text
    assert "- Acknowledged: not recorded: its status has not changed yet\n" in text


def test_what_never_happened_says_why_there_is_no_time() -> None:
    assert "- Mitigated: not recorded: its status was not monitoring\n" in bare()["Summary"]
    one = came_back()
    unmitigated = replace(one, incident=replace(one.incident, mitigated_at=None))
    said = "- Mitigated: not recorded: its status was not monitoring since it was reopened\n"
    assert said in postmortem.write(unmitigated)


def test_without_the_workspaces_address_there_are_names_and_no_links() -> None:
    text = postmortem.write(replace(came_back(), workspace_url="", public_url=""))
    assert "- Channel: #inc-42-checkout\n" in text
    assert "Announcements" not in text
    assert "](" not in text


def test_somebody_who_was_forgotten_has_no_name() -> None:
    one = came_back()
    entries = [replace(each, actor_user_id=FORGOTTEN) for each in one.entries]
    text = postmortem.write(replace(one, entries=entries, names={**_NAMES, **NOBODY}))
    assert "UTC by somebody who was forgotten\n" in text
    assert "| status | somebody who was forgotten |" in text


def test_the_bot_is_in_the_timeline_and_took_no_part() -> None:
    missed = entry(35, Kind.REMINDER, "The update promised by 03:35 UTC is overdue")
    before = came_back()
    text = postmortem.write(
        replace(
            before,
            entries=[*before.entries, replace(missed, actor_user_id=BOT)],
            names={**_NAMES, **NOBODY},
        )
    )
    assert "| reminder | the bot | The update promised by 03:35 UTC is overdue |" in text
    (part,) = [line for line in text.splitlines() if "Took part" in line]
    assert "the bot" not in part
