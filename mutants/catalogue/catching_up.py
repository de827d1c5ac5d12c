"""Faults in what people read who come late, or come back."""

from mutants import Mutant

_CATCHUP = "tests/commands/test_catchup.py"
_GREETING = "tests/journeys/test_greeting.py"

MUTANTS = (
    Mutant(
        id="seen-and-shown-again",
        file="incident_bot/store/catching_up.py",
        old="    after_id = seen.entry_id if seen else 0\n",
        new="    after_id = 0\n",
        tests=(f"{_CATCHUP}::test_whoever_comes_again_reads_only_what_is_new",),
        suffers="Who comes back reads all they have read before, and misses what is new among it.",
    ),
    Mutant(
        id="timeline-not-seen",
        file="incident_bot/commands/timeline.py",
        old="    catching_up.mark_seen(tx, call.incident.id, call.user_id)\n",
        new="",
        tests=(f"{_CATCHUP}::test_whoever_has_read_the_timeline_has_seen_it",),
        suffers="What somebody has just read on the timeline is called new.",
    ),
    Mutant(
        id="operator-reads-for-others",
        file="incident_bot/store/catching_up.py",
        old="    if tx.on_command_line:\n        return\n",
        new="",
        tests=(f"{_CATCHUP}::test_what_an_operator_reads_in_somebodys_name_they_have_not_seen",),
        suffers="What an operator has read on the command line is hidden from whom they named.",
    ),
    Mutant(
        id="greeted-each-time",
        file="incident_bot/events/member_joined_channel.py",
        old="    if not catching_up.is_greeted(tx, incident.id, greeting.to(user_id)):\n",
        new="    if True:\n",
        tests=(
            f"{_GREETING}::test_an_event_under_two_ids_greets_once_and_so_does_another_joining",
        ),
        suffers="Slack sends an event again, and the person is greeted twice.",
    ),
    Mutant(
        id="invited-and-greeted",
        file="incident_bot/events/member_joined_channel.py",
        old="    return person is None or person.is_bot\n",
        new="    return False\n",
        tests=(
            f"{_GREETING}::test_who_is_invited_by_the_bot_is_not_greeted_and_who_is_by_a_person_is",
        ),
        suffers="Everybody whom the bot has invited, and told why, is told once more.",
    ),
    Mutant(
        id="greeted-in-doubt",
        file="incident_bot/deliveries/greeting.py",
        old="    if job.delivery.check_before_send or not job.incident.is_open:\n",
        new="    if not job.incident.is_open:\n",
        tests=(f"{_GREETING}::test_a_greeting_that_may_have_arrived_is_not_repeated",),
        suffers="Where Slack took a greeting and did not say so, it comes twice.",
    ),
    Mutant(
        id="greeted-when-it-is-over",
        file="incident_bot/deliveries/greeting.py",
        old="    if job.delivery.check_before_send or not job.incident.is_open:\n",
        new="    if job.delivery.check_before_send:\n",
        tests=(f"{_GREETING}::test_what_is_resolved_meanwhile_is_said_to_nobody",),
        suffers="Somebody is called in to what has just ended.",
    ),
    Mutant(
        id="greeting-holds-up-the-channel",
        file="incident_bot/deliveries/greeting.py",
        old='    return f"{GREETING}:{user_id}"\n',
        new='    return "incident-channel"\n',
        tests=(f"{_GREETING}::test_other_deliveries_of_the_incident_do_not_wait_for_a_greeting",),
        suffers="Each time somebody joins, the incident's updates wait for five seconds.",
    ),
    Mutant(
        id="greeted-at-once",
        file="incident_bot/store/drafts.py",
        old='        row["due_at"] = draft.due_at.isoformat()\n',
        new="        pass\n",
        tests=(f"{_GREETING}::test_who_joins_reads_after_five_seconds_how_it_stands",),
        suffers="Slack's clients do not show the greeting, since the channel is not open yet.",
    ),
)
