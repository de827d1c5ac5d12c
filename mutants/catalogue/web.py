"""Faults on the way of a request: signature, shape, once only, origin, answer, health, metrics."""

from mutants import Mutant

_VERIFY = "tests/web/slack/test_verify.py"
_SLACK = "tests/journeys/test_slack.py"
_LINE = "tests/web/slack/test_request_line.py"
_PARSE = "tests/web/slack/test_parse.py"
_ORIGINS = "tests/web/slack/test_origins.py"
_OWN = "tests/web/slack/test_own_workspace.py"
_HEALTH = "tests/web/test_health.py"
_METRICS = "tests/web/test_metrics.py"
_FOREIGN = "tests/journeys/test_foreign.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_UNOPENED = "tests/journeys/test_unopened_forms.py"

MUTANTS = (
    Mutant(
        id="old-signatures",
        file="incident_bot/web/slack/verify.py",
        old="if abs(age := now - int(timestamp)) > WINDOW_SECONDS:",
        new="if (age := now - int(timestamp)) < -WINDOW_SECONDS:",
        tests=(f"{_VERIFY}::test_a_request_is_good_for_five_minutes_either_way",),
        suffers="What somebody overheard can be sent again for ever.",
    ),
    Mutant(
        id="future-signatures",
        file="incident_bot/web/slack/verify.py",
        old="if abs(age := now - int(timestamp)) > WINDOW_SECONDS:",
        new="if (age := now - int(timestamp)) > WINDOW_SECONDS:",
        tests=(f"{_VERIFY}::test_a_request_is_good_for_five_minutes_either_way",),
        suffers="A request dated far ahead is good for as long.",
    ),
    Mutant(
        id="window-an-hour",
        file="incident_bot/web/slack/verify.py",
        old="WINDOW_SECONDS: Final = 300",
        new="WINDOW_SECONDS: Final = 3000",
        tests=(_VERIFY,),
        suffers="What somebody overheard can be sent again for most of an hour.",
    ),
    Mutant(
        id="timestamp-not-signed",
        file="incident_bot/web/slack/verify.py",
        old='base = b"v0:" + timestamp.encode() + b":" + body',
        new='base = b"v0:" + b":" + body',
        tests=(f"{_VERIFY}::test_slacks_published_example_is_accepted",),
        suffers="Slack's requests are refused.",
    ),
    Mutant(
        id="first-secret-only",
        file="incident_bot/web/slack/verify.py",
        old="for each in secrets]",
        new="for each in secrets[:1]]",
        tests=(f"{_VERIFY}::test_both_secrets_of_a_rotation_are_accepted",),
        suffers="Everything is refused while the signing secret is rotated.",
    ),
    Mutant(
        id="all-secrets-must-sign",
        file="incident_bot/web/slack/verify.py",
        old="return None if any(matches) else Fault.MISMATCH",
        new="return None if all(matches) else Fault.MISMATCH",
        tests=(f"{_VERIFY}::test_both_secrets_of_a_rotation_are_accepted",),
        suffers="Everything is refused while the signing secret is rotated.",
    ),
    Mutant(
        id="unicode-timestamps",
        file="incident_bot/web/slack/verify.py",
        old='if not re.fullmatch(r"[0-9]{1,11}", timestamp, re.ASCII):',
        new='if not re.fullmatch(r"\\d+", timestamp):',
        tests=(_VERIFY,),
        suffers="A strange header is a bug of ours instead of a refusal.",
    ),
    Mutant(
        id="unsigned",
        file="incident_bot/web/slack/routes.py",
        old="        if fault := _fault(body, settings):\n",
        new="        if (fault := _fault(body, settings)) and endpoint == 'slack.commands':\n",
        tests=("tests/web/test_health.py::test_what_slack_did_not_sign_is_refused_without_a_word",),
        suffers="Anybody on the internet presses the buttons and renames people.",
    ),
    Mutant(
        id="foreign-commands",
        file="incident_bot/web/slack/routes.py",
        old='    "slack.commands": lambda fields: [sender.of_command(fields)],\n',
        new='    "slack.commands": lambda fields: [],\n',
        tests=(
            "tests/journeys/test_foreign.py::test_what_another_workspace_sends_is_refused_and_changes_nothing",
        ),
        suffers="Another workspace that has the app runs our incidents.",
    ),
    Mutant(
        id="foreign-interactions",
        file="incident_bot/web/slack/routes.py",
        old='    "slack.interactions": lambda payload: [sender.of_interaction(payload)],\n',
        new='    "slack.interactions": lambda payload: [],\n',
        tests=(
            "tests/journeys/test_foreign.py::test_what_another_workspace_sends_is_refused_and_changes_nothing",
            "tests/journeys/test_foreign.py::test_a_person_of_another_workspace_is_refused_in_a_channel_of_ours",
        ),
        suffers="A guest of another company presses our buttons.",
    ),
    Mutant(
        id="foreign-if-any",
        file="incident_bot/web/slack/routes.py",
        old="or not all(map(ours.is_foreign, senders)):",
        new="or not any(map(ours.is_foreign, senders)):",
        tests=(
            "tests/journeys/test_foreign.py::test_an_event_from_a_shared_channel_of_another_workspace_is_for_us",
        ),
        suffers="News of a person from a shared channel is refused.",
    ),
    Mutant(
        id="event-lost-without-a-database",
        file="incident_bot/web/slack/routes.py",
        old="    return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)\n",
        new="    return Response(status=HTTPStatus.OK)\n",
        tests=("tests/web/slack/test_dispatch.py",),
        suffers="Slack does not tell again that somebody left, who can then be made commander.",
    ),
    Mutant(
        id="any-response-url",
        file="incident_bot/web/slack/routes.py",
        old="        g.asked = _trusted(asked, settings)\n",
        new="        g.asked = asked\n",
        tests=(f"{_OPERATIONS}::test_a_foreign_response_url_is_never_called",),
        suffers="The bot can be made to call servers inside its own network.",
    ),
    Mutant(
        id="button-not-marked-failed",
        file="incident_bot/web/slack/dispatch.py",
        old="BODY_UNSEEN: Final = frozenset({InteractionType.BUTTON, InteractionType.CHOICE})",
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
    if not inbox.claim_key(tx, request.key):
        return _repeated(tx, request)
    reply = runner.run(tx, command, request, settings)
""",
        new="""\
    inbox.claim_key(tx, request.key)
    reply = runner.run(tx, command, request, settings)
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
        id="nobody-is-told-of-a-delay",
        file="incident_bot/web/slack/dispatch.py",
        old="leases.delay(tx, Queue.NOTIFICATIONS) if tx.wakes else None",
        new="leases.delay(tx, Queue.NOTIFICATIONS) if not tx.wakes else None",
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
        id="bug-without-a-line",
        file="incident_bot/web/slack/routes.py",
        old='    log.exception("bug", extra=_asked())\n',
        new="",
        tests=("tests/web/slack/test_dispatch.py",),
        suffers="At 3 a.m. there is a reference and no line of the log that belongs to it.",
    ),
    Mutant(
        id="bug-without-a-reference",
        file="incident_bot/web/slack/routes.py",
        old='answer.internal_error(asked, logs.request_id.get() or "unknown")',
        new='answer.internal_error(asked, "unknown")',
        tests=("tests/web/slack/test_dispatch.py",),
        suffers="Whoever meets a bug has nothing to give to the operator.",
    ),
    Mutant(
        id="chunked-body-cut",
        file="incident_bot/web/slack/routes.py",
        old="if request.content_length is None and limit is not None and len(body) >= limit:",
        new="if request.content_length is None and limit is not None and len(body) > limit:",
        tests=(
            "tests/chaos/test_wire.py::test_a_body_of_more_than_a_megabyte_is_413_however_its_length_is_told",
        ),
        suffers="A body that is too long is read as far as it fits, and refused as badly signed.",
    ),
    Mutant(
        id="origin-without-a-port",
        file="incident_bot/web/slack/origins.py",
        old="(parts.scheme, parts.hostname, _port(parts.scheme, port)) == _parts(origin)",
        new="(parts.scheme, parts.hostname) == _parts(origin)[:2]",
        tests=(_ORIGINS,),
        suffers="Any port of Slack's host, or of a local one, can be called.",
    ),
    Mutant(
        id="origin-with-a-backslash",
        file="incident_bot/web/slack/origins.py",
        old='if not re.fullmatch(r"[!-~]+", url) or "\\\\" in url:',
        new='if not re.fullmatch(r"[!-~]+", url):',
        tests=(_ORIGINS,),
        suffers="A URL that two readers read differently leads to another host.",
    ),
    Mutant(
        id="own-workspace-for-ever",
        file="incident_bot/web/slack/own_workspace.py",
        old="return self._last if self._clock() < self._believed_until else None",
        new="return self._last",
        tests=(_OWN,),
        suffers="After a change of token, with the database away, everybody is refused.",
    ),
    Mutant(
        id="own-workspace-asked-each-time",
        file="incident_bot/web/slack/own_workspace.py",
        old="            self._read_at = now + _READ_AGAIN_SECONDS\n",
        new="            self._read_at = now\n",
        tests=(_OWN,),
        suffers="Each request costs a transaction more.",
    ),
    Mutant(
        id="person-of-the-press-unknown",
        file="incident_bot/web/slack/sender.py",
        old='user_team_id=_id(payload.get("user"), "team_id"),',
        new="user_team_id=None,",
        tests=("tests/web/slack/test_sender.py",),
        suffers="A guest of another company presses our buttons in a shared channel.",
    ),
    Mutant(
        id="cleaned-not",
        file="incident_bot/web/slack/parse.py",
        old="    return {sanitize(name): sanitize(value) for name, value in pairs}\n",
        new="    return dict(pairs)\n",
        tests=(_PARSE,),
        suffers="Nobody suffers.",
        explained="Each field is cleaned again where it is read, one by one, and so is each word of a payload.",
    ),
    Mutant(
        id="ids-of-nobody",
        file="incident_bot/web/slack/parse.py",
        old="    if not 0 < len(found) <= _MAX_ID:\n",
        new="    if not len(found) <= _MAX_ID:\n",
        tests=(f"{_PARSE}::test_an_id_that_names_nobody_or_that_no_index_can_hold_is_malformed",),
        suffers="An id of nothing is a bug of ours instead of a bad request.",
    ),
    Mutant(
        id="ids-of-any-length",
        file="incident_bot/web/slack/parse.py",
        old="""\
    if not 0 < len(found) <= _MAX_ID:
        raise Malformed(name)
""",
        new="",
        tests=(f"{_PARSE}::test_an_id_that_names_nobody_or_that_no_index_can_hold_is_malformed",),
        suffers="A long id is a bug of ours instead of a bad request.",
    ),
    Mutant(
        id="buttons-keep-words",
        file="incident_bot/web/slack/parse.py",
        old="return value if name == OPEN else rest",
        new="return value or rest",
        tests=(f"{_PARSE}::test_only_a_button_that_opens_a_form_keeps_words",),
        suffers="A button does what its value says instead of what it stands for.",
    ),
    Mutant(
        id="form-key-by-user",
        file="incident_bot/web/slack/parse.py",
        old="key=f\"form:{_id(metadata, 'nonce')}\",",
        new="key=f\"form:{_id(_object(payload, 'user'), 'id')}\",",
        tests=(f"{_PARSE}::test_a_form_is_known_by_its_nonce_and_read_by_its_blocks",),
        suffers="The second form that somebody ever sends is answered with the first's.",
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
        id="ready-without-tables",
        file="incident_bot/web/health.py",
        old="        if missing:\n",
        new="        if not missing and not writable:\n",
        tests=(_HEALTH,),
        suffers="A new version takes traffic before its tables are there.",
    ),
    Mutant(
        id="no-worker-unsaid",
        file="incident_bot/store/leases.py",
        old="                then 'NO_WORKER'\n",
        new="                then null\n",
        tests=(
            "tests/web/test_health.py::test_without_a_worker_it_is_ready_and_says_so",
            f"{_OPERATIONS}::test_an_answer_says_when_no_worker_runs",
        ),
        suffers="A bot without any worker looks healthy and promises what it cannot keep.",
    ),
    Mutant(
        id="ready-when-read-only",
        file="incident_bot/web/health.py",
        old=(
            "        if not writable:\n"
            '            return unavailable("the database is read-only")\n'
        ),
        new="",
        tests=(_HEALTH,),
        suffers="After a failover traffic goes to a process that can record nothing.",
    ),
    Mutant(
        id="health-tells-the-error",
        file="incident_bot/web/health.py",
        old="    return _text(sentence, HTTPStatus.SERVICE_UNAVAILABLE)\n",
        new='    return _text(f"{sentence}: {error}", HTTPStatus.SERVICE_UNAVAILABLE)\n',
        tests=(_HEALTH,),
        suffers="Anybody reads where the database is.",
    ),
    Mutant(
        id="metrics-for-anybody",
        file="incident_bot/web/metrics.py",
        old='return hmac.compare_digest(given.encode(), f"Bearer {token.reveal()}".encode())',
        new="return bool(given)",
        tests=(f"{_OPERATIONS}::test_metrics_want_the_token_when_there_is_one",),
        suffers="Any bearer token opens the metrics.",
    ),
    Mutant(
        id="metrics-from-outside",
        file="incident_bot/web/metrics.py",
        old="    return (mapped or caller).is_loopback\n",
        new="    return (mapped or caller).is_private\n",
        tests=(f"{_METRICS}::test_without_a_token_only_the_machine_itself_is_answered",),
        suffers="Whoever reaches the port reads the metrics, where nobody set a token.",
    ),
    Mutant(
        id="metrics-without-dead",
        file="incident_bot/web/metrics.py",
        old='yield "outbox_dead", label, backlog.dead if backlog else 0',
        new='yield "outbox_dead", label, 0',
        tests=(f"{_OPERATIONS}::test_what_does_not_arrive_is_a_red_line_in_the_channel",),
        suffers="The alert for messages that were given up never comes.",
    ),
    Mutant(
        id="metrics-without-a-pulse",
        file="incident_bot/web/metrics.py",
        old='yield name, {"queue": beat_of.value}, at.timestamp()',
        new='yield name, {"queue": beat_of.value}, 0',
        tests=("tests/jobs/test_dispatcher.py::test_a_drain_shows_that_it_is_alive",),
        suffers="The alert for a dead worker always fires, or never.",
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
        id="event-scopes-not-asked-for",
        file="incident_bot/cli/manifest.py",
        old="union(*SCOPES.values(), *of_events))",
        new="union(*SCOPES.values()))",
        tests=(
            "tests/events/test_events.py::test_a_new_event_is_heard_and_asked_for_in_the_manifest",
        ),
        suffers="Slack refuses the manifest of an app that listens for what it may not see.",
    ),
    Mutant(
        id="member-id-of-any-length",
        file="incident_bot/events/_member.py",
        old="if not isinstance(user_id, str) or len(sanitize(user_id)) > _MAX_ID:",
        new="if not isinstance(user_id, str):",
        tests=("tests/events/test_member.py::test_an_id_that_no_index_can_hold_is_malformed",),
        suffers="A long id is a bug of ours, again each time Slack repeats the event.",
    ),
    Mutant(
        id="requests-without-a-line",
        file="incident_bot/web/slack/dispatch.py",
        old="        log.info(handled.outcome, extra=request_line.request_fields(request, since))\n",
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
        old='log.info(refused.outcome, extra={**line, "why": type(error).__name__})',
        new='log.info(refused.outcome, extra={"why": type(error).__name__})',
        tests=(_LINE,),
        suffers="The log does not say who was refused what.",
    ),
    Mutant(
        id="bug-without-a-person",
        file="incident_bot/web/slack/routes.py",
        old='    log.exception("bug", extra=_asked())\n',
        new='    log.exception("bug")\n',
        tests=(f"{_LINE}::test_a_bug_and_a_malformed_form_say_who_met_them",),
        suffers="Nobody can tell who met the bug with which command.",
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
        id="line-of-the-last-incident",
        file="incident_bot/app.py",
        old="    logs.incident.set(None)  # this thread's last request may have been about one\n",
        new="",
        tests=(f"{_LINE}::test_a_line_about_no_incident_does_not_name_that_of_the_last_request",),
        suffers="The log blames an incident for what was asked elsewhere.",
    ),
    Mutant(
        id="line-without-the-incident",
        file="incident_bot/commands/runner.py",
        old="        logs.incident.set(incident.ref)\n",
        new="        pass\n",
        tests=(_LINE,),
        suffers="The log does not say which incident was resolved.",
    ),
    Mutant(
        id="declared-without-the-incident",
        file="incident_bot/commands/declare.py",
        old="        ref=declared.incident.ref,\n",
        new="",
        tests=(f"{_LINE}::test_a_declare_is_one_line_that_names_the_incident",),
        suffers="The log does not say which incident was declared.",
    ),
    Mutant(
        id="repeats-look-new",
        file="incident_bot/web/slack/dispatch.py",
        old='outcome="repeated request")',
        new='outcome="request done")',
        tests=(f"{_LINE}::test_a_repeated_request_says_so_once_with_an_id_of_its_own",),
        suffers="Nobody sees that Slack sends requests again because the answers come late.",
    ),
    Mutant(
        id="own-workspace-each-time",
        file="incident_bot/web/slack/own_workspace.py",
        old='self._trouble.say(logging.WARNING, "own workspace not read", problem=problem)',
        new='log.warning("own workspace not read", extra={"problem": problem})',
        tests=(f"{_OWN}::test_a_database_that_stays_away_is_one_line",),
        suffers="While the database is away each web process logs the same every few seconds.",
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
