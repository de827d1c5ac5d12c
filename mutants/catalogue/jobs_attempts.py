"""Faults in one attempt: what is read, when it is sent, how it is repeated and given up."""

from mutants import Mutant

_DELIVER = "tests/jobs/test_deliver.py"
_AMBIGUOUS = "tests/chaos/test_ambiguous.py"

MUTANTS = (
    Mutant(
        id="bug-ends-it",
        file="incident_bot/jobs/deliver.py",
        old="        retryable=delivery.failures + 1 < _BUG_ATTEMPTS,\n",
        new="        retryable=False,\n",
        tests=(
            "tests/jobs/test_deliver.py::test_a_bug_of_ours_is_logged_retried_four_times_and_given_up",
        ),
        suffers="A fault of ours that would pass costs somebody a message.",
    ),
    Mutant(
        id="bug-for-ever",
        file="incident_bot/jobs/deliver.py",
        old="        retryable=delivery.failures + 1 < _BUG_ATTEMPTS,\n",
        new="        retryable=delivery.failures < _BUG_ATTEMPTS,\n",
        tests=(
            "tests/jobs/test_deliver.py::test_a_bug_of_ours_is_logged_retried_four_times_and_given_up",
        ),
        suffers="A delivery that breaks is tried once more than was said.",
    ),
    Mutant(
        id="bug-is-certain",
        file="incident_bot/jobs/deliver.py",
        old="        ambiguous=True,\n    )\n",
        new="        ambiguous=False,\n    )\n",
        tests=(f"{_DELIVER}::test_a_bug_of_ours_is_logged_retried_four_times_and_given_up",),
        suffers="A message that was sent before our fault comes twice.",
    ),
    Mutant(
        id="outage-is-a-bug",
        file="incident_bot/jobs/deliver.py",
        old="""\
    except Unavailable:
        raise  # no fault of the delivery; whoever claimed it gives it back
""",
        new="",
        tests=(
            "tests/jobs/test_deliver.py::test_without_the_database_nothing_is_sent_and_the_lease_runs_out",
        ),
        suffers="An outage of the database buries deliveries as faults of ours.",
    ),
    Mutant(
        id="recorded-without-a-lease",
        file="incident_bot/jobs/deliver.py",
        old="    is_held = record(tx, sent)\n",
        new="    is_held = record(tx, sent) or True\n",
        tests=(
            "tests/jobs/test_deliver.py::test_a_channel_made_after_the_lease_was_lost_is_left_to_the_next_to_find",
        ),
        suffers="A slow worker overwrites the channel that its successor recorded.",
    ),
    Mutant(
        id="pace-not-kept",
        file="incident_bot/jobs/deliver.py",
        old="            leases.pace(tx, delivery.destination, wait=timedelta(seconds=error.retry_after))\n",
        new="            pass\n",
        tests=(
            "tests/jobs/test_attempts.py::test_a_channel_that_slack_limits_gets_one_message_at_a_time_from_then_on",
        ),
        suffers="After a 429 all that waits for a channel goes out at once and is refused again.",
    ),
    Mutant(
        id="turn-used-up",
        file="incident_bot/jobs/deliver.py",
        old="        leases.return_turn(tx, sent.delivery.destination)\n",
        new="        pass\n",
        tests=(
            "tests/jobs/test_attempts.py::test_a_change_of_an_announcement_leaves_the_turn_to_the_next_message",
        ),
        suffers="An update that posts nothing costs the next message of its channel a second.",
    ),
    Mutant(
        id="doubts-uncounted",
        file="incident_bot/jobs/deliver.py",
        old="        counters.add(tx, Counter.AMBIGUOUS_RESOLVED, outcome.doubt)\n",
        new="        pass\n",
        tests=("tests/jobs/test_attempts.py::test_what_became_of_a_doubt_is_counted",),
        suffers="Nobody sees how often a message may have come twice.",
    ),
    Mutant(
        id="hold-not-set",
        file="incident_bot/jobs/deliver.py",
        old="        holds.hold(tx, error.hold, seconds=error.retry_after)\n",
        new="        pass\n",
        tests=("tests/chaos/test_rate_limits.py",),
        suffers="Every worker goes on calling what Slack asked not to call.",
    ),
    Mutant(
        id="dead-in-silence",
        file="incident_bot/jobs/deliver.py",
        old="    return dead_letters.report(tx, outbox.by_id(tx, delivery.id))\n",
        new="    return str()\n",
        tests=(
            "tests/journeys/test_operations.py::test_what_does_not_arrive_is_a_red_line_in_the_channel",
        ),
        suffers="Nobody learns that somebody was not told.",
    ),
    Mutant(
        id="dead-without-a-lease",
        file="incident_bot/jobs/deliver.py",
        old="    if not outcomes.dead(tx, delivery, error):\n        lease_lost(tx, delivery)\n        return None\n",
        new="    if not outcomes.dead(tx, delivery, error):\n        lease_lost(tx, delivery)\n",
        tests=(
            "tests/jobs/test_deliver.py::test_a_failure_after_the_lease_was_lost_is_no_dead_letter",
        ),
        suffers="The channel reads that something did not arrive which did.",
    ),
    Mutant(
        id="tried-for-ever",
        file="incident_bot/jobs/deliver.py",
        old="    return tx.now >= delivery.give_up_at\n",
        new="    return False\n",
        tests=(_DELIVER, f"{_AMBIGUOUS}::test_what_was_given_up_in_doubt_is_found_by_a_retry"),
        suffers="What cannot arrive for days is never reported.",
    ),
    Mutant(
        id="waits-without-a-limit",
        file="incident_bot/jobs/deliver.py",
        old="min(doubled * random.uniform(1, 1.25), longest)",
        new="doubled * random.uniform(1, 1.25)",
        tests=(
            "tests/jobs/test_deliver.py::test_each_failure_is_waited_for_twice_as_long_up_to_a_limit",
        ),
        suffers="After an hour's outage messages come half an hour late.",
    ),
    Mutant(
        id="waits-the-same",
        file="incident_bot/jobs/deliver.py",
        old="2 ** min(delivery.failures, 10)",
        new="2 ** min(delivery.failures + 1, 10)",
        tests=(
            "tests/jobs/test_deliver.py::test_each_failure_is_waited_for_twice_as_long_up_to_a_limit",
        ),
        suffers="Each repeat comes twice as late as it could.",
    ),
    Mutant(
        id="urgent-waits-long",
        file="incident_bot/jobs/deliver.py",
        old="    is_urgent = urgency <= MOST_URGENT\n",
        new="    is_urgent = urgency < MOST_URGENT\n",
        tests=("tests/chaos/test_storm.py::test_the_longest_pause_is_short_for_what_is_urgent",),
        suffers="After an outage a P2 waits for five minutes like everything else.",
    ),
    Mutant(
        id="mirror-posted-anew",
        file="incident_bot/jobs/deliver.py",
        old="    if kind.acts_on == kind.name and not reading.posted:\n        since = deliveries.possible_duplicate_since(tx, delivery)\n",
        new="",
        tests=(f"{_AMBIGUOUS}::test_what_was_given_up_in_doubt_is_found_by_the_next_change",),
        suffers="A card that was given up and had arrived is posted a second time.",
    ),
    Mutant(
        id="lease-not-renewed",
        file="incident_bot/jobs/lease.py",
        old="""\
        if not self._database.run(lambda tx: leases.renew(tx, self.delivery, self._lease)):
            raise LeaseLost
""",
        new="",
        tests=("tests/jobs/test_lease.py::test_a_lease_that_is_partly_used_up_is_renewed",),
        suffers="A delivery of many calls is begun again by another worker meanwhile.",
    ),
    Mutant(
        id="lost-lease-used",
        file="incident_bot/jobs/lease.py",
        old="            raise LeaseLost\n",
        new="            return\n",
        tests=("tests/jobs/test_lease.py::test_a_lease_that_another_worker_has_is_lost",),
        suffers="A slow worker sends what another has sent meanwhile.",
    ),
    Mutant(
        id="lease-renewed-late",
        file="incident_bot/jobs/lease.py",
        old="_USED_UP: Final = 1 / 6\n",
        new="_USED_UP: Final = 5 / 6\n",
        tests=("tests/jobs/test_lease.py::test_a_lease_that_is_partly_used_up_is_renewed",),
        suffers="A call that is slow outlives the lease it was begun with.",
    ),
    Mutant(
        id="attempt-without-an-end",
        file="incident_bot/jobs/lease.py",
        old="        if now - self.claimed_at > longest:\n",
        new="        if now - self._held_since > longest:\n",
        tests=(
            "tests/jobs/test_lease.py::test_an_attempt_ends_however_often_its_lease_was_renewed",
        ),
        suffers="A look through a large workspace holds up what is behind it for hours.",
    ),
    Mutant(
        id="stop-not-heard",
        file="incident_bot/jobs/lease.py",
        old="        if self._is_stopping():\n",
        new="        if self._is_stopping() and now > self.claimed_at + longest:\n",
        tests=(
            "tests/jobs/test_lease.py::test_a_long_attempt_is_interrupted_when_the_worker_stops",
        ),
        suffers="A deploy kills a worker in the middle of a send.",
    ),
    Mutant(
        id="holds-not-read-at-the-claim",
        file="incident_bot/jobs/reading.py",
        old="    held = holds.active(tx)\n",
        new="    held: dict[str, float] = {}\n",
        tests=("tests/jobs/test_reading.py::test_a_rate_limit_that_holds_at_the_claim_is_kept",),
        suffers="Slack is called again and again while it asks for silence.",
    ),
    Mutant(
        id="old-reading-used",
        file="incident_bot/jobs/reading.py",
        old="if clock() - claimed_at > _FRESH_SECONDS else delivery",
        new="if clock() < claimed_at else delivery",
        tests=("tests/jobs/test_reading.py::test_what_waited_for_its_thread_is_read_anew",),
        suffers="What waits while Slack is slow calls it although a rate limit holds by then.",
    ),
    Mutant(
        id="updates-not-read-at-the-claim",
        file="incident_bot/jobs/reading.py",
        old="last_updates(tx, incident) if showing[number] else ()",
        new="()",
        tests=(
            "tests/jobs/test_reading.py::test_what_several_show_of_a_changed_incident_is_read_once",
        ),
        suffers="Direct messages do not say what was said last.",
    ),
    Mutant(
        id="edited-message-not-read-at-the-claim",
        file="incident_bot/jobs/reading.py",
        old="        number: replace(reading, posted=posted[number]) if number in posted else reading\n",
        new="        number: reading\n",
        tests=(
            "tests/jobs/test_reading.py::"
            "test_edits_are_read_at_the_claim_with_the_messages_that_they_change",
        ),
        suffers="Direct messages stay as they were: their edits find no message, and say nothing.",
    ),
)
