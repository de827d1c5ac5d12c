"""Faults in leases, claims and rate-limit holds."""

from mutants import Mutant

_OPERATIONS = "tests/journeys/test_operations.py"

MUTANTS = (
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
        id="claimed-without-a-doubt",
        file="incident_bot/store/leases.py",
        old="crashes = deliveries.crashes + 1, maybe_sent = true,\n",
        new="crashes = deliveries.crashes + 1,\n",
        tests=(
            "tests/jobs/test_deliver.py::"
            "test_a_worker_killed_before_its_record_leaves_a_message_that_is_found",
        ),
        suffers="What a worker sent before it was killed is sent a second time.",
    ),
)
