"""Faults in the record of deliveries: written, claimed, recorded, looked at by an operator."""

from mutants import Mutant

_OPERATIONS = "tests/journeys/test_operations.py"

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
        id="oldest-first",
        file="incident_bot/store/leases.py",
        old="            order by urgency, deliveries.id limit %(limit)s - (select count(*) from suspect)\n",
        new="            order by deliveries.id limit %(limit)s - (select count(*) from suspect)\n",
        tests=("tests/store/test_leases.py::test_a_new_p1_is_claimed_before_an_older_p3",),
        suffers="A P1 is told after a thousand messages of small incidents.",
    ),
    Mutant(
        id="claimed-twice",
        file="incident_bot/store/leases.py",
        old="            for update of deliveries skip locked\n        ), taken as",
        new="        ), taken as",
        tests=(
            "tests/store/test_leases.py::"
            "test_what_one_worker_is_claiming_no_other_waits_for_or_gets",
        ),
        suffers="Two workers send one message.",
    ),
    Mutant(
        id="unknown-kinds-claimed",
        file="incident_bot/store/leases.py",
        old="and kind = any(%(kinds)s)\n",
        new="and (kind = any(%(kinds)s) or true)\n",
        tests=(
            "tests/chaos/test_versions.py::test_what_only_the_next_version_can_send_waits_for_it",
        ),
        suffers="While a new version is rolled out, what it writes breaks the old worker.",
    ),
    Mutant(
        id="dead-at-once",
        file="incident_bot/store/leases.py",
        old="MAX_CRASHES: Final = 8\n",
        new="MAX_CRASHES: Final = 2\n",
        tests=("tests/jobs/test_dispatcher.py::test_each_worker_tries_one_suspect_at_a_time",),
        suffers="Two kills of a worker cost everybody whom it was about to tell.",
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
        id="buried-under-way",
        file="incident_bot/store/leases.py",
        old=("crashes >= %(most)s\n            and lease_until <= %(now)s\n"),
        new=("crashes >= %(most)s\n            and %(now)s::timestamptz is not null\n"),
        tests=(
            "tests/store/test_leases.py::"
            "test_only_what_crashed_too_often_is_given_up_and_once_its_lease_is_over",
        ),
        suffers="What is just being sent is reported as dead.",
    ),
    Mutant(
        id="behind-at-once",
        file="incident_bot/store/leases.py",
        old="BEHIND: Final = timedelta(seconds=15)\n",
        new="BEHIND: Final = timedelta(seconds=0)\n",
        tests=(f"{_OPERATIONS}::test_an_answer_says_when_posting_is_delayed",),
        suffers="People are told of a delay that there is not.",
    ),
    Mutant(
        id="mirror-each-time",
        file="incident_bot/store/deliveries.py",
        old="        where (kind, destination) not in (select kind, destination from absorbing)\n",
        new="",
        tests=("tests/store/test_deliveries.py::test_of_two_changes_in_a_row_one_update_is_sent",),
        suffers="A hundred changes are a hundred updates, and the last comes minutes late.",
    ),
    Mutant(
        id="mirror-under-way-absorbs",
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
        id="mirror-stays-put-off",
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
        id="hold-shortened",
        file="incident_bot/store/holds.py",
        old="set held_until = greatest(rate_limit_holds.held_until, excluded.held_until)",
        new="set held_until = excluded.held_until",
        tests=("tests/store/test_holds.py::test_the_longer_of_two_holds_wins",),
        suffers="Slack asks for a minute, and is called again after a second.",
    ),
    Mutant(
        id="slots-at-once",
        file="incident_bot/store/holds.py",
        old="rate_limit_holds.held_until + make_interval(secs => %s)",
        new="rate_limit_holds.held_until + 0 * make_interval(secs => %s)",
        tests=("tests/store/test_holds.py",),
        suffers="The page asks the bot for silence, in the middle of an outage.",
    ),
    Mutant(
        id="holds-never-end",
        file="incident_bot/store/holds.py",
        old='dict, "select key, held_until from rate_limit_holds where held_until > %s", tx.now',
        new='dict, "select key, held_until from rate_limit_holds where %s::timestamptz is not null", tx.now',
        tests=("tests/store/test_holds.py", "tests/chaos/test_rate_limits.py"),
        suffers="What was once rate-limited is never called again.",
    ),
    Mutant(
        id="renewed-by-the-former",
        file="incident_bot/store/leases.py",
        old="where id = %(id)s and lease_token = %(token)s and state = 'pending'\n",
        new="where id = %(id)s and %(token)s::uuid is not null and state = 'pending'\n",
        tests=("tests/jobs/test_lease.py::test_a_lease_that_another_worker_has_is_lost",),
        suffers="A slow worker sends what another has sent meanwhile.",
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
        id="turn-of-the-oldest",
        file="incident_bot/store/leases.py",
        old="""\
                order by urgency, deliveries.id limit 1
            ) as id from turn""",
        new="""\
                order by deliveries.id limit 1
            ) as id from turn""",
        tests=(
            "tests/chaos/test_storm.py::test_a_limited_channel_takes_one_at_a_time_the_most_urgent_first",
        ),
        suffers="In a channel that Slack limits a P1 waits behind a backlog.",
    ),
    Mutant(
        id="turns-without-a-pace",
        file="incident_bot/store/leases.py",
        old="next_at = %(now)s + %(apart)s",
        new="next_at = %(now)s + 0 * %(apart)s",
        tests=(
            "tests/chaos/test_storm.py::test_a_limited_channel_takes_one_at_a_time_the_most_urgent_first",
        ),
        suffers="Slack asks the bot for silence again and again.",
    ),
    Mutant(
        id="pace-shortened",
        file="incident_bot/store/leases.py",
        old="set next_at = greatest(paced_destinations.next_at, excluded.next_at)",
        new="set next_at = excluded.next_at",
        tests=("tests/chaos/test_storm.py::test_a_longer_wait_is_not_shortened",),
        suffers="Slack asks for a minute, and is called again after a second.",
    ),
    Mutant(
        id="turn-not-looked-forward-to",
        file="incident_bot/store/leases.py",
        old="            (select min(next_at) from paced_destinations where next_at > %(now)s)\n",
        new="            (select min(next_at) from paced_destinations where next_at > %(now)s and false)\n",
        tests=(
            "tests/chaos/test_storm.py::test_nothing_goes_to_a_limited_channel_before_slack_lets_it",
            "tests/chaos/test_storm.py::test_a_limited_channel_takes_one_at_a_time_the_most_urgent_first",
        ),
        suffers="In a channel that Slack limits a message goes out each three seconds.",
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
        id="turn-returned-never",
        file="incident_bot/store/leases.py",
        old='    tx.run("update paced_destinations set next_at = %s where destination = %s", tx.now, destination)\n',
        new='    tx.run("update paced_destinations set next_at = next_at where destination = %s", destination)\n',
        tests=(
            "tests/chaos/test_storm.py::test_a_turn_that_sent_nothing_new_is_given_to_the_next",
        ),
        suffers="An update that posts nothing costs the next message of its channel a second.",
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
        id="pace-forgotten-at-once",
        file="incident_bot/store/leases.py",
        old='"delete from paced_destinations where next_at < %s", tx.now - _IDLE',
        new='"delete from paced_destinations where next_at < %s", tx.now',
        tests=("tests/chaos/test_storm.py::test_the_pace_ends_when_the_channel_was_idle",),
        suffers="Slack asks the bot for silence again each few seconds.",
    ),
    Mutant(
        id="urgency-as-claimed",
        file="incident_bot/store/leases.py",
        old='tx.scalars("select urgency from deliveries where id = %s for update", delivery.id)[0]',
        new='tx.scalars("select %s from deliveries where id = %s", delivery.urgency, delivery.id)[0]',
        tests=(
            "tests/chaos/test_storm.py::test_what_becomes_urgent_while_it_is_sent_has_a_short_pause",
        ),
        suffers="What becomes a P1 while it is sent waits for minutes like a P4.",
    ),
    Mutant(
        id="given-back-at-once",
        file="incident_bot/store/leases.py",
        old="""\
        tx.now + SETTLING,
        [each.id for each in given_back],
""",
        new="""\
        tx.now,
        [each.id for each in given_back],
""",
        tests=(
            "tests/store/test_leases.py::test_what_is_given_back_waits_for_what_a_vendor_may_still_take",
        ),
        suffers="A message that Slack takes a moment late is looked for too early, and comes twice.",
    ),
    Mutant(
        id="mirror-keeps-its-urgency",
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
        id="hurried-into-a-double",
        file="incident_bot/store/leases.py",
        old="case when maybe_sent then %(settling)s::interval else interval '0' end",
        new="interval '0' + 0 * %(settling)s::interval",
        tests=(
            "tests/store/test_deliveries.py::test_nothing_hurries_what_a_vendor_may_just_be_taking",
        ),
        suffers="A change that follows a lost answer at once posts the card a second time.",
    ),
    Mutant(
        id="slow-for-nothing",
        file="incident_bot/store/leases.py",
        old="case when maybe_sent then %(settling)s::interval else",
        new="case when true then %(settling)s::interval else",
        tests=(
            "tests/store/test_deliveries.py::test_nothing_hurries_what_a_vendor_may_just_be_taking",
        ),
        suffers="After a 429 each change waits two seconds more.",
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
