"""The figures of incidents: how many there were, and how long the response to them took."""

from typing import Any, Final, LiteralString

from incident_bot.domain.reports import Figures, Grouping, Selection, Spread
from incident_bot.store.database import Tx

# A duration is the difference of the two moments as an export writes them, each cut to its second.
_DECLARED: Final[LiteralString] = """
    with declared as (
        select ending, status <> 'resolved' as is_open,
            case %(by)s when 'service' then service when 'severity' then severity
                else to_char(declared_at, 'YYYY-MM') end as name,
            ending is null and exists (select from timeline
                where incident_id = incidents.id and kind = 'reopened') as is_reopened,
            case when ending is null then extract(epoch from date_trunc('second', acknowledged_at)
                - date_trunc('second', declared_at))::float8 end as acknowledge,
            case when ending is null then extract(epoch from date_trunc('second', mitigated_at)
                - date_trunc('second', declared_at))::float8 end as mitigate,
            case when ending is null then extract(epoch from date_trunc('second', resolved_at)
                - date_trunc('second', declared_at))::float8 end as resolve
        from incidents where declared_at >= %(since)s and declared_at < %(until)s
    )
"""
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
    return tx.one(
        _figures,
        _DECLARED + "select null as name, " + _FIGURES,
        by="",
        since=selected.since,
        until=selected.until,
    )


def of_each(tx: Tx, selected: Selection, by: Grouping) -> list[Figures]:
    """Return the figures of each group, by its name."""
    return tx.all(
        _figures,
        _DECLARED + "select name, " + _FIGURES + " group by name order by name",
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
