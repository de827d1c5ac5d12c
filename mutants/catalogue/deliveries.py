"""Faults in kinds of delivery: how each looks, is sent and is found again."""

from mutants import Mutant

_DELIVER = "tests/jobs/test_deliver.py"
_DECLARE = "tests/journeys/test_declare.py"
_REFUSED = "tests/journeys/test_declare_refused.py"
_PAGE = "tests/journeys/test_statuspage.py"
_FAULTS = "tests/journeys/test_statuspage_faults.py"
_WORKERS = "tests/journeys/test_statuspage_workers.py"
_AMBIGUOUS = "tests/chaos/test_ambiguous.py"
_ROUTING = "tests/workflow/test_notifications.py"

MUTANTS = (
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
        id="card-read-when-claimed",
        file="incident_bot/deliveries/card.py",
        old="    listed=True,\n",
        new="    listed=True,\n    read_when_claimed=True,\n",
        tests=(
            "tests/deliveries/test_kinds.py::"
            "test_nothing_that_looks_for_a_message_of_its_own_is_read_when_it_is_claimed",
        ),
        suffers="A card that may be there already is posted a second time.",
    ),
    Mutant(
        id="card-does-not-wait",
        file="incident_bot/deliveries/pin.py",
        old="waits_for_channel=True,",
        new="waits_for_channel=False,",
        tests=(f"{_ROUTING}::test_everything_but_the_channel_waits_for_the_channel",),
        suffers="What belongs into the channel is tried before it exists.",
    ),
    Mutant(
        id="mentioned-before-the-invitation",
        file="incident_bot/deliveries/incident_update.py",
        old="        _bring_in(job, new_commander)\n",
        new="        pass\n",
        tests=(
            "tests/commands/test_join.py::"
            "test_a_mention_waits_until_its_person_is_there_although_slack_stumbles",
        ),
        suffers="Slack notifies nobody of the mention of whom somebody put in command.",
    ),
    Mutant(
        id="mirrors-without-a-key",
        file="incident_bot/deliveries/kind.py",
        old="last = self.delivery.kind if self.is_reconciled else self.delivery.id",
        new="last = self.delivery.id",
        tests=(
            "tests/chaos/test_ambiguous.py::"
            "test_what_was_given_up_in_doubt_is_found_by_the_next_change",
        ),
        suffers="After a lost answer a channel gets the card twice.",
    ),
)
