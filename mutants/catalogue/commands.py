"""Faults in what people type, press and fill in."""

from mutants import Mutant

_DECLARE = "tests/journeys/test_declare.py"
_PUBLISH = "tests/commands/test_publish.py"
_TEMPLATES = "tests/journeys/test_templates.py"
_UPDATE = "tests/commands/test_update.py"
_TIMELINE = "tests/commands/test_timeline.py"
_DELIVERY = "tests/commands/test_delivery.py"

MUTANTS = (
    Mutant(
        id="same-press-for-hours",
        file="incident_bot/commands/declare.py",
        old="_SAME_PRESS: Final = timedelta(seconds=10)",
        new="_SAME_PRESS: Final = timedelta(hours=10)",
        tests=(
            "tests/journeys/test_declare.py::test_the_same_line_a_while_later_is_another_incident",
        ),
        suffers="The same line typed an hour later declares nothing, and nobody is told.",
    ),
    Mutant(
        id="same-press-of-anybody",
        file="incident_bot/commands/declare.py",
        old="if same and recent and incident.declarer_user_id == declarer_user_id:",
        new="if same and recent:",
        tests=(
            "tests/journeys/test_declare.py::test_the_same_line_twice_gives_one_incident_and_a_pointer",
            "tests/journeys/test_declare.py::test_two_people_who_see_the_same_outage_learn_of_each_other",
        ),
        suffers="What a second person declares is swallowed.",
        explained="Two people who type the same severity, service and title within ten seconds "
        "see the same outage; the second is pointed to the first one's incident.",
    ),
    Mutant(
        id="same-press-at-once",
        file="incident_bot/commands/declare.py",
        old="if same and recent and incident.declarer_user_id == declarer_user_id:",
        new="if same and not recent and incident.declarer_user_id == declarer_user_id:",
        tests=(f"{_DECLARE}::test_the_same_line_twice_gives_one_incident_and_a_pointer",),
        suffers="An impatient second press makes a second incident.",
    ),
    Mutant(
        id="bot-commands",
        file="incident_bot/commands/declare.py",
        old="    if wanted.commander_user_id != declarer_user_id:\n        commanders.require_able_to_command(tx, wanted.commander_user_id)\n",
        new="",
        tests=(
            "tests/commands/test_commander.py::test_who_cannot_command_is_refused_here_and_in_the_form",
        ),
        suffers="Somebody who left is made commander in the form, and nobody commands.",
    ),
    Mutant(
        id="declare-leaves-the-page",
        file="incident_bot/commands/declare.py",
        old="    components.reconcile_for(tx, incident, settings)\n",
        new="",
        tests=("tests/journeys/test_statuspage.py::test_a_component_follows_its_incident",),
        suffers="The status page is green until the first change.",
    ),
    Mutant(
        id="declare-offers-nothing",
        file="incident_bot/commands/declare.py",
        old="    publication.offer(tx, incident, settings)\n",
        new="",
        tests=(
            "tests/journeys/test_statuspage.py::test_a_reset_after_acceptance_publishes_once",
            "tests/journeys/test_statuspage.py::test_a_minor_incident_is_not_offered",
        ),
        suffers="Nobody is asked whether customers should read of a new P1.",
    ),
    Mutant(
        id="description-lost",
        file="incident_bot/commands/declare.py",
        old='description=form.get("description", ""),',
        new='description="",',
        tests=(f"{_DECLARE}::test_the_form_declares_and_turns_into_a_confirmation",),
        suffers="What was written into the form is gone.",
    ),
    Mutant(
        id="form-forgets-the-commander",
        file="incident_bot/commands/declare.py",
        old='commander_user_id=form.get("commander") or call.user_id,',
        new="commander_user_id=call.user_id,",
        tests=(f"{_DECLARE}::test_the_form_declares_and_turns_into_a_confirmation",),
        suffers="Whoever declares commands, whomever they chose.",
    ),
    Mutant(
        id="template-overwrites",
        file="incident_bot/commands/declare.py",
        old='value = new if written in ("", default, old) else written',
        new="value = new or written",
        tests=(f"{_TEMPLATES}::test_what_was_typed_or_chosen_by_hand_stays",),
        suffers="A template replaces what somebody typed in a hurry.",
    ),
    Mutant(
        id="template-nonce-anew",
        file="incident_bot/commands/declare.py",
        old='nonce=str(asked.metadata.get("nonce") or blank.nonce),',
        new="nonce=blank.nonce,",
        tests=(
            "tests/journeys/test_templates.py::test_a_form_stays_one_request_whatever_fills_it",
        ),
        suffers="A form that is sent twice around a template declares twice.",
    ),
    Mutant(
        id="others-not-pointed-out",
        file="incident_bot/commands/declare.py",
        old="        for other in declared.others\n    ]",
        new="        for other in declared.others[1:]\n    ]",
        tests=(f"{_DECLARE}::test_a_second_incident_on_the_service_is_pointed_out",),
        suffers="Two people work on one outage without knowing of each other.",
    ),
    Mutant(
        id="claim-without-asking",
        file="incident_bot/commands/claim.py",
        old="    typed=typed,\n",
        new="    typed=confirmed,\n",
        tests=(
            "tests/commands/test_claim.py::test_typing_the_confirmation_is_not_pressing_it",
            "tests/commands/test_claim.py::test_it_asks_first_and_then_takes_command",
        ),
        suffers="Command is taken by a slip, without a question.",
    ),
    Mutant(
        id="handover-to-an-app",
        file="incident_bot/commands/commander.py",
        old="    commanders.require_able_to_command(tx, user_id)\n",
        new="",
        tests=(
            "tests/commands/test_commander.py::test_who_cannot_command_is_refused_here_and_in_the_form",
        ),
        suffers="A bot or somebody who left is in command.",
    ),
    Mutant(
        id="list-does-not-say-so",
        file="incident_bot/commands/list.py",
        old="found = incidents.open_ones(tx, limit=_MOST_SHOWN + 1)",
        new="found = incidents.open_ones(tx, limit=_MOST_SHOWN)",
        tests=(
            "tests/commands/test_list.py::test_the_worst_is_shown_however_many_newer_ones_are_open",
        ),
        suffers="The 41st open incident is left out without a word.",
    ),
    Mutant(
        id="note-of-nothing",
        file="incident_bot/commands/note.py",
        old="    if not call.rest:\n",
        new="    if call.rest is None:\n",
        tests=("tests/commands/test_note.py",),
        suffers="Empty notes stand on the timeline.",
    ),
    Mutant(
        id="published-when-off",
        file="incident_bot/commands/publish.py",
        old="if not call.settings.statuspage_publish:",
        new="if call.settings.statuspage_publish is None:",
        tests=(f"{_PUBLISH}::test_it_is_said_what_is_missing",),
        suffers="Customers read of incidents although the operator turned it off.",
    ),
    Mutant(
        id="published-twice",
        file="incident_bot/commands/publish.py",
        old="""\
    if not statuspage.publish(tx, incident.id, call.user_id, notifies=notifies):
        raise Conflict(f"{incident.ref} is public already.")
""",
        new="""\
    statuspage.publish(tx, incident.id, call.user_id, notifies=notifies)
""",
        tests=(
            "tests/commands/test_publish.py::test_what_was_published_on_another_screen_is_not_published_again",
            "tests/commands/test_publish.py::test_fifty_submits_of_a_preview_publish_once",
        ),
        suffers="Customers read of one incident twice.",
        explained="The incident is held, and _require_publishable has refused what is public, so "
        "the second check says the same; it is there for a caller that forgets the first.",
    ),
    Mutant(
        id="subscribers-always-notified",
        file="incident_bot/commands/publish.py",
        old="notifies=notifies,\n    )\n    deliveries",
        new="notifies=True,\n    )\n    deliveries",
        tests=(f"{_PUBLISH}::test_nothing_is_public_and_nobody_notified_unless_chosen",),
        suffers="Thousands get an e-mail that nobody chose to send.",
    ),
    Mutant(
        id="reopen-without-a-reason",
        file="incident_bot/commands/reopen.py",
        old="    if not call.rest:\n",
        new="    if call.rest is None:\n",
        tests=("tests/commands/test_reopen.py",),
        suffers="Everybody is called back without being told why.",
    ),
    Mutant(
        id="severity-reason-cut",
        file="incident_bot/commands/severity.py",
        old='word, *reason = call.rest.split(maxsplit=1)[:2] or [""]',
        new='word, *reason = call.rest.split()[:2] or [""]',
        tests=("tests/commands/test_severity.py",),
        suffers="Only the first word of the reason is told.",
    ),
    Mutant(
        id="status-sentence-cut",
        file="incident_bot/commands/status.py",
        old="message = found[3] if found[2] or not found[3] else rest",
        new="message = found[3]",
        tests=("tests/commands/test_status.py",),
        suffers="`Identified root cause` is told as `root cause`.",
    ),
    Mutant(
        id="status-first-line-only",
        file="incident_bot/commands/status.py",
        old='(.*)", rest, re.DOTALL)',
        new='(.*)", rest)',
        tests=("tests/commands/test_status.py",),
        suffers="Of an update of several lines only the first is told.",
    ),
    Mutant(
        id="timeline-page-short",
        file="incident_bot/commands/timeline.py",
        old="shown = entries[-_PAGE:]",
        new="shown = entries[:_PAGE]",
        tests=(_TIMELINE,),
        suffers="Each page lacks its newest entry.",
    ),
    Mutant(
        id="update-next-in-hours",
        file="incident_bot/commands/update.py",
        old="now + timedelta(minutes=int(minutes))",
        new="now + timedelta(hours=int(minutes))",
        tests=(f"{_UPDATE}::test_the_next_update_is_promised_until_it_comes",),
        suffers="The card promises an update days from now.",
    ),
    Mutant(
        id="help-without-aliases",
        file="incident_bot/commands/help.py",
        old='return _reply(f"{_line(command)}.{also}{instead}")',
        new='return _reply(f"{_line(command)}.{instead}")',
        tests=("tests/commands/test_help.py",),
        suffers="Nobody learns that `resolve` works too.",
    ),
    Mutant(
        id="alias-forgotten",
        file="incident_bot/commands/__init__.py",
        old="for word in (command.name, *command.aliases):",
        new="for word in (command.name,):",
        tests=("tests/commands/test_resolved.py::test_it_resolves_and_says_after_how_long",),
        suffers="`/incident resolve`, as most people type it, is unknown.",
    ),
    Mutant(
        id="postmortem-too-early",
        file="incident_bot/commands/postmortem.py",
        old="    if incident.is_open:\n",
        new="    if incident.is_unchanged:\n",
        tests=("tests/commands/test_postmortem.py", "tests/journeys/test_states.py"),
        suffers="A postmortem without an end is posted in the middle of the outage.",
    ),
    Mutant(
        id="published-when-over",
        file="incident_bot/commands/publish.py",
        old="    incident.require_open()\n",
        new="",
        tests=(f"{_PUBLISH}::test_what_was_resolved_at_the_preview_is_not_published",),
        suffers="Customers read of an incident that is over, and it stays open there.",
    ),
    Mutant(
        id="drift-choice-swapped",
        file="incident_bot/commands/statuspage.py",
        old="components.overwrite if choice == BACK else components.accept_drift",
        new="components.accept_drift if choice == BACK else components.overwrite",
        tests=(
            "tests/journeys/test_statuspage.py::test_a_component_set_by_hand_is_not_fought_over",
        ),
        suffers="Put back leaves it, and Leave it puts it back.",
    ),
    Mutant(
        id="drift-chosen-twice",
        file="incident_bot/commands/statuspage.py",
        old="""\
    if not settled(tx, component_id):
        raise Conflict("Somebody has already chosen what becomes of this component.")
""",
        new="    settled(tx, component_id)\n",
        tests=(
            "tests/journeys/test_statuspage.py::test_a_component_set_by_hand_is_not_fought_over",
        ),
        suffers="An old button says that it does what it does not do.",
    ),
    Mutant(
        id="resolved-twice",
        file="incident_bot/commands/resolved.py",
        old="    entry = timeline.last(tx, incident.id, Kind.RESOLVED)\n",
        new="    entry = None\n",
        tests=(
            "tests/commands/test_resolved.py::test_the_second_to_resolve_is_told_who_was_first",
        ),
        suffers="The second to resolve does not learn who was first.",
    ),
    Mutant(
        id="timeline-older-missing",
        file="incident_bot/commands/timeline.py",
        old="older_than = shown[0].id if len(entries) > _PAGE else None",
        new="older_than = shown[0].id if len(entries) > _PAGE + 1 else None",
        tests=(_TIMELINE,),
        suffers="Nobody can get at the older entries.",
    ),
    Mutant(
        id="publish-empty-title",
        file="incident_bot/commands/publish.py",
        old='for name in ("title", "message"):',
        new='for name in ("message",):',
        tests=(f"{_PUBLISH}::test_an_empty_field_is_a_mistake_beside_it",),
        suffers="The page refuses an incident without a title, long after the press.",
    ),
    Mutant(
        id="update-without-a-message",
        file="incident_bot/commands/update.py",
        old="    if not message:\n",
        new="    if message is None:\n",
        tests=(f"{_PUBLISH}::test_the_box_without_a_message_is_a_mistake_and_changes_nothing",),
        suffers="An empty update is published to customers.",
    ),
    Mutant(
        id="update-undoes-newer",
        file="incident_bot/commands/update.py",
        old='return "" if chosen == call.request.metadata.get(name) else chosen',
        new="return chosen",
        tests=(f"{_UPDATE}::test_what_was_not_touched_in_the_form_undoes_no_newer_change",),
        suffers="A form that stood open sets the status back to what it was.",
    ),
    Mutant(
        id="anyone-does-anything",
        file="incident_bot/commands/runner.py",
        old="    permissions.require(command.needed(request), incident, request.user_id)\n",
        new="",
        tests=(
            "tests/commands/test_runner.py",
            "tests/journeys/test_permissions.py::test_each_cell_of_the_table_is_kept",
        ),
        suffers="Anybody does what only the commander may.",
    ),
    Mutant(
        id="what-was-done-not-audited",
        file="incident_bot/commands/runner.py",
        old="    if reply.audit is not None:\n",
        new="    if reply.audit is not None and handler is None:\n",
        tests=("tests/commands/test_runner.py", "tests/commands/test_note.py"),
        suffers="The audit trail lacks who did what.",
    ),
    Mutant(
        id="refused-as-allowed",
        file="incident_bot/commands/runner.py",
        old="        allowed=False,\n",
        new="        allowed=True,\n",
        tests=(
            "tests/commands/test_runner.py",
            "tests/commands/test_resolved.py::test_an_outsider_is_told_who_can_by_word_and_by_button",
        ),
        suffers="The audit trail says that what was refused was allowed.",
    ),
    Mutant(
        id="choice-is-a-submission",
        file="incident_bot/commands/__init__.py",
        old="                return self.chosen\n",
        new="                return self.chosen or self.submitted\n",
        tests=(
            "tests/commands/test_runner.py::test_a_choice_in_an_open_form_is_not_its_submission",
        ),
        suffers="What somebody only looks at in an open form happens at once.",
    ),
    Mutant(
        id="press-is-typed",
        file="incident_bot/commands/__init__.py",
        old="                return press.handler if press else None\n",
        new="                return press.handler if press else self.typed\n",
        tests=(
            "tests/commands/test_runner.py::test_a_button_that_nothing_stands_behind_says_what_to_type",
        ),
        suffers="A button of an older version does something else.",
    ),
    Mutant(
        id="press-needs-no-more",
        file="incident_bot/commands/__init__.py",
        old="        return (press.action if press else None) or self.action\n",
        new="        return self.action\n",
        tests=(
            f"{_DELIVERY}::test_a_commander_of_the_past_cannot_retry",
            "tests/journeys/test_statuspage.py::test_a_component_set_by_hand_is_not_fought_over",
        ),
        suffers="Whoever may look at the ledger also sends its messages again.",
    ),
    Mutant(
        id="commands-without-an-action-load",
        file="incident_bot/commands/__init__.py",
        old="            if action not in ALLOWED:\n",
        new="            if action and action not in ALLOWED:\n",
        tests=(
            "tests/commands/test_runner.py::test_a_command_without_an_action_of_the_table_does_not_load",
        ),
        suffers="A new command fails for everybody, at its first use instead of at the start.",
    ),
    Mutant(
        id="commands-load-when-asked",
        file="incident_bot/app.py",
        old="    commands.by_word()\n",
        new="",
        tests=(
            "tests/commands/test_runner.py::test_a_command_without_an_action_of_the_table_does_not_load",
        ),
        suffers="A broken command shows when somebody types, in the middle of an outage.",
    ),
    Mutant(
        id="retry-not-audited",
        file="incident_bot/commands/delivery.py",
        old="replace=True, audit=str(count))",
        new="replace=True)",
        tests=(f"{_DELIVERY}::test_only_the_commander_is_offered_to_retry",),
        suffers="Nobody can tell who sent the messages again.",
    ),
    Mutant(
        id="retry-typed",
        file="incident_bot/commands/delivery.py",
        old="    typed=typed,\n",
        new="    typed=retry,\n",
        tests=(f"{_DELIVERY}::test_typing_retry_is_not_pressing_it",),
        suffers="`/incident delivery retry`, typed to ask about it, does it.",
    ),
    Mutant(
        id="publish-not-audited",
        file="incident_bot/commands/publish.py",
        old=', audit=values["title"])',
        new=")",
        tests=("tests/commands/test_publish.py::test_who_published_is_kept_on_record",),
        suffers="Nobody can tell who told customers.",
    ),
    Mutant(
        id="timeline-post-not-audited",
        file="incident_bot/commands/timeline.py",
        old='        audit="posted",\n',
        new="",
        tests=(_TIMELINE,),
        suffers="Nobody can tell who posted the record.",
    ),
    Mutant(
        id="resolved-loses-typed-words",
        file="incident_bot/commands/resolved.py",
        old="return _resolve(tx, call, call.rest)",
        new='return _resolve(tx, call, "")',
        tests=("tests/commands/test_resolved.py::test_it_resolves_and_says_after_how_long",),
        suffers="What fixed it, typed in one line, is told to nobody.",
    ),
    Mutant(
        id="word-of-two-commands",
        file="incident_bot/commands/__init__.py",
        old="            if words.setdefault(word, command) is not command:\n",
        new="            if words.setdefault(word, command) is None:\n",
        tests=(
            "tests/commands/test_runner.py::test_a_word_that_calls_another_command_does_not_load",
        ),
        suffers="A new command takes the place of another, and of its permission.",
    ),
)
