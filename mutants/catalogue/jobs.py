"""Faults in the worker: how deliveries are claimed, recorded and given back."""

from mutants import Mutant

_DISPATCHER = "tests/jobs/test_dispatcher.py"
_DECLARE = "tests/journeys/test_declare.py"
_RECORDER = "tests/jobs/test_recorder.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"
_EDITS_KEPT = "test_of_the_edits_of_a_direct_message_the_last_is_kept_and_all_of_this_week"
_PERIODIC = "tests/jobs/test_periodic_tasks.py"
_AHEAD = "tests/jobs/test_claimed_ahead.py"

MUTANTS = (
    Mutant(
        id="late-card-stays",
        file="incident_bot/jobs/recorder.py",
        old="        deliveries.add(tx, incident, [draft])\n",
        new="        del draft\n",
        tests=("tests/jobs/test_lease.py::test_what_a_late_write_spoiled_is_written_once_more",),
        suffers="A card that a slow worker wrote late shows how things stood before.",
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
        id="two-suspects",
        file="incident_bot/jobs/dispatcher.py",
        old="        suspects = 0 if has_suspect else 1\n",
        new="        suspects = 1\n",
        tests=(f"{_DISPATCHER}::test_each_worker_tries_one_suspect_at_a_time",),
        suffers="What dies together with a delivery that kills is given up with it.",
    ),
    Mutant(
        id="no-pulse",
        file="incident_bot/jobs/dispatcher.py",
        old="        heartbeats.beat(tx, self._queue)\n",
        new="",
        tests=(f"{_DISPATCHER}::test_a_dispatcher_shows_that_it_is_alive",),
        suffers="The one alert that says that the worker is dead is of no use.",
    ),
    Mutant(
        id="buried-in-silence",
        file="incident_bot/jobs/dispatcher.py",
        old="    set_by = dead_letters.report(tx, buried)\n",
        new="    set_by = str()\n",
        tests=(
            f"{_DISPATCHER}::test_what_crashed_too_often_is_given_up_by_the_dispatcher_and_told",
        ),
        suffers="Nobody learns of what killed its worker.",
    ),
    Mutant(
        id="dispatcher-ends-with-the-database",
        file="incident_bot/jobs/dispatcher.py",
        old="        except self._database.faults as error:\n            # Also a schema",
        new="        except ZeroDivisionError as error:\n            # Also a schema",
        tests=(f"{_DISPATCHER}::test_a_dispatcher_outlives_a_database_that_takes_no_claim",),
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
        tests=(f"{_AHEAD}::test_to_stop_is_to_record_what_was_sent",),
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
        id="waiting-in-turn",
        file="incident_bot/jobs/under_way.py",
        old="(delivery.urgency, delivery.id, delivery.lease_token)",
        new="(0, delivery.id, delivery.lease_token)",
        tests=(f"{_AHEAD}::test_a_p1_is_sent_before_what_waits_for_a_thread",),
        suffers="Each message of a P1 waits for a quarter of the threads to be free.",
    ),
    Mutant(
        id="claims-far-ahead",
        file="incident_bot/jobs/dispatcher.py",
        old="_AHEAD: Final = 1 / 4\n",
        new="_AHEAD: Final = 4\n",
        tests=(f"{_AHEAD}::test_a_quarter_more_is_claimed_than_there_are_threads",),
        suffers="A worker keeps from the others what it cannot send for seconds.",
    ),
    Mutant(
        id="begun-after-the-stop",
        file="incident_bot/jobs/dispatcher.py",
        old="if not self._stopping.is_set() and (lease := self._under_way.take()):",
        new="if lease := self._under_way.take():",
        tests=(f"{_AHEAD}::test_nothing_is_begun_once_the_worker_was_told_to_stop",),
        suffers="A worker that is to end begins sends for as long as the database hangs.",
    ),
    Mutant(
        id="not-put-back",
        file="incident_bot/jobs/dispatcher.py",
        old="        putting_back.start()\n",
        new="        putting_back.run = lambda: None  # type: ignore[method-assign]\n        putting_back.start()\n",
        tests=(
            f"{_AHEAD}::test_what_waits_for_a_thread_is_put_back_at_once_when_the_worker_stops",
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
            "tests/jobs/test_dispatcher.py::test_a_dispatcher_ends_the_pace_of_a_channel_that_was_idle",
        ),
        suffers="A channel that was busy once takes one message a second for ever.",
    ),
    Mutant(
        id="claims-fail-each-second",
        file="incident_bot/jobs/dispatcher.py",
        old='self._trouble.say(logging.ERROR, "nothing can be claimed", problem=problem)',
        new='log.error("nothing can be claimed", extra={"problem": problem})',
        tests=(f"{_DISPATCHER}::test_a_database_that_takes_no_claim_is_one_line_for_many_tries",),
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
