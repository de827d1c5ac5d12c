"""Faults in what is kept current: the card, announcements and direct messages."""

from mutants import Mutant

_CURRENT = "tests/journeys/test_kept_current.py"
_RENDERED = "tests/render/test_current.py"
_LEASES = "tests/store/test_leases.py"

MUTANTS = (
    Mutant(
        id="edits-not-written",
        file="incident_bot/workflow/notifications.py",
        old="    return [*drafts, *_edits(told, drafts)]\n",
        new="    return drafts\n",
        tests=(f"{_CURRENT}::test_an_update_is_read_where_people_were_told_without_a_new_message",),
        suffers="A direct message says for ever that the incident was just declared.",
    ),
    Mutant(
        id="edits-beside-news",
        file="incident_bot/workflow/notifications.py",
        old="        if each not in now\n",
        new="        if each\n",
        tests=(f"{_CURRENT}::test_whoever_gets_news_at_once_needs_no_edit",),
        suffers="Slack limits the calls, and the card waits behind edits that show nothing new.",
    ),
    Mutant(
        id="replies-for-the-loud-alone",
        file="incident_bot/workflow/notifications.py",
        old="    if not update.is_correction:\n",
        new="    if update.notifies_stakeholders:\n",
        tests=(f"{_CURRENT}::test_each_change_is_a_silent_reply_and_the_latest_update",),
        suffers="Outside its channel nobody reads what was said in an incident but the last.",
    ),
    Mutant(
        id="edit-behind-the-put-off",
        file="incident_bot/store/leases.py",
        old="then mate.kind <> 'direct_message' or mate.attempts > 0 or mate.run_at <= %(now)s\n",
        new="then true or mate.run_at <= %(now)s\n",
        tests=(
            f"{_LEASES}::test_an_edit_waits_for_a_new_message_but_not_for_one_that_is_put_off",
            f"{_CURRENT}::test_an_edit_does_not_wait_for_news_that_is_put_off",
        ),
        suffers="For minutes a direct message shows an old state.",
    ),
    Mutant(
        id="edit-before-the-news",
        file="incident_bot/store/leases.py",
        old="then mate.kind <> 'direct_message' or mate.attempts > 0 or mate.run_at <= %(now)s\n",
        new="then mate.kind <> 'direct_message' or %(now)s::timestamptz is null\n",
        tests=(f"{_LEASES}::test_an_edit_waits_for_a_new_message_but_not_for_one_that_is_put_off",),
        suffers="News that was being sent stays at the state before the last change.",
    ),
    Mutant(
        id="news-behind-an-edit",
        file="incident_bot/store/leases.py",
        old="else mate.kind <> 'direct_message_current' end\n",
        new="else true end\n",
        tests=(f"{_LEASES}::test_a_new_message_waits_for_no_edit",),
        suffers="While Slack limits edits, executives do not hear that it is over.",
    ),
    Mutant(
        id="edits-hurry",
        file="incident_bot/store/deliveries.py",
        old="case when can_wait then %(least_urgent)s else %(urgency)s end as urgency",
        new="case when false then %(least_urgent)s else %(urgency)s end as urgency",
        tests=(
            "tests/store/test_deliveries.py::"
            "test_an_edit_of_a_direct_message_goes_after_what_is_urgent",
        ),
        suffers="While Slack limits edits, the card waits behind those of direct messages.",
    ),
    Mutant(
        id="receipts-not-edited",
        file="incident_bot/store/deliveries.py",
        old='written_to=tuple(row["destination"] for row in direct if row["is_of_this"]),',
        new='written_to=tuple(row["destination"] for row in direct if row["is_told"]),',
        tests=(f"{_CURRENT}::test_an_update_is_read_where_people_were_told_without_a_new_message",),
        suffers="Whoever declared has a message that says nothing has happened since.",
    ),
    Mutant(
        id="gone-is-missed",
        file="incident_bot/deliveries/direct_message_current.py",
        old="        if error.reason is not Reason.NOT_FOUND:\n",
        new="        if error.reason:\n",
        tests=(f"{_CURRENT}::test_a_message_that_is_gone_is_not_missed",),
        suffers="The channel reads a red line about a message that somebody deleted.",
    ),
    Mutant(
        id="nothing-to-edit",
        file="incident_bot/deliveries/direct_message_current.py",
        old="    if job.posted is None:\n        return Outcome()\n",
        new="    assert job.posted\n",
        tests=(f"{_CURRENT}::test_whoever_was_never_reached_has_nothing_to_edit",),
        suffers="The channel reads of a second failure for each person who was not reached.",
    ),
    Mutant(
        id="news-repeated",
        file="incident_bot/deliveries/direct_message.py",
        old="if not each.is_told_by(payload.update)",
        new="if not each.is_told_by(None)",
        tests=(f"{_CURRENT}::test_what_is_over_says_how_long_it_took_and_asks_for_nothing",),
        suffers="A direct message says the same twice.",
    ),
    Mutant(
        id="late-link-not-edited",
        file="incident_bot/deliveries/channel.py",
        old="for each in told.written_to),",
        new="for each in told.written_to[:0]),",
        tests=(f"{_CURRENT}::test_a_channel_that_comes_late_is_linked_in_what_was_written",),
        suffers="People read that there is no channel when there is one.",
    ),
    Mutant(
        id="edits-are-messages",
        file="incident_bot/render/ledger.py",
        old="        is_change = is_again or line.kind in _ONLY_CHANGES\n",
        new="        is_change = is_again\n",
        tests=(f"{_CURRENT}::test_an_edit_is_no_telling",),
        suffers="`/incident delivery` counts an edit as something that somebody was told.",
    ),
    Mutant(
        id="edit-of-nothing-listed",
        file="incident_bot/render/ledger.py",
        old="if line.kind not in _ONLY_CHANGES or line.destination in found:",
        new="if line.kind:",
        tests=(f"{_CURRENT}::test_whoever_was_never_reached_has_nothing_to_edit",),
        suffers="`/incident delivery` breaks, or says that somebody was told who was not.",
    ),
    Mutant(
        id="promise-is-an-update",
        file="incident_bot/store/timeline.py",
        old="(select at from updates where has_words or kind <> %(update)s\n",
        new="(select at from updates where has_words or kind || %(update)s <> ''\n",
        tests=(f"{_CURRENT}::test_a_promise_is_shown_and_hides_no_words",),
        suffers="A promise of the next update is shown in the place of the last.",
    ),
    Mutant(
        id="words-lost-behind-a-change",
        file="incident_bot/store/timeline.py",
        old="(select at from updates where has_words order by id desc limit 1))",
        new="(select at from updates where has_words and false order by id desc limit 1))",
        tests=(f"{_CURRENT}::test_a_change_without_words_leaves_those_before_it_to_be_read",),
        suffers="After a handover nobody outside reads what is known.",
    ),
    Mutant(
        id="description-raw",
        file="incident_bot/render/current.py",
        old="section(fit(incident.description, limit))",
        new="section(incident.description[:limit])",
        tests=(_RENDERED,),
        suffers="A description pings everybody.",
    ),
    Mutant(
        id="age-of-what-is-over",
        file="incident_bot/render/current.py",
        old='    age = "" if incident.resolved_at else f" {ago(incident.declared_at)}"\n',
        new='    age = f" {ago(incident.declared_at)}"\n',
        tests=(_RENDERED,),
        suffers="What was over in minutes seems to last for days.",
    ),
    Mutant(
        id="command-offered-to-who-has-it",
        file="incident_bot/render/messages.py",
        old="    takes = reader_user_id not in (None, incident.commander_user_id)\n",
        new="    takes = reader_user_id is not None\n",
        tests=(_RENDERED,),
        suffers="The commander is offered to take command.",
    ),
    Mutant(
        id="commander-among-the-told",
        file="incident_bot/workflow/notifications.py",
        old="        is_told_anyway = update.notifies_stakeholders and new in told.people\n",
        new="        is_told_anyway = new in told.people\n",
        tests=(
            "tests/commands/test_commander.py::"
            "test_whoever_hears_of_each_p1_is_told_that_they_command_it",
        ),
        suffers="Somebody commands an incident and does not know it.",
    ),
)
