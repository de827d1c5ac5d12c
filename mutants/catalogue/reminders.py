"""Faults in promises and reminders: what is said too often, too late, to nobody, or at night."""

from mutants import Mutant

_PROMISES = "tests/journeys/test_promises.py"
_REMINDERS = "tests/journeys/test_reminders.py"
_CLOCK = "tests/workflow/test_reminders.py"
_LADDERS = "tests/domain/test_reminders.py"
_RULES = "tests/domain/test_promises.py"
_HOURS = "tests/domain/test_working_hours.py"

MUTANTS = (
    Mutant(
        id="promise-shortened",
        file="incident_bot/domain/promises.py",
        old="    return max((each for each in due if each and each > now), default=None)\n",
        new="    return min((each for each in due if each and each > now), default=None)\n",
        tests=(_RULES,),
        suffers="Whoever promised an update in four hours is called in after half an hour.",
    ),
    Mutant(
        id="overdue-kept",
        file="incident_bot/domain/promises.py",
        old="if each and each > now), default",
        new="if each), default",
        tests=(_RULES,),
        suffers="A P3 is overdue for good although its update was given.",
    ),
    Mutant(
        id="snoozed-from-long-ago",
        file="incident_bot/domain/promises.py",
        old="    return max(now, incident.next_update_at) + checked(by)\n",
        new="    return incident.next_update_at + checked(by)\n",
        tests=(_RULES,),
        suffers="Whoever snoozes what is an hour late is called in again at once.",
    ),
    Mutant(
        id="every-step-said",
        file="incident_bot/domain/reminders.py",
        old="    return due[-1] if due else None\n",
        new="    return due[0] if due else None\n",
        tests=(_LADDERS,),
        suffers="After an outage people read each step, one after the other.",
    ),
    Mutant(
        id="short-promise-called-in-at-once",
        file="incident_bot/domain/reminders.py",
        old="    first = next(place for place, each in enumerate(steps) if left >= each.notice)\n",
        new="    first = 0\n",
        tests=(_LADDERS,),
        suffers="Who promises an update in ten minutes is reminded of it five minutes later.",
    ),
    Mutant(
        id="clocks-never-change",
        file="incident_bot/domain/working_hours.py",
        old="    return (datetime.combine(day, time(), zone) + since_midnight).astimezone(UTC)\n",
        new="    return datetime.combine(day, time(), zone).astimezone(UTC) + since_midnight\n",
        tests=(_HOURS,),
        suffers="On the day on which clocks change a reminder comes an hour off.",
    ),
    Mutant(
        id="reminded-at-night",
        file="incident_bot/workflow/reminders.py",
        old="    if waits_until > tx.now:\n",
        new="    if False:\n",
        tests=(_CLOCK,),
        suffers="A forgotten P4 wakes its commander on a Saturday night.",
    ),
    Mutant(
        id="reminded-in-our-hours",
        file="incident_bot/workflow/reminders.py",
        old="        zone = zone_called(people.time_zone(tx, incident.commander_user_id))\n",
        new="        zone = None\n",
        tests=(_CLOCK,),
        suffers="People elsewhere are written to in the middle of their night.",
    ),
    Mutant(
        id="reminder-of-what-is-over",
        file="incident_bot/deliveries/reminding.py",
        old="    return keep_current(job, where, told, may_post=False)\n",
        new="    return keep_current(job, where, told)\n",
        tests=(f"{_PROMISES}::test_nothing_is_posted_of_what_was_resolved_between_claim_and_send",),
        suffers="People are asked about what was resolved a second ago.",
    ),
    Mutant(
        id="reminder-stands-for-good",
        file="incident_bot/workflow/changes.py",
        old="    notifications.changed(tx, saved, update, settings, withdrawals)\n",
        new="    notifications.changed(tx, saved, update, settings)\n",
        tests=(f"{_PROMISES}::test_an_update_answers_what_was_said",),
        suffers="The line that asks for an update stands below the update.",
    ),
    Mutant(
        id="reminded-twice-at-once",
        file="incident_bot/store/incidents.py",
        old="for update skip locked",
        new="",
        tests=(
            f"{_PROMISES}::test_two_workers_say_it_once",
            f"{_PROMISES}::test_an_incident_that_is_just_changed_has_its_turn_later",
        ),
        suffers="Two workers say the same at the same second.",
    ),
    Mutant(
        id="second-press-counts",
        file="incident_bot/commands/snooze.py",
        old="    if kept is None or not call.incident.is_open:\n",
        new="    if False:\n",
        tests=(f"{_PROMISES}::test_a_second_press_reads_that_it_is_answered",),
        suffers="Two people who press in the same second promise twice as much.",
    ),
    Mutant(
        id="mentioned-in-silence",
        file="incident_bot/workflow/reminders.py",
        old="        drafts.append(_reply(kept, to=kept.line))  # an edit notifies nobody\n",
        new="        pass\n",
        tests=(f"{_PROMISES}::test_a_promise_is_called_in_step_by_step_and_then_left_alone",),
        suffers="The owners are named in an edit, of which Slack tells nobody.",
    ),
    Mutant(
        id="archived-at-each-step",
        file="incident_bot/domain/deliveries.py",
        old='destination in IN_THE_CHANNEL or destination.startswith("reminder:")',
        new="destination in IN_THE_CHANNEL",
        tests=(
            f"{_REMINDERS}::test_a_channel_that_is_archived_is_reported_once_and_not_at_each_step",
        ),
        suffers="Each reminder in a channel that is archived is a red line of its own.",
    ),
    Mutant(
        id="waived-and-asked-again",
        file="incident_bot/store/reminders.py",
        old="set is_settled = true, due_at = null, said",
        new="set said",
        tests=(f"{_REMINDERS}::test_whoever_says_that_none_is_needed_says_why",),
        suffers="Who has said why no postmortem is needed is asked again two days later.",
    ),
    Mutant(
        id="newer-kinds-dropped",
        file="incident_bot/store/reminders.py",
        old="        where incident_id = incident.id and kind = any(%(reminders)s)\n"
        "            and kind not in (select kind from standing)\n",
        new="        where incident_id = incident.id\n"
        "            and kind not in (select kind from standing)\n",
        tests=(f"{_CLOCK}::test_a_reminder_of_a_kind_of_a_newer_version_is_left_alone",),
        suffers="While two versions run, the older one drops the reminders of the newer.",
    ),
    Mutant(
        id="executives-told-anyway",
        file="incident_bot/workflow/reminders.py",
        old="    is_told = settings.overdue_tells_executives and incident",
        new="    is_told = incident",
        tests=(f"{_PROMISES}::test_a_promise_is_called_in_step_by_step_and_then_left_alone",),
        suffers="Directors hear of each update that is late.",
    ),
)
