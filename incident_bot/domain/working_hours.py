"""Working hours: when what can wait is said."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from incident_bot.settings.times import WorkingHours

_DAY = timedelta(days=1)


def next_open(moment: datetime, hours: WorkingHours, zone: tzinfo) -> datetime:
    """Return the moment itself in working hours, and otherwise when they next begin."""
    day = moment.astimezone(zone).date()
    while day.weekday() not in hours.days or moment >= _at(day, hours.closes, zone):
        day += _DAY
    return max(moment, _at(day, hours.opens, zone))


def working_days_after(moment: datetime, count: int, hours: WorkingHours, zone: tzinfo) -> datetime:
    """Return the same time of day so many working days later, in working hours."""
    local = moment.astimezone(zone)
    day = local.date()
    while count:
        day += _DAY
        count -= day.weekday() in hours.days
    return next_open(datetime.combine(day, local.time(), zone).astimezone(UTC), hours, zone)


def morning_after(moment: datetime, hours: WorkingHours, zone: tzinfo) -> datetime:
    """Return when work begins on the next working day after the moment's own."""
    midnight = _at(moment.astimezone(zone).date() + _DAY, timedelta(), zone)
    return next_open(midnight, hours, zone)


def _at(day: date, since_midnight: timedelta, zone: tzinfo) -> datetime:
    """Return what the clock of the zone shows, also where the day has 23 or 25 hours."""
    return (datetime.combine(day, time(), zone) + since_midnight).astimezone(UTC)
