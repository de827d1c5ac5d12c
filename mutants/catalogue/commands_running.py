"""Faults in how a command is found, allowed, confirmed, run and refused."""

from mutants import Mutant

_DELIVERY = "tests/commands/test_delivery.py"
_CONFIRMATIONS = "tests/commands/test_confirmations.py"

MUTANTS = (
    Mutant(
        id="a-repeat-answers-the-question",
        file="incident_bot/store/confirmations.py",
        old="                and not exists (select from confirmations as asked where asked.key = %s)\n",
        new="                and %s <> ''\n",
        tests=(f"{_CONFIRMATIONS}::test_a_form_that_arrives_twice_does_not_answer_the_question",),
        suffers="A form that a proxy sends twice is done although its person reads a question.",
    ),
    Mutant(
        id="help-without-aliases",
        file="incident_bot/commands/help.py",
        old='return _reply(f"{_line(command)}.{also}{instead}',
        new='return _reply(f"{_line(command)}.{instead}',
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
        id="anyone-does-anything",
        file="incident_bot/commands/runner.py",
        old=(
            "    permissions.require(\n        command.needed(request),\n        incident,\n"
            "        request.user_id,\n        standing,\n        other=other,\n"
            "        admins=settings.admins,\n    )\n"
        ),
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
        old="        allowed=False,\n        incident_id=_incident_id(",
        new="        allowed=True,\n        incident_id=_incident_id(",
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
        new='                return self.chosen or self.submitted.get("")\n',
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
        id="word-of-two-commands",
        file="incident_bot/commands/__init__.py",
        old="            if words.setdefault(word, command) is not command:\n",
        new="            if words.setdefault(word, command) is None:\n",
        tests=(
            "tests/commands/test_runner.py::test_a_word_that_calls_another_command_does_not_load",
        ),
        suffers="A new command takes the place of another, and of its permission.",
    ),
    Mutant(
        id="declares-without-end",
        file="incident_bot/workflow/confirmation.py",
        old="_MOST_DECLARED: Final = 4",
        new="_MOST_DECLARED: Final = 400",
        tests=(f"{_CONFIRMATIONS}::test_the_fifth_own_declare_in_ten_minutes_is_asked_about",),
        suffers="One person makes sixty channels in a second.",
    ),
    Mutant(
        id="declares-of-ever-count",
        file="incident_bot/workflow/confirmation.py",
        old="_LATELY: Final = timedelta(minutes=10)",
        new="_LATELY: Final = timedelta(minutes=1000)",
        tests=(f"{_CONFIRMATIONS}::test_ten_minutes_later_nobody_is_asked",),
        suffers="Whoever declares a lot is always asked.",
    ),
    Mutant(
        id="question-answered-for-ever",
        file="incident_bot/workflow/confirmation.py",
        old="_ANSWERED_WITHIN: Final = timedelta(minutes=2)",
        new="_ANSWERED_WITHIN: Final = timedelta(minutes=20)",
        tests=(f"{_CONFIRMATIONS}::test_a_question_of_two_minutes_ago_is_asked_again",),
        suffers="An old question lets something new pass.",
    ),
    Mutant(
        id="claim-of-anybody-counts",
        file="incident_bot/workflow/confirmation.py",
        old="Action.CLAIM, user_id, since=since)",
        new="Action.CLAIM, incident.commander_user_id, since=since)",
        tests=(
            f"{_CONFIRMATIONS}::test_who_has_just_taken_command_is_asked_before_they_take_it_again",
        ),
        suffers="The second person who takes command is asked why.",
    ),
    Mutant(
        id="stale-form-saved",
        file="incident_bot/commands/runner.py",
        old=(
            "    if incident is not None and request.form and request.shows_older(incident):\n"
            "        confirmation.require_current(incident, asked)\n"
        ),
        new="",
        tests=(f"{_CONFIRMATIONS}::test_a_form_that_shows_an_older_state_is_sent_once_more",),
        suffers="A form from before the reopening resolves it again.",
    ),
    Mutant(
        id="again-loses-mentions",
        file="incident_bot/web/slack/parse.py",
        old="        return visible(markup.typed(value).rstrip())\n",
        new="        return value\n",
        tests=(f"{_CONFIRMATIONS}::test_the_line_comes_back_as_it_was_typed",),
        suffers="What was confirmed is declared in other words.",
    ),
    Mutant(
        id="name-not-read",
        file="incident_bot/commands/runner.py",
        old="    number, rest = named_first(request.rest)\n",
        new="    number, rest = None, request.rest\n",
        tests=(
            "tests/commands/test_named.py::test_an_incident_without_a_channel_is_run_and_ended",
        ),
        suffers="An incident without a channel can never be ended.",
    ),
    Mutant(
        id="name-kept-in-the-words",
        file="incident_bot/commands/runner.py",
        old="        return incidents.held(tx, number), rest\n",
        new="        return incidents.held(tx, number), request.rest\n",
        tests=("tests/commands/test_named.py::test_a_name_is_read_as_it_was_meant",),
        suffers="The timeline repeats the incident's name.",
    ),
    Mutant(
        id="form-of-the-channel",
        file="incident_bot/web/slack/parse.py",
        old='        incident_id=_number(metadata.get("incident")),\n',
        new="",
        tests=(
            "tests/commands/test_named.py::test_an_incident_without_a_channel_is_run_and_ended",
        ),
        suffers="A form opened outside of the channel cannot be sent.",
    ),
    Mutant(
        id="button-of-the-channel",
        file="incident_bot/web/slack/parse.py",
        old="        incident_id=None if name in (OPEN, AGAIN) else _number(number),\n",
        new="",
        tests=(
            "tests/commands/test_named.py::test_forms_and_buttons_know_their_incident_anywhere",
        ),
        suffers="Command cannot be taken from outside of the channel.",
    ),
)
