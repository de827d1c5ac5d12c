"""The figures of incidents: how many there were, and how long the response to them took."""

from typing import Any, Final, LiteralString

from incident_bot.domain.reports import Figures, Grouping, Selection, Spread
from incident_bot.store.database import Tx

# A duration is the difference of the two moments as an export writes them, each cut to its second.
_DECLARED: Final[LiteralString] = """
    with declared as (
        select ending, status <> 'resolved' as is_open,
            case %(by)s::text when 'service' then service when 'severity' then severity
                when 'month' then to_char(declared_at, 'YYYY-MM') end as name,
            ending is null and reopened.incident_id is not null as is_reopened,
            case when ending is null then floor(date_part('epoch', acknowledged_at))
                - floor(date_part('epoch', declared_at)) end as acknowledge,
            case when ending is null then floor(date_part('epoch', mitigated_at))
                - floor(date_part('epoch', declared_at)) end as mitigate,
            case when ending is null then floor(date_part('epoch', resolved_at))
                - floor(date_part('epoch', declared_at)) end as resolve
        from incidents
        left join (select distinct incident_id from timeline where kind = 'reopened') as reopened
            on reopened.incident_id = incidents.id
        where declared_at >= %(since)s and declared_at < %(until)s
    )
"""
_MEMORY: Final = "set local work_mem = '64MB'"  # a million durations are sorted in it, not on disk
_FIGURES: Final[LiteralString] = """
    count(*) as declared, count(*) filter (where ending is null) as counted,
    count(*) filter (where is_open) as still_open, count(*) filter (where is_reopened) as reopened,
    count(*) filter (where ending = 'false_alarm') as false_alarms,
    count(*) filter (where ending = 'duplicate') as duplicates,
    count(acknowledge) as acknowledge_count, avg(acknowledge) as acknowledge_mean,
    max(acknowledge) as acknowledge_longest,
    percentile_cont(array[0.5, 0.9]) within group (order by acknowledge) as acknowledge_parts,
    count(mitigate) as mitigate_count, avg(mitigate) as mitigate_mean,
    max(mitigate) as mitigate_longest,
    percentile_cont(array[0.5, 0.9]) within group (order by mitigate) as mitigate_parts,
    count(resolve) as resolve_count, avg(resolve) as resolve_mean,
    max(resolve) as resolve_longest,
    percentile_cont(array[0.5, 0.9]) within group (order by resolve) as resolve_parts
    from declared
"""


def of_all(tx: Tx, selected: Selection) -> Figures:
    """Return the figures of the incidents that were declared between two moments."""
    return _read(tx, selected, None)[-1]


def of_each(tx: Tx, selected: Selection, by: Grouping) -> tuple[Figures, list[Figures]]:
    """Return the figures of all, and of each group by its name, read in one pass."""
    *groups, total = _read(tx, selected, by)
    return total, groups


def _read(tx: Tx, selected: Selection, by: Grouping | None) -> list[Figures]:
    tx.run(_MEMORY)
    return tx.all(
        _figures,
        _DECLARED
        + "select name, "
        + _FIGURES
        + " group by grouping sets ((name), ()) order by grouping(name), name",
        by=by,
        since=selected.since,
        until=selected.until,
    )


def _figures(**columns: Any) -> Figures:
    spreads: dict[str, Any] = {
        f"time_to_{what}": _spread(
            columns.pop(f"{what}_count"),
            columns.pop(f"{what}_parts"),
            columns.pop(f"{what}_mean"),
            columns.pop(f"{what}_longest"),
        )
        for what in ("acknowledge", "mitigate", "resolve")
    }
    return Figures(**columns, **spreads)


def _spread(count: int, parts: Any, mean: float | None, longest: float | None) -> Spread:
    median, p90 = parts or (None, None)
    return Spread(
        count=count,
        median_seconds=median,
        p90_seconds=p90,
        mean_seconds=mean,
        longest_seconds=longest,
    )
