"""Faults in a request's answer: once only, its form, its line in the log."""

from mutants import Mutant

_SLACK = "tests/journeys/test_slack.py"
_LINE = "tests/web/slack/test_request_line.py"
_OPERATIONS = "tests/journeys/test_operations.py"

MUTANTS = (
    Mutant(
        id="button-not-marked-failed",
        file="incident_bot/web/slack/dispatch.py",
        old="BODY_UNSEEN: Final = _FROM_A_MESSAGE | {InteractionType.CHOICE}",
        new="BODY_UNSEEN: Final[frozenset[InteractionType]] = frozenset()",
        tests=(
            "tests/journeys/test_unopened_forms.py::test_without_the_database_the_press_is_marked_as_failed",
        ),
        suffers="Somebody presses Resolve, nothing is recorded, and nothing says so.",
    ),
    Mutant(
        id="unsure-is-denied",
        file="incident_bot/web/slack/dispatch.py",
        old="""\
            if isinstance(problem, CommitUnknown) and request.type is InteractionType.COMMAND:
                return answer.unavailable(request, COMMIT_UNKNOWN)
""",
        new="",
        tests=("tests/chaos/test_commits.py::test_a_commit_that_is_never_answered_is_not_denied",),
        suffers="People are told that nothing was recorded, type it again, and declare twice.",
    ),
    Mutant(
        id="taken-twice",
        file="incident_bot/web/slack/dispatch.py",
        old="""\
    if standing is None:
        return _repeated(tx, request)
""",
        new="""\
    standing = standing or people.with_standing(tx, request.user_id)[1]
""",
        tests=(
            "tests/journeys/test_slack.py::test_a_repeated_command_gets_the_first_answer_and_does_nothing",
        ),
        suffers="What Slack sends again has its effect again.",
    ),
    Mutant(
        id="answer-not-kept",
        file="incident_bot/web/slack/dispatch.py",
        old=(
            "        given = answer.with_delay_notice(given, delay)\n"
            "    inbox.save_answer(tx, request.key, given)\n"
        ),
        new="        given = answer.with_delay_notice(given, delay)\n",
        tests=(f"{_SLACK}::test_a_repeated_command_gets_the_first_answer_and_does_nothing",),
        suffers="What Slack sends again is answered with nothing.",
    ),
    Mutant(
        id="delay-is-never-news",
        file="incident_bot/web/slack/posting_delay.py",
        old="            self._read_at = self._clock() + KEPT_SECONDS\n",
        new='            self._read_at = float("inf")\n',
        tests=("tests/web/slack/test_posting_delay.py::test_it_is_read_once_a_second",),
        suffers="Nobody reads that the worker is dead unless it was dead from the beginning.",
    ),
    Mutant(
        id="nobody-is-told-of-a-delay",
        file="incident_bot/web/slack/dispatch.py",
        old="posting_delay.known(tx) if tx.wakes else None",
        new="posting_delay.known(tx) if not tx.wakes else None",
        tests=(f"{_OPERATIONS}::test_an_answer_says_when_posting_is_delayed",),
        suffers="People believe that everybody was told while the worker is dead.",
    ),
    Mutant(
        id="time-counts-from-now",
        file="incident_bot/web/slack/dispatch.py",
        old="self.database.run(lambda tx: _tell_of_unopened(tx, request, told), since=since)",
        new="self.database.run(lambda tx: _tell_of_unopened(tx, request, told))",
        tests=("tests/web/slack/test_dispatch.py",),
        suffers="With a slow form or a second transaction the answer comes after Slack gave up.",
    ),
    Mutant(
        id="press-kept-in-silence",
        file="incident_bot/web/slack/dispatch.py",
        old="    _answer_apart(\n        tx,\n        request,\n        reply.text,\n",
        new="    _answer_apart(\n        tx,\n        request,\n        '',\n",
        tests=("tests/commands/test_claim.py::test_it_asks_first_and_then_takes_command",),
        suffers="Whoever presses a button reads nothing.",
    ),
    Mutant(
        id="refused-press-in-silence",
        file="incident_bot/web/slack/dispatch.py",
        old='        _answer_apart(tx, request, given.get("text", ""), given.get("blocks", ()))\n',
        new="",
        tests=(
            "tests/commands/test_resolved.py::test_an_outsider_is_told_who_can_by_word_and_by_button",
        ),
        suffers="Whoever may not press a button is not told why nothing happens.",
    ),
    Mutant(
        id="mistyped-form-is-kept",
        file="incident_bot/web/slack/dispatch.py",
        old="    if not is_form and not inbox.claim_key(tx, request.key):\n",
        new="    if not inbox.claim_key(tx, request.key):\n",
        tests=("tests/journeys/test_declare.py::test_a_wrong_title_is_explained_beside_its_field",),
        suffers="A form that was corrected and sent again is answered with its old mistake.",
    ),
    Mutant(
        id="unopened-told-twice",
        file="incident_bot/web/slack/dispatch.py",
        old='    if inbox.claim_key(tx, f"unopened:{request.key}"):\n',
        new='    if inbox.claim_key(tx, f"unopened:{request.key}") or True:\n',
        tests=(
            "tests/journeys/test_unopened_forms.py::test_a_commit_whose_answer_was_lost_tells_once",
        ),
        suffers="One press is answered twice.",
    ),
    Mutant(
        id="delay-not-said-in-a-form",
        file="incident_bot/web/slack/answer.py",
        old='if isinstance(view := given.get("view"), dict):',
        new='if isinstance(view := given.get("views"), dict):',
        tests=(
            "tests/web/slack/test_answer.py::test_a_forms_confirmation_says_that_posting_is_delayed",
        ),
        suffers="Who declares by the form believes that everybody is being told.",
    ),
    Mutant(
        id="refusal-wakes-mentions",
        file="incident_bot/web/slack/answer.py",
        old="    text = sentences.markup(parts, MAX_SECTION)\n",
        new='    text = "".join(map(str, parts))\n',
        tests=(
            "tests/web/slack/test_answer.py::test_a_refusal_mentions_whom_we_name_and_nobody_who_was_typed",
            "tests/journeys/test_hostile.py::test_no_words_ping_anybody_or_break_a_limit",
        ),
        suffers="A mistyped line that is quoted back pings the whole channel.",
    ),
    Mutant(
        id="mistake-beside-the-first-input",
        file="incident_bot/web/slack/answer.py",
        old="block_id = named if named in request.form else next(iter(request.form), None)",
        new="block_id = next(iter(request.form), None)",
        tests=(
            "tests/journeys/test_declare.py::test_a_wrong_title_is_explained_beside_its_field",
            "tests/journeys/test_declare.py::test_a_service_that_went_away_is_explained_beside_its_field",
        ),
        suffers="The mistake is shown beside an input that is right.",
    ),
    Mutant(
        id="new-event-unheard",
        file="incident_bot/web/slack/dispatch.py",
        old="        if event is not None:\n",
        new="        if event is not None and event.type == 'user_change':\n",
        tests=(
            "tests/events/test_events.py::test_a_new_event_is_heard_and_asked_for_in_the_manifest",
        ),
        suffers="An event that the app subscribes to does nothing.",
    ),
    Mutant(
        id="unknown-event-refused",
        file="incident_bot/web/slack/dispatch.py",
        old="events.all_events().get(name)",
        new="events.all_events()[name]",
        tests=(
            "tests/events/test_events.py::test_an_event_that_nobody_handles_is_taken_and_changes_nothing",
        ),
        suffers="Slack stops sending events, because too many were refused.",
    ),
    Mutant(
        id="requests-without-a-line",
        file="incident_bot/web/slack/dispatch.py",
        old='        log.info(handled.outcome, extra={**line, "first": handled.first})\n',
        new="",
        tests=(_LINE,),
        suffers="The log of the web process is empty, whatever people do.",
    ),
    Mutant(
        id="forms-without-a-line",
        file="incident_bot/web/slack/dispatch.py",
        old='            log.info("form opened", extra=request_line.request_fields(request, since))\n',
        new="            pass\n",
        tests=(_LINE,),
        suffers="Nobody can tell from the log that a form was asked for.",
    ),
    Mutant(
        id="refusals-without-a-person",
        file="incident_bot/web/slack/dispatch.py",
        old='extra={**line, "why": why, "first": refused.first}',
        new='extra={"why": why}',
        tests=(_LINE,),
        suffers="The log does not say who was refused what.",
    ),
    Mutant(
        id="unknown-words-without-a-line",
        file="incident_bot/web/slack/dispatch.py",
        old='            log.info("no such command", extra=request_line.request_fields(request, since))\n',
        new="",
        tests=(_LINE,),
        suffers="Nobody can tell from the log that people mistype a command.",
    ),
    Mutant(
        id="peoples-words-as-ids",
        file="incident_bot/web/slack/request_line.py",
        old='return given if given and re.fullmatch(r"[A-Z][A-Z0-9]{1,30}", given, re.ASCII) else None',
        new="return given",
        tests=(f"{_LINE}::test_what_is_not_in_the_shape_of_an_id_is_not_logged",),
        suffers="What somebody wrote stands in the log.",
    ),
    Mutant(
        id="typed-words-as-commands",
        file="incident_bot/web/slack/request_line.py",
        old='"command": command.name if command else None,',
        new='"command": request.word,',
        tests=(_LINE,),
        suffers="What somebody mistyped stands in the log.",
    ),
    Mutant(
        id="repeats-look-new",
        file="incident_bot/web/slack/dispatch.py",
        old='outcome="repeated request", is_repeat',
        new='outcome="request done", is_repeat',
        tests=(f"{_LINE}::test_a_repeated_request_says_so_once_with_an_id_of_its_own",),
        suffers="Nobody sees that Slack sends requests again because the answers come late.",
    ),
    Mutant(
        id="delay-without-a-line",
        file="incident_bot/web/slack/dispatch.py",
        old='            log.warning("posting is delayed", extra={"why": handled.delay})\n',
        new="            pass\n",
        tests=(f"{_LINE}::test_a_declare_that_nobody_delivers_is_a_warning_beside_its_line",),
        suffers="Nobody is alerted that no worker runs, although people are told.",
    ),
)
