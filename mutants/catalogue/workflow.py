"""Faults in what follows from a change: who is told, components, publication, what is undone."""

from mutants import Mutant

_ROUTING = "tests/workflow/test_notifications.py"
_PAGE = "tests/journeys/test_statuspage.py"
_REFUSED = "tests/journeys/test_declare_refused.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_QUESTION = "tests/commands/test_publish_question.py"
_EDIT = "tests/commands/test_edit.py"
_CONFIRMATIONS = "tests/commands/test_confirmations.py"

MUTANTS = (
    Mutant(
        id="receipt-twice",
        file="incident_bot/workflow/notifications.py",
        old="if wanted.declarer_user_id not in told.people:",
        new="if wanted.declarer_user_id:",
        tests=(_ROUTING,),
        suffers="Whoever declares and must hear of each P1 gets two messages.",
    ),
    Mutant(
        id="raised-tells-nobody-new",
        file="incident_bot/workflow/notifications.py",
        old="if update.events & {Event.RAISED, Event.REOPENED}:",
        new="if update.events & {Event.REOPENED}:",
        tests=("tests/commands/test_severity.py::test_a_rise_tells_those_who_must_now_know",),
        suffers="An incident that becomes a P1 is told to nobody who must hear of one.",
    ),
    Mutant(
        id="reopened-tells-nobody-new",
        file="incident_bot/workflow/notifications.py",
        old="if update.events & {Event.RAISED, Event.REOPENED}:",
        new="if update.events & {Event.RAISED}:",
        tests=(
            "tests/commands/test_reopen.py::test_it_goes_back_to_investigating_and_those_who_must_know_hear_it",
        ),
        suffers="Who must hear of it now does not hear that it is back.",
        explained="Reopening raises no severity, so whoever must hear was told before; only a "
        "setting that was changed meanwhile, or an announcement that died, makes a difference.",
    ),
    Mutant(
        id="without-channel-in-silence",
        file="incident_bot/workflow/notifications.py",
        old="    unreached = [] if has_channel else [*in_charge(incident)]\n",
        new="    unreached: list[str] = []\n",
        tests=(
            "tests/commands/test_named.py::"
            "test_without_a_channel_those_in_charge_read_the_news_and_press_its_buttons",
        ),
        suffers="Of an incident without a channel its commander hears nothing.",
    ),
    Mutant(
        id="announcement-not-updated",
        file="incident_bot/workflow/notifications.py",
        old="    drafts += [announcement.KIND.draft(NOTHING, to=each) for each in told.channels]\n",
        new="",
        tests=(
            "tests/commands/test_commander.py::test_what_was_announced_names_the_new_commander",
        ),
        suffers="The announcement names a commander who handed over.",
    ),
    Mutant(
        id="same-text-twice",
        file="incident_bot/workflow/changes.py",
        old='[_words(update), *[""] * len(update.changes)]',
        new="[_words(update)] * len(update.changes)",
        tests=(
            "tests/commands/test_update.py::test_the_words_of_two_changes_stand_at_the_first_alone",
        ),
        suffers="The record says the same words for each change of one update.",
    ),
    Mutant(
        id="change-not-audited",
        file="incident_bot/workflow/changes.py",
        old="""\
    audit.add_change(
        tx,
        action,
        actor=update.actor_user_id,
        incident=saved,
        entries=_entries(update),
        detail=", ".join(f"{c.event} {c.before} {c.after}".strip() for c in update.changes),
    )
""",
        new="",
        tests=("tests/commands/test_claim.py::test_it_asks_first_and_then_takes_command",),
        suffers="Nobody can tell who changed what.",
    ),
    Mutant(
        id="change-leaves-the-page",
        file="incident_bot/workflow/changes.py",
        old="    components.reconcile_for(tx, saved, settings)\n",
        new="",
        tests=(f"{_PAGE}::test_a_component_follows_its_incident",),
        suffers="The status page stays red after the end.",
    ),
    Mutant(
        id="change-leaves-the-public",
        file="incident_bot/workflow/changes.py",
        old="    publication.sync(tx, saved, update, settings)\n",
        new="",
        tests=(f"{_PAGE}::test_a_public_incident_is_updated_and_closed",),
        suffers="The public incident stays open after the end.",
    ),
    Mutant(
        id="dead-uncounted",
        file="incident_bot/workflow/dead_letters.py",
        old="    counters.add(tx, Counter.DEAD, dead.kind)\n",
        new="",
        tests=(f"{_OPERATIONS}::test_what_does_not_arrive_is_a_red_line_in_the_channel",),
        suffers="The alert for messages that were given up never fires.",
    ),
    Mutant(
        id="red-line-for-each-change",
        file="incident_bot/workflow/dead_letters.py",
        old="    if not outbox.is_said(tx, cause_of(dead), dead):\n",
        new="    if True:\n",
        tests=(
            "tests/journeys/test_changed_channels.py::"
            "test_a_private_channel_is_one_line_with_the_fix_however_many_changes_follow",
        ),
        suffers="A channel that was made private fills with a red line for each change.",
    ),
    Mutant(
        id="no-channel-nobody-told",
        file="incident_bot/workflow/dead_letters.py",
        old="        deliveries.release_ready(tx)\n",
        new="        pass\n",
        tests=(f"{_REFUSED}::test_without_a_channel_people_are_told_all_the_same",),
        suffers="When no channel can be made nobody is told of the incident at all.",
    ),
    Mutant(
        id="red-lines-about-red-lines",
        file="incident_bot/deliveries/dead_letter.py",
        old="    if dead.destination != INCIDENT_CHANNEL:\n        return []\n",
        new="",
        tests=(
            "tests/journeys/test_changed_channels.py::"
            "test_a_red_line_that_reaches_nobody_causes_no_other",
        ),
        suffers="A red line that cannot be sent causes another, without end.",
    ),
    Mutant(
        id="public-update-not-audited",
        file="incident_bot/workflow/publication.py",
        old="""\
    audit.add_change(
        tx,
        "publish update",
        actor=user_id,
        incident=incident,
        entries=[NewEntry(kind=Kind.PUBLIC_UPDATE, text=body, after=status)],
        detail=status,
    )
""",
        new="",
        tests=(
            "tests/journeys/test_statuspage.py::test_who_told_customers_what_is_kept_on_record",
        ),
        suffers="Nobody can tell who told customers.",
    ),
    Mutant(
        id="offered-to-each",
        file="incident_bot/workflow/publication.py",
        old="_OFFERED = frozenset({Severity.P1, Severity.P2})",
        new="_OFFERED = frozenset(Severity)",
        tests=(f"{_PAGE}::test_a_minor_incident_is_not_offered",),
        suffers="Each small incident asks whether customers should read of it.",
    ),
    Mutant(
        id="button-after-the-end",
        file="incident_bot/workflow/publication.py",
        old="            publish_question.bring_up_to_date(tx, incident)\n",
        new="            pass\n",
        tests=(f"{_QUESTION}::test_the_end_leaves_nothing_to_press_and_a_reopening_asks_again",),
        suffers="The channel of a resolved incident has a button that only refuses.",
    ),
    Mutant(
        id="public-reopened-in-silence",
        file="incident_bot/workflow/publication.py",
        old=(
            "    elif Event.REOPENED in update.events:\n"
            "        add_update(tx, incident, update.actor_user_id, _BACK)\n"
        ),
        new="",
        tests=("tests/journeys/test_statuspage.py::test_a_public_incident_is_updated_and_closed",),
        suffers="Customers read that it is over while it is not.",
    ),
    Mutant(
        id="put-back-waits",
        file="incident_bot/workflow/components.py",
        old="    if released:\n        reconcile(tx, [component_id])\n",
        new="",
        tests=(f"{_PAGE}::test_a_component_set_by_hand_is_not_fought_over",),
        suffers="Put back is answered, and nothing is put back until the next change.",
    ),
    Mutant(
        id="drift-said-each-time",
        file="incident_bot/deliveries/component.py",
        old="    if statuspage.hold(tx, component.id, component.status):\n",
        new="    if statuspage.hold(tx, component.id, component.status) is not None:\n",
        tests=(
            "tests/journeys/test_statuspage.py::test_a_component_set_by_hand_is_not_fought_over",
        ),
        suffers="The channel reads of one change by hand each five minutes.",
        explained="A component that is held is left alone before anybody says so again.",
    ),
    Mutant(
        id="any-undo-undoes",
        file="incident_bot/workflow/undoing.py",
        old=" or (version and version != str(change.version)):",
        new=":",
        tests=(
            "tests/journeys/test_undo.py::test_a_button_undoes_its_own_change_and_no_later_one",
        ),
        suffers="An old button undoes what was done since.",
    ),
    Mutant(
        id="anybody-undoes",
        file="incident_bot/workflow/undoing.py",
        old="    if user_id != change.actor_user_id:\n",
        new="    if False:\n",
        tests=("tests/journeys/test_undo.py::test_a_slip_is_undone_once_and_by_whoever_made_it",),
        suffers="Anybody undoes what the commander did.",
    ),
    Mutant(
        id="raised-stays-behind",
        file="incident_bot/workflow/notifications.py",
        old="        deliveries.lift(tx, incident)\n",
        new="        pass\n",
        tests=(
            "tests/jobs/test_attempts.py::test_a_rise_makes_all_that_waits_as_urgent_as_the_incident",
        ),
        suffers="What becomes a P1 waits behind its own old messages, each for minutes.",
    ),
    Mutant(
        id="old-component-stays-red",
        file="incident_bot/workflow/components.py",
        old="statuspage.lock_components_of(tx, {before, incident.service})",
        new="statuspage.lock_components_of(tx, {incident.service})",
        tests=(f"{_EDIT}::test_the_components_of_both_services_follow",),
        suffers="The status page goes on blaming the wrong service.",
    ),
    Mutant(
        id="new-owners-unasked",
        file="incident_bot/workflow/edits.py",
        old="        _invite_owners(tx, before, saved, settings)\n",
        new="",
        tests=(f"{_EDIT}::test_the_owners_of_the_new_service_are_invited_and_nobody_leaves",),
        suffers="Who can repair the service is not in the channel.",
    ),
    Mutant(
        id="resolved-twice",
        file="incident_bot/workflow/endings.py",
        old="    entry = timeline.last(tx, incident.id, *ENDINGS)\n",
        new="    entry = None\n",
        tests=(
            "tests/commands/test_resolved.py::test_the_second_to_resolve_is_told_who_was_first",
        ),
        suffers="The second to resolve does not learn who was first.",
    ),
    Mutant(
        id="p1-said-twice",
        file="incident_bot/workflow/changes.py",
        old="    require_calm(tx, before, update, settings, confirmation)\n",
        new="",
        tests=(f"{_CONFIRMATIONS}::test_people_are_not_told_again_and_again_that_it_is_a_p1",),
        suffers="Executives get ten messages in ten seconds.",
    ),
)
