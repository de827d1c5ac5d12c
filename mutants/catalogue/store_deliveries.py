"""Faults in the record of deliveries: written, claimed, recorded, looked at by an operator."""

from mutants import Mutant

MUTANTS = (
    Mutant(
        id="revived-for-nothing",
        file="incident_bot/store/outbox.py",
        old="settled_at = null, crashes = 0, failures = 0,",
        new="settled_at = null, failures = 0,",
        tests=("tests/store/test_outbox.py",),
        suffers="A retried delivery that killed its worker is pending for ever, and blocks others.",
    ),
    Mutant(
        id="revived-to-die",
        file="incident_bot/store/outbox.py",
        old=("        give_up_at=tx.now + GIVE_UP_AFTER,\n        ids="),
        new=("        give_up_at=tx.now,\n        ids="),
        tests=("tests/store/test_outbox.py::test_what_is_retried_has_a_day_again",),
        suffers="What is retried after a day dies at the first 429.",
    ),
    Mutant(
        id="revived-in-the-middle",
        file="incident_bot/store/outbox.py",
        old="            bookmark = '', give_up_at = %(give_up_at)s,\n",
        new="            give_up_at = %(give_up_at)s,\n",
        tests=(
            "tests/store/test_outbox.py::test_what_is_retried_is_looked_for_from_the_beginning",
        ),
        suffers="What is retried looks only at the end of a channel, and posts twice.",
    ),
    Mutant(
        id="retry-of-the-sent",
        file="incident_bot/store/outbox.py",
        old="dead = [line for line in lines if line.state is State.DEAD and not line.is_blank]",
        new="dead = [line for line in lines if not line.is_blank]",
        tests=("tests/store/test_outbox.py::test_only_what_is_dead_is_retried",),
        suffers="Nobody suffers but the notifier.",
        explained="The statement itself takes only what is dead; a queue that is woken for "
        "nothing looks and finds nothing.",
    ),
    Mutant(
        id="drop-under-way",
        file="incident_bot/store/outbox.py",
        old="where id = %s and (state = 'dead' or state = 'pending' and lease_until is null)",
        new="where id = %s and state in ('dead', 'pending')",
        tests=("tests/store/test_outbox.py",),
        suffers="The ledger says dropped, and people read it.",
    ),
    Mutant(
        id="drop-of-the-sent",
        file="incident_bot/store/outbox.py",
        old="where id = %s and (state = 'dead' or state = 'pending' and lease_until is null)",
        new="where id = %s and (state <> 'pending' or lease_until is null)",
        tests=(
            "tests/store/test_outbox.py",
            "tests/journeys/test_operations.py::test_a_dead_delivery_is_looked_at_retried_and_dropped",
        ),
        suffers="The ledger says dropped of what arrived long ago.",
    ),
    Mutant(
        id="sent-by-the-former",
        file="incident_bot/store/outcomes.py",
        old=(
            "posted_ts = %(ts)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and lease_token = %(token)s\n"
        ),
        new=(
            "posted_ts = %(ts)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and %(token)s::uuid is not null\n"
        ),
        tests=("tests/store/test_leases.py::test_who_lost_the_lease_records_nothing",),
        suffers="A slow worker overwrites where its successor's message is.",
    ),
    Mutant(
        id="again-by-the-former",
        file="incident_bot/store/outcomes.py",
        old=(
            "bookmark = %(bookmark)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and lease_token = %(token)s\n"
        ),
        new=(
            "bookmark = %(bookmark)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and %(token)s::uuid is not null\n"
        ),
        tests=("tests/store/test_leases.py::test_who_lost_the_lease_records_nothing",),
        suffers="A slow worker takes the lease from its successor, and a message comes twice.",
    ),
    Mutant(
        id="dead-by-the-former",
        file="incident_bot/store/outcomes.py",
        old=(
            "detail = %(detail)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and lease_token = %(token)s\n"
        ),
        new=(
            "detail = %(detail)s,\n"
            "                lease_token = null, lease_until = null\n"
            "            where id = %(id)s and %(token)s::uuid is not null\n"
        ),
        tests=("tests/store/test_leases.py::test_who_lost_the_lease_records_nothing",),
        suffers="What arrived is reported as dead, and retried.",
    ),
    Mutant(
        id="reconciled-each-time",
        file="incident_bot/store/deliveries.py",
        old="        where (kind, destination) not in (select kind, destination from absorbing)\n",
        new="",
        tests=("tests/store/test_deliveries.py::test_of_two_changes_in_a_row_one_update_is_sent",),
        suffers="A hundred changes are a hundred updates, and the last comes minutes late.",
    ),
    Mutant(
        id="reconciled-under-way-absorbs",
        file="incident_bot/store/deliveries.py",
        old="                and state = 'pending' and lease_until is null\n                and is_reconciled",
        new="                and state = 'pending'\n                and is_reconciled",
        tests=(
            "tests/store/test_deliveries.py::"
            "test_a_change_while_an_update_is_under_way_is_another_update",
        ),
        suffers="The card stays at the state before the last change.",
    ),
    Mutant(
        id="reconciled-stays-put-off",
        file="incident_bot/store/deliveries.py",
        old="run_at = least(run_at, due_at + ",
        new="run_at = greatest(run_at, due_at + ",
        tests=(
            "tests/store/test_deliveries.py::test_a_change_makes_an_update_due_that_was_put_off",
        ),
        suffers="After an outage of Slack's a card shows an old state for minutes more.",
    ),
    Mutant(
        id="throttle-forgets-the-sent",
        file="incident_bot/store/deliveries.py",
        old="select destination, max(greatest(run_at, settled_at)) as at from deliveries",
        new="select destination, max(run_at) as at from deliveries",
        tests=(
            "tests/journeys/test_who_is_told.py::"
            "test_the_distance_counts_from_when_a_message_arrived",
        ),
        suffers="Somebody is written to twice within seconds.",
    ),
    Mutant(
        id="put-off-for-what-was-put-off",
        file="incident_bot/store/deliveries.py",
        old="            and id not in (select id from superseded)\n",
        new="",
        tests=(
            "tests/store/test_deliveries.py::"
            "test_what_takes_the_place_of_a_message_put_off_is_put_off_no_longer_than_that",
        ),
        suffers="With each change the message that tells of it comes five minutes later.",
    ),
    Mutant(
        id="put-off-and-newer",
        file="incident_bot/store/deliveries.py",
        old="where ordering_key = any(%(ordering_keys)s) and kind = 'direct_message'",
        new="where ordering_key = any(%(ordering_keys)s) and kind = 'none'",
        tests=(
            "tests/journeys/test_who_is_told.py::test_a_message_put_off_gives_way_to_a_newer_one",
        ),
        suffers="People read an old state after the newer one.",
    ),
    Mutant(
        id="slip-sent-all-the-same",
        file="incident_bot/store/undoable.py",
        old="            and lease_until is null and not maybe_sent and ",
        new="            and false and ",
        tests=("tests/journeys/test_undo.py::test_what_was_not_sent_is_never_sent",),
        suffers="Executives are woken by a slip that was undone before it was sent.",
    ),
    Mutant(
        id="sent-slip-withdrawn",
        file="incident_bot/store/undoable.py",
        old="            and lease_until is null and not maybe_sent and ",
        new="            and ",
        tests=(
            "tests/journeys/test_undo.py::test_what_is_being_sent_is_changed_once_it_is_there",
            "tests/journeys/test_undo.py::test_a_message_that_may_have_arrived_is_changed_too",
        ),
        suffers="A message that was just being sent goes on saying what was a slip.",
    ),
    Mutant(
        id="duplicates-told-nothing",
        file="incident_bot/store/deliveries.py",
        old="                select %(id)s union all select id from incidents where duplicate_of = %(id)s)",
        new="                select %(id)s)",
        tests=(
            "tests/commands/test_duplicate.py"
            "::test_those_who_were_told_of_it_hear_one_ending_and_then_of_the_other",
        ),
        suffers="Whoever was told of a duplicate never hears that it is over.",
    ),
    Mutant(
        id="receipts-count-as-told",
        file="incident_bot/store/deliveries.py",
        old="            bool_or(coalesce(payload ->> 'event', '') <> all(%(nobody)s)) as is_told,\n",
        new="            bool_or(%(nobody)s::text[] is not null) as is_told,\n",
        tests=("tests/commands/test_resolved.py", "tests/journeys/test_life.py"),
        suffers="Whoever declares gets a direct message for each change.",
    ),
    Mutant(
        id="dead-in-doubt-untold",
        file="incident_bot/store/deliveries.py",
        old="            and (state in ('pending', 'sent') or state = 'dead' and maybe_sent)\n",
        new="            and state in ('pending', 'sent')\n",
        tests=(
            "tests/chaos/test_ambiguous.py::"
            "test_what_was_given_up_in_doubt_is_found_by_the_next_change",
        ),
        suffers="Who read of an incident, by a message that was given up, never hears the end.",
    ),
    Mutant(
        id="posted-first",
        file="incident_bot/store/deliveries.py",
        old='        order by id desc limit 1\n        """,\n        incident_id,\n        kind,',
        new='        order by id limit 1\n        """,\n        incident_id,\n        kind,',
        tests=(
            "tests/journeys/test_kept_current.py::"
            "test_news_is_a_message_of_its_own_and_the_older_one_is_left_as_it_was",
        ),
        suffers="The news at the end of somebody's direct messages stays at an old state.",
    ),
    Mutant(
        id="a-day-is-an-hour",
        file="incident_bot/store/deliveries.py",
        old="GIVE_UP_AFTER: Final = timedelta(hours=24)",
        new="GIVE_UP_AFTER: Final = timedelta(hours=1)",
        tests=("tests/store/test_outbox.py::test_what_is_retried_has_a_day_again",),
        suffers="An outage of Slack's of an hour costs every message of it.",
    ),
    Mutant(
        id="pause-is-a-crash",
        file="incident_bot/store/outcomes.py",
        old="""\
        update deliveries set crashes = greatest(crashes - 1, 0)
        where id = %s and state = 'pending'
""",
        new="""\
        update deliveries set crashes = greatest(crashes, 0)
        where id = %s and state = 'pending'
""",
        tests=("tests/jobs/test_lease.py::test_who_was_paused_did_not_crash",),
        suffers="A worker that is frozen now and then gives its deliveries up.",
    ),
    Mutant(
        id="put-off-is-a-failure",
        file="incident_bot/store/outcomes.py",
        old="            failed=0 if error.is_put_off else 1,\n",
        new="            failed=1,\n",
        tests=(
            "tests/chaos/test_storm.py::test_being_put_off_does_not_lengthen_the_pause_after_a_failure",
        ),
        suffers="After a rate limit a message waits for minutes as though it had failed.",
    ),
    Mutant(
        id="put-off-lifted-too",
        file="incident_bot/store/deliveries.py",
        old="run_at = case when reason is null then run_at else least(run_at, %(now)s + ",
        new="run_at = case when reason = '' then run_at else least(run_at, %(now)s + ",
        tests=(
            "tests/chaos/test_storm.py::test_a_rise_does_not_undo_the_pause_between_direct_messages",
        ),
        suffers="People are written to again and again although they were just told.",
    ),
    Mutant(
        id="put-off-forgets-a-crash",
        file="incident_bot/store/outcomes.py",
        old="crashes = case when %(failed)s = 0 then greatest(crashes - 1, 0) else 0 end",
        new="crashes = 0",
        tests=(
            "tests/chaos/test_storm.py::test_being_put_off_neither_counts_as_a_crash_nor_forgets_one",
        ),
        suffers="What kills its worker each time goes on for ever, between two rate limits.",
    ),
    Mutant(
        id="reconciled-keeps-its-urgency",
        file="incident_bot/store/deliveries.py",
        old="urgency = least(deliveries.urgency, drafts.urgency),\n",
        new="urgency = least(deliveries.urgency, deliveries.urgency + drafts.urgency),\n",
        tests=(
            "tests/chaos/test_storm.py::test_a_rise_lifts_what_was_written_before_it",
            "tests/store/test_deliveries.py",
        ),
        suffers="The announcement of what became a P1 waits as though it were a P4.",
        explained="A rise makes all that waits about the incident as urgent as it is, in the same transaction and before this.",
    ),
    Mutant(
        id="forgotten-are-told",
        file="incident_bot/store/deliveries.py",
        old="[draft for draft in wanted if draft.destination != FORGOTTEN]",
        new="list(wanted)",
        tests=(
            "tests/journeys/test_forgetting.py::test_what_is_shown_later_says_that_somebody_was_there",
        ),
        suffers="A reopened incident has dead letters to nobody.",
    ),
)
