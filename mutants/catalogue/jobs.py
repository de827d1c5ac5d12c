"""Faults in the worker: how a delivery is carried, recorded, repeated and given up."""

from mutants import Mutant

_DELIVER = "tests/jobs/test_deliver.py"
_DRAIN = "tests/jobs/test_dispatcher.py"
_DECLARE = "tests/journeys/test_declare.py"
_REFUSED = "tests/journeys/test_declare_refused.py"
_PAGE = "tests/journeys/test_statuspage.py"
_FAULTS = "tests/journeys/test_statuspage_faults.py"
_WORKERS = "tests/journeys/test_statuspage_workers.py"
_RECORDER = "tests/jobs/test_recorder.py"
_AMBIGUOUS = "tests/chaos/test_ambiguous.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"
_EDITS_KEPT = "test_of_the_edits_of_a_direct_message_the_last_is_kept_and_all_of_this_week"
_PERIODIC = "tests/jobs/test_periodic_tasks.py"

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
        old="    if record(tx, sent):\n        _record_besides(",
        new="    if record(tx, sent) or True:\n        _record_besides(",
        tests=(
            "tests/jobs/test_deliver.py::test_a_channel_made_after_the_lease_was_lost_is_left_to_the_next_to_find",
        ),
        suffers="A slow worker overwrites the channel that its successor recorded.",
    ),
    Mutant(
        id="late-write-stays",
        file="incident_bot/deliveries/component.py",
        old="    reconciled=True,",
        new="    reconciled=False,",
        tests=(
            "tests/jobs/test_attempts.py::test_a_component_that_was_written_late_is_looked_at_once_more",
        ),
        suffers="What a slow worker wrote late stays on the public page.",
    ),
    Mutant(
        id="late-card-stays",
        file="incident_bot/jobs/recorder.py",
        old="        deliveries.add(tx, incident, [draft])\n",
        new="        del draft\n",
        tests=("tests/jobs/test_lease.py::test_what_a_late_write_spoiled_is_written_once_more",),
        suffers="A card that a slow worker wrote late shows how things stood before.",
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
        id="left-waiting-for-ever",
        file="incident_bot/jobs/dispatcher.py",
        old="        deliveries.release_ready(tx)\n",
        new="",
        tests=("tests/jobs/test_dispatcher.py::test_a_sweep_lets_go_what_need_not_wait",),
        suffers="What was written while the channel was made is never sent.",
    ),
    Mutant(
        id="nothing-released",
        file="incident_bot/deliveries/channel.py",
        old="    deliveries.release_ready(tx)\n",
        new="",
        tests=(f"{_DECLARE}::test_one_line_makes_the_channel_and_tells_everybody",),
        suffers="The channel is there, and nobody is told of it.",
    ),
    Mutant(
        id="late-channel-not-linked",
        file="incident_bot/deliveries/channel.py",
        old="        _link_late(tx, job.incident.id)\n",
        new="        pass\n",
        tests=(
            f"{_DELIVER}::"
            "test_a_channel_that_comes_late_is_linked_in_what_was_announced_without_it",
        ),
        suffers="Announcements say for ever that there is no channel yet.",
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
        old="    dead_letters.report(tx, outbox.by_id(tx, delivery.id))\n    return True\n",
        new="    return True\n",
        tests=(
            "tests/journeys/test_operations.py::test_what_does_not_arrive_is_a_red_line_in_the_channel",
        ),
        suffers="Nobody learns that somebody was not told.",
    ),
    Mutant(
        id="dead-without-a-lease",
        file="incident_bot/jobs/deliver.py",
        old="    if not outcomes.dead(tx, delivery, error):\n        lease_lost(tx, delivery)\n        return False\n",
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
        old="    if kind.acts_on == kind.name and not there:\n        since = deliveries.possible_duplicate_since(tx, delivery)\n",
        new="",
        tests=(f"{_AMBIGUOUS}::test_what_was_given_up_in_doubt_is_found_by_the_next_change",),
        suffers="A card that was given up and had arrived is posted a second time.",
    ),
    Mutant(
        id="entries-of-now",
        file="incident_bot/deliveries/file.py",
        old="records.read(tx, job.incident, last_entry_id=last)",
        new="records.read(tx, job.incident)",
        tests=(
            "tests/jobs/test_attempts.py::test_a_file_holds_what_had_happened_to_its_incident_when_it_was_asked_for",
        ),
        suffers="A file that is sent again says something else than the first time.",
    ),
    Mutant(
        id="two-suspects",
        file="incident_bot/jobs/dispatcher.py",
        old="        suspects = 0 if has_suspect else 1\n",
        new="        suspects = 1\n",
        tests=(f"{_DRAIN}::test_each_worker_tries_one_suspect_at_a_time",),
        suffers="What dies together with a delivery that kills is given up with it.",
    ),
    Mutant(
        id="no-pulse",
        file="incident_bot/jobs/dispatcher.py",
        old="        heartbeats.beat(tx, self._queue)\n",
        new="",
        tests=(f"{_DRAIN}::test_a_drain_shows_that_it_is_alive",),
        suffers="The one alert that says that the worker is dead is of no use.",
    ),
    Mutant(
        id="buried-in-silence",
        file="incident_bot/jobs/dispatcher.py",
        old="            dead_letters.report(tx, outbox.by_id(tx, buried))\n",
        new="",
        tests=(f"{_DRAIN}::test_what_crashed_too_often_is_given_up_by_the_drain_and_told",),
        suffers="Nobody learns of what killed its worker.",
    ),
    Mutant(
        id="dispatcher-ends-with-the-database",
        file="incident_bot/jobs/dispatcher.py",
        old="        except self._database.faults as error:\n            # Also a schema",
        new="        except ZeroDivisionError as error:\n            # Also a schema",
        tests=(f"{_DRAIN}::test_a_drain_outlives_a_database_that_takes_no_claim",),
        suffers="After an outage of the database nothing is delivered until a restart.",
    ),
    Mutant(
        id="thread-lost",
        file="incident_bot/jobs/under_way.py",
        old="        del self._leases[delivery.lease_token]\n",
        new="        pass\n",
        tests=("tests/chaos/test_ambiguous.py::test_a_thread_is_free_again_at_the_deadline",),
        suffers="After as many deliveries as there are threads nothing is delivered.",
    ),
    Mutant(
        id="stuck-unseen",
        file="incident_bot/jobs/under_way.py",
        old='                raise RuntimeError(f"delivery {each.id} does not end")\n',
        new="                continue\n",
        tests=("tests/jobs/test_dispatcher.py::test_what_never_ends_holds_up_no_other",),
        suffers="Threads are lost one by one, and at last nothing is delivered.",
    ),
    Mutant(
        id="sweep-each-minute",
        file="incident_bot/jobs/dispatcher.py",
        old="SWEEP_SECONDS: Final = 3.0\n",
        new="SWEEP_SECONDS: Final = 60.0\n",
        tests=(f"{_DECLARE}::test_a_declare_is_delivered_without_redis",),
        suffers="Without Redis people are told a minute late.",
    ),
    Mutant(
        id="settled-at-once",
        file="incident_bot/deliveries/paced_statuspage.py",
        old="            if error.ambiguous:\n",
        new="            if error.ambiguous and error.hold:\n",
        tests=(
            f"{_WORKERS}::test_a_late_write_of_a_killed_worker_does_not_last",
            f"{_WORKERS}::test_the_same_with_the_very_worker",
        ),
        suffers="A late write of ours overwrites what came after it, and the page lies.",
    ),
    Mutant(
        id="published-again",
        file="incident_bot/deliveries/public_incident.py",
        old="there = _published(job, key) if job.delivery.check_before_send else None",
        new="there = None",
        tests=("tests/journeys/test_statuspage.py::test_a_reset_after_acceptance_publishes_once",),
        suffers="After a lost answer customers read of one incident twice.",
    ),
    Mutant(
        id="update-again",
        file="incident_bot/deliveries/public_update.py",
        old=(
            "            if there.last_update == delivery.id:\n"
            "                return Outcome(record=lambda tx: _record(tx, job))\n"
        ),
        new="            del there\n",
        tests=(f"{_FAULTS}::test_what_the_page_took_is_not_published_again",),
        suffers="After a lost answer customers read an update twice.",
    ),
    Mutant(
        id="hand-overwritten",
        file="incident_bot/deliveries/component.py",
        old="    if known.was_changed_by_hand(component.status, wanted):\n        _tell_of_drift(tx, component, wanted)\n        return None\n",
        new="",
        tests=(f"{_PAGE}::test_a_component_set_by_hand_is_not_fought_over",),
        suffers="What somebody set by hand on the public page is overwritten.",
    ),
    Mutant(
        id="left-is-not-left",
        file="incident_bot/deliveries/component.py",
        old="    if known.is_held or known.is_left_alone(wanted):\n",
        new="    if known.is_held:\n",
        tests=(f"{_PAGE}::test_what_is_left_stays_until_something_else_is_wanted",),
        suffers="What the commander left alone is asked about again, or changed.",
    ),
    Mutant(
        id="recovery-in-silence",
        file="incident_bot/deliveries/component.py",
        old='        _tell_all(tx, component.id, Payload(notice="recovered"))\n',
        new="        pass\n",
        tests=(f"{_PAGE}::test_failure_and_recovery_are_a_line_each_and_a_slip_is_none",),
        suffers="The channel never reads that the page is right again.",
    ),
    Mutant(
        id="slip-of-the-page-told",
        file="incident_bot/deliveries/component.py",
        old="    patience = _PATIENCE if error.retryable else timedelta(0)\n",
        new="    patience = timedelta(0)\n",
        tests=(f"{_PAGE}::test_failure_and_recovery_are_a_line_each_and_a_slip_is_none",),
        suffers="Each slip of the status page is two lines in each channel that it concerns.",
    ),
    Mutant(
        id="attempt-unmarked",
        file="incident_bot/deliveries/component.py",
        old="    statuspage.mark_attempted(tx, component.id, wanted, found=component.status)\n",
        new="",
        tests=(f"{_FAULTS}::test_what_an_earlier_attempt_set_is_nobodys_hand",),
        suffers="After a lost answer the bot takes its own change for somebody's and stops.",
    ),
    Mutant(
        id="page-without-a-turn",
        file="incident_bot/deliveries/paced_statuspage.py",
        old="        time.sleep(self._run(self._reserve))\n",
        new="        self._run(self._reserve)\n",
        tests=(f"{_WORKERS}::test_three_workers_keep_the_pace_of_one_key",),
        suffers="The page asks the bot for silence, in the middle of an outage.",
    ),
    Mutant(
        id="own-channel-not-looked-for",
        file="incident_bot/deliveries/channel.py",
        old="    if job.delivery.check_before_send and names and (found := _found(job, names)):\n        return found\n",
        new="",
        tests=(
            "tests/journeys/test_declare_refused.py::test_a_channel_we_made_without_hearing_so_is_found_again",
        ),
        suffers="After a lost answer an incident has two channels.",
        explained="Where the name is taken the channel is looked for once more, so it is found all the same; the first look spares a call that fails.",
    ),
    Mutant(
        id="own-channel-not-looked-for-again",
        file="incident_bot/deliveries/channel.py",
        old="        if job.delivery.check_before_send and (found := _found(job, [name])):\n            return found\n",
        new="",
        tests=(
            "tests/jobs/test_deliver.py::test_a_channel_that_slack_made_after_the_look_is_ours_all_the_same",
        ),
        suffers="A channel that Slack made late is left empty, and the incident has another.",
    ),
    Mutant(
        id="names-of-others",
        file="incident_bot/deliveries/channel.py",
        old="names = [each for each in wanted if each not in in_use]",
        new="names = wanted",
        tests=(
            "tests/jobs/test_deliver.py::test_nobody_takes_the_channel_that_another_incident_made_without_hearing_so",
        ),
        suffers="After a crash an incident takes another one's channel for its own.",
    ),
    Mutant(
        id="chosen-name-unused",
        file="incident_bot/deliveries/channel.py",
        old="    if not payload.pattern:\n",
        new="    if payload.pattern:\n",
        tests=(
            "tests/jobs/test_deliver.py::"
            "test_the_name_was_chosen_at_the_declaration_whatever_becomes_of_the_title",
        ),
        suffers="Channels are named after the day again, whatever CHANNEL_NAME says.",
    ),
    Mutant(
        id="name-taken-is-final",
        file="incident_bot/deliveries/channel.py",
        old="            if error.reason is not Reason.NAME_TAKEN:\n                raise\n",
        new="            raise error\n",
        tests=(f"{_REFUSED}::test_a_name_that_is_taken_is_left_to_its_owner",),
        suffers="An incident has no channel when somebody made one of its name by hand.",
    ),
    Mutant(
        id="file-again",
        file="incident_bot/deliveries/file.py",
        old="    if job.delivery.check_before_send and job.slack.has_file(\n",
        new="    if not job.delivery.check_before_send and job.slack.has_file(\n",
        tests=(
            f"{_DELIVER}::test_a_file_that_may_have_arrived_is_looked_for_before_it_is_sent_again",
        ),
        suffers="After a lost answer the postmortem is in the channel twice.",
    ),
    Mutant(
        id="reply-again",
        file="incident_bot/deliveries/reply.py",
        old="if not job.delivery.check_before_send:",
        new="if True:",
        tests=(f"{_DELIVER}::test_an_answer_that_may_have_been_heard_is_not_given_again",),
        suffers="Whoever presses a button may read the answer twice.",
    ),
    Mutant(
        id="closed-form-is-a-failure",
        file="incident_bot/deliveries/view.py",
        old="        if error.reason is not Reason.NOT_FOUND:\n            raise\n",
        new="        raise error\n",
        tests=(
            "tests/journeys/test_templates.py::"
            "test_a_form_closed_before_its_template_came_is_no_failure",
        ),
        suffers="The count of what did not arrive grows with each form that was closed.",
    ),
    Mutant(
        id="thread-not-broadcast",
        file="incident_bot/deliveries/thread_reply.py",
        old="broadcast=update.is_broadcast,",
        new="broadcast=False,",
        tests=("tests/commands/test_reopen.py", "tests/journeys/test_life.py"),
        suffers="That it is not over is hidden in a thread that nobody opens.",
    ),
    Mutant(
        id="found-is-not-updated",
        file="incident_bot/deliveries/posting.py",
        old="""\
    job.slack.update(there, text=message.text, blocks=message.blocks)
    return Outcome(posted=there, doubt=doubt)
""",
        new="""\
    if doubt is None:
        job.slack.update(there, text=message.text, blocks=message.blocks)
    return Outcome(posted=there, doubt=doubt)
""",
        tests=(
            "tests/chaos/test_ambiguous.py::test_what_was_given_up_in_doubt_is_found_by_the_next_change",
        ),
        suffers="A card that was found again shows how things stood before.",
    ),
    Mutant(
        id="blind-never",
        file="incident_bot/deliveries/posting.py",
        old="        if error.reason is Reason.RATE_LIMITED and job.delivery.cannot_wait:\n            return None, AmbiguousSend.POSSIBLE_DUPLICATE\n",
        new="",
        tests=(f"{_AMBIGUOUS}::test_where_nobody_may_look_only_the_urgent_is_said_perhaps_twice",),
        suffers="An update of a P1 waits for hours until Slack allows a look.",
    ),
    Mutant(
        id="blind-always",
        file="incident_bot/deliveries/posting.py",
        old="        if error.reason is Reason.RATE_LIMITED and job.delivery.cannot_wait:\n",
        new="        if error.reason is Reason.RATE_LIMITED:\n",
        tests=(f"{_AMBIGUOUS}::test_where_nobody_may_look_only_the_urgent_is_said_perhaps_twice",),
        suffers="Each message that Slack does not let us look for may come twice.",
    ),
    Mutant(
        id="no-channel-after-all",
        file="incident_bot/deliveries/direct_message.py",
        old="if payload.event is About.NO_CHANNEL and incident.channel_id is None:",
        new="if payload.event is About.NO_CHANNEL:",
        tests=(
            "tests/jobs/test_deliver.py::test_once_there_is_a_channel_nobody_is_told_that_there_is_none",
        ),
        suffers="Whoever declared reads that there is no channel when there is one.",
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
        id="not-given-back",
        file="incident_bot/jobs/dispatcher.py",
        old="            self._unrecorded.append(delivery)\n",
        new="            pass\n",
        tests=("tests/jobs/test_dispatcher.py::test_what_could_not_be_recorded_is_given_back",),
        suffers="After an outage of the database what was under way comes half a minute late.",
    ),
    Mutant(
        id="group-without-leases",
        file="incident_bot/store/outcomes.py",
        old="                where lease_token = done.token\n",
        new="                where state = 'pending'\n",
        tests=(
            f"{_RECORDER}::"
            "test_a_lease_that_was_lost_amid_others_is_no_record_of_theirs_or_its_own",
        ),
        suffers="A slow worker overwrites what its successor is about to record.",
    ),
    Mutant(
        id="leases-taken-for-deliveries",
        file="incident_bot/jobs/recorder.py",
        old="        left = [each for each in sent if each.lease_token not in recorded]\n        lost",
        new=(
            "        ids = {each.delivery.id for each in sent if each.lease_token in recorded}\n"
            "        left = [each for each in sent if each.delivery.id not in ids]\n        lost"
        ),
        tests=(f"{_RECORDER}::test_one_that_was_sent_under_two_leases_has_lost_the_first",),
        suffers="A card that a slow worker wrote late shows how things stood before.",
    ),
    Mutant(
        id="group-waits-for-a-lock",
        file="incident_bot/store/outcomes.py",
        old="                for update of deliveries skip locked\n            )\n            update",
        new="                for update of deliveries\n            )\n            update",
        tests=(f"{_RECORDER}::test_a_row_that_somebody_has_locked_keeps_no_other_waiting",),
        suffers="One incident that is being changed keeps the worker from everything else.",
    ),
    Mutant(
        id="locked-is-forgotten",
        file="incident_bot/jobs/recorder.py",
        old="        return [*locked, *self._record_each(lost)]\n",
        new="        return self._record_each(lost)\n",
        tests=(f"{_RECORDER}::test_a_row_that_somebody_has_locked_keeps_no_other_waiting",),
        suffers="A message counts as under way for ever, and at last its worker ends.",
    ),
    Mutant(
        id="lost-amid-others-in-silence",
        file="incident_bot/jobs/recorder.py",
        old="        return [*locked, *self._record_each(lost)]\n",
        new="        for each in lost:\n            self._end(each)\n        return locked\n",
        tests=(
            f"{_RECORDER}::test_what_is_kept_current_is_written_once_more_when_its_lease_was_lost",
        ),
        suffers="A card that a slow worker wrote late shows how things stood before.",
    ),
    Mutant(
        id="one-bad-record-blocks-all",
        file="incident_bot/jobs/recorder.py",
        old="            return self._record_each(sent)  # one that",
        new="            return sent  # one that",
        tests=(f"{_RECORDER}::test_one_that_cannot_be_recorded_keeps_no_other_from_it",),
        suffers="After one odd answer of Slack's the worker records nothing and sends nothing more.",
    ),
    Mutant(
        id="sent-and-forgotten",
        file="incident_bot/jobs/recorder.py",
        old="problem=type(error).__name__)\n            return sent\n",
        new="problem=type(error).__name__)\n            return []\n",
        tests=(
            f"{_RECORDER}::"
            "test_what_was_sent_while_the_database_was_away_is_recorded_when_it_is_back",
        ),
        suffers="After an outage of the database all that was sent is looked for in Slack.",
    ),
    Mutant(
        id="stopped-before-the-record",
        file="incident_bot/jobs/dispatcher.py",
        old="        self._recorder.stop()\n",
        new="",
        tests=(f"{_DRAIN}::test_to_stop_is_to_record_what_was_sent",),
        suffers="After each deploy what was just sent is looked for in Slack, half a minute later.",
    ),
    Mutant(
        id="locked-at-the-end-is-left",
        file="incident_bot/jobs/recorder.py",
        old="            self._record_each(left)\n\n",
        new="            pass\n\n",
        tests=(f"{_RECORDER}::test_to_stop_is_to_wait_for_a_row_that_somebody_has_locked",),
        suffers="After a deploy a message that was sent is looked for in Slack.",
    ),
    Mutant(
        id="card-read-when-claimed",
        file="incident_bot/deliveries/card.py",
        old="    listed=True,\n",
        new="    listed=True,\n    read_when_claimed=True,\n",
        tests=(
            "tests/deliveries/test_kinds.py::"
            "test_only_what_is_posted_once_is_read_when_it_is_claimed",
        ),
        suffers="A card shows how things stood before, and nothing follows that would correct it.",
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
        id="waiting-in-turn",
        file="incident_bot/jobs/under_way.py",
        old="(delivery.urgency, delivery.id, delivery.lease_token)",
        new="(0, delivery.id, delivery.lease_token)",
        tests=(f"{_DRAIN}::test_a_p1_is_sent_before_what_waits_for_a_thread",),
        suffers="Each message of a P1 waits for a quarter of the threads to be free.",
    ),
    Mutant(
        id="claims-far-ahead",
        file="incident_bot/jobs/dispatcher.py",
        old="_AHEAD: Final = 1 / 4\n",
        new="_AHEAD: Final = 4\n",
        tests=(f"{_DRAIN}::test_a_quarter_more_is_claimed_than_there_are_threads",),
        suffers="A worker keeps from the others what it cannot send for seconds.",
    ),
    Mutant(
        id="begun-after-the-stop",
        file="incident_bot/jobs/dispatcher.py",
        old="if not self._stopping.is_set() and (lease := self._under_way.take()):",
        new="if lease := self._under_way.take():",
        tests=(f"{_DRAIN}::test_nothing_is_begun_once_the_worker_was_told_to_stop",),
        suffers="A worker that is to end begins sends for as long as the database hangs.",
    ),
    Mutant(
        id="not-put-back",
        file="incident_bot/jobs/dispatcher.py",
        old="        putting_back.start()\n",
        new="        putting_back.run = lambda: None  # type: ignore[method-assign]\n        putting_back.start()\n",
        tests=(
            f"{_DRAIN}::test_what_waits_for_a_thread_is_put_back_at_once_when_the_worker_stops",
        ),
        suffers="After each deploy what a worker had claimed comes half a minute late.",
    ),
    Mutant(
        id="put-back-in-doubt",
        file="incident_bot/store/leases.py",
        old="            maybe_sent = held.maybe_sent, lease_token",
        new="            lease_token",
        tests=("tests/store/test_leases.py::test_what_is_put_back_is_as_if_nobody_had_claimed_it",),
        suffers="After each deploy what was never sent is looked for in Slack first.",
    ),
    Mutant(
        id="put-back-from-another",
        file="incident_bot/store/leases.py",
        old="            where lease_token = before.token\n",
        new="            where state = 'pending'\n",
        tests=("tests/store/test_leases.py::test_what_another_has_by_now_is_not_put_back",),
        suffers="A worker that stops lets a third one send what another is sending.",
    ),
    Mutant(
        id="pace-for-ever",
        file="incident_bot/jobs/dispatcher.py",
        old="        leases.forget_idle(tx)\n",
        new="",
        tests=(
            "tests/jobs/test_dispatcher.py::test_a_drain_ends_the_pace_of_a_channel_that_was_idle",
        ),
        suffers="A channel that was busy once takes one message a second for ever.",
    ),
    Mutant(
        id="claims-fail-each-second",
        file="incident_bot/jobs/dispatcher.py",
        old='self._trouble.say(logging.ERROR, "nothing can be claimed", problem=problem)',
        new='log.error("nothing can be claimed", extra={"problem": problem})',
        tests=(f"{_DRAIN}::test_a_database_that_takes_no_claim_is_one_line_for_many_tries",),
        suffers="A database that is away for a night fills the disk with one sentence.",
    ),
    Mutant(
        id="claims-in-silence",
        file="incident_bot/jobs/dispatcher.py",
        old='            log.debug("deliveries claimed", extra={"queue": self._queue, "count": len(claimed)})\n',
        new="            pass\n",
        tests=(f"{_PROGRAMS}::test_debug_tells_of_each_notification_claim_and_call",),
        suffers="At LOG_LEVEL=DEBUG nobody can tell whether the worker claims anything.",
    ),
    Mutant(
        id="tasks-put-off-without-a-code",
        file="incident_bot/jobs/periodic_tasks.py",
        old="                    detail=detail,\n",
        new="",
        tests=(f"{_PROGRAMS}::test_a_wrong_token_is_named_in_the_log",),
        suffers="The log does not say that the token is wrong.",
    ),
    Mutant(
        id="edits-of-this-week-dropped",
        file="incident_bot/jobs/periodic_tasks.py",
        old="            before=tx.now - _EDITS_KEPT,\n",
        new="            before=tx.now,\n",
        tests=(f"{_PERIODIC}::{_EDITS_KEPT}",),
        suffers="Nobody can look up what a worker edited this morning.",
    ),
    Mutant(
        id="no-edit-kept",
        file="incident_bot/store/forgetting.py",
        old="later.id > looked_at.id",
        new="later.id >= looked_at.id",
        tests=(f"{_PERIODIC}::{_EDITS_KEPT}",),
        suffers="The list of deliveries does not say when a direct message was last edited.",
    ),
    Mutant(
        id="holds-kept-for-good",
        file="incident_bot/jobs/periodic_tasks.py",
        old="    database.run(lambda tx: holds.forget_ended(tx, _REPEATED_WITHIN))\n",
        new="",
        tests=(f"{_PERIODIC}::test_a_hold_that_ended_days_ago_is_forgotten",),
        suffers="After years each delivery reads a hold of every channel that ever had one.",
    ),
)
