"""Faults in the settings, the log, the worker's process, the web's, and the command line."""

from mutants import Mutant

_SETTINGS = "tests/test_settings.py"
_URLS = "tests/test_settings_urls.py"
_DOCS = "tests/test_docs.py"
_LOG = "tests/test_log.py"
_PROCESSES = "tests/journeys/test_processes.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_STATUSPAGE = "tests/cli/test_statuspage.py"
_TEMPLATES = "tests/cli/test_templates.py"
_MANIFEST = "tests/cli/test_manifest.py"

MUTANTS = (
    Mutant(
        id="secret-in-repr",
        file="incident_bot/settings/secret.py",
        old="""\
        return "'***'"
""",
        new="        return repr(self._hidden)\n",
        tests=(f"{_SETTINGS}::test_no_secret_shows_itself_in_any_way_of_printing_settings",),
        suffers="A traceback in the log shows the bot's token.",
    ),
    Mutant(
        id="secret-in-format",
        file="incident_bot/settings/secret.py",
        old="""\
    def __format__(self, _: str) -> str:
        return "***"
""",
        new="""\
    def __format__(self, _: str) -> str:
        return self._hidden
""",
        tests=(f"{_SETTINGS}::test_no_secret_shows_itself_in_any_way_of_printing_settings",),
        suffers="A sentence with a setting in it shows a secret.",
    ),
    Mutant(
        id="owners-of-no-service",
        file="incident_bot/settings/__init__.py",
        old="""strangers = [name for name in found.get("service_owners", {}) if name not in services]""",
        new="strangers: list[str] = []",
        tests=(f"{_SETTINGS}::test_a_wrong_value_says_what_to_write_instead",),
        suffers="A mistyped service has no owners, and nobody notices until an outage.",
    ),
    Mutant(
        id="page-without-a-key",
        file="incident_bot/settings/__init__.py",
        old='if bool(found.get("statuspage_api_key")) != bool(found.get("statuspage_page_id")):',
        new='if found.get("statuspage_api_key") and not found.get("statuspage_page_id"):',
        tests=(_SETTINGS,),
        suffers="The page is never updated, and nothing says so at the start.",
    ),
    Mutant(
        id="older-name-first",
        file="incident_bot/settings/__init__.py",
        old="raw((setting.name, *setting.older_names), environ)",
        new="raw((*setting.older_names, setting.name), environ)",
        tests=(f"{_SETTINGS}::test_an_older_name_works_until_the_newer_one_is_set",),
        suffers="A new value of a renamed setting changes nothing.",
    ),
    Mutant(
        id="env-file-wins",
        file="incident_bot/settings/sources.py",
        old="return {**beside(), **os.environ}",
        new="return {**os.environ, **beside()}",
        tests=("tests/test_settings_sources.py::test_the_environment_wins_over_the_env_file",),
        suffers="A forgotten .env overrules what the operator sets.",
    ),
    Mutant(
        id="value-and-file",
        file="incident_bot/settings/sources.py",
        old="        if value and file:\n",
        new="        if value and file and value == file:\n",
        tests=(
            "tests/test_settings_sources.py"
            "::test_a_name_beside_its_file_is_refused_wherever_the_two_stand",
        ),
        suffers="A stale token in one place is used instead of the new one in the other.",
    ),
    Mutant(
        id="unreadable-line",
        file="incident_bot/settings/sources.py",
        old="        if not _is_understood(line):\n",
        new="        if line.value is not None and not _is_understood(line):\n",
        tests=(
            "tests/test_settings_sources.py"
            "::test_a_line_that_cannot_be_read_is_named_and_not_shown",
        ),
        suffers="A setting whose quote is not closed is silently not set.",
    ),
    Mutant(
        id="misspelt-unsaid",
        file="incident_bot/settings/misspelt.py",
        old="        if meant and (is_ours or not _is_set(meant, environ)):\n",
        new="        if meant and not _is_set(meant, environ):\n",
        tests=(
            "tests/test_settings_misspelt.py"
            "::test_what_begins_as_only_ours_do_is_warned_of_in_a_file",
        ),
        suffers="Nobody is told of a P1 because of a letter that is missing.",
    ),
    Mutant(
        id="first-fault-only",
        file="incident_bot/settings/__init__.py",
        old='            errors.append(f"{setting.name}: {wrong}")\n',
        new='            raise ConfigError(f"{setting.name}: {wrong}") from None\n',
        tests=(f"{_SETTINGS}::test_every_required_setting_is_asked_for_at_once",),
        suffers="An operator starts it ten times to learn of ten mistakes.",
    ),
    Mutant(
        id="ask-is-off",
        file="incident_bot/settings/values.py",
        old='    return value == "ask"\n',
        new='    return value != "off"\n',
        tests=("tests/test_settings.py::test_an_empty_value_means_the_default",),
        suffers="Nobody suffers.",
        explained="Whatever is neither ask nor off was refused on the lines before.",
    ),
    Mutant(
        id="publish-by-default",
        file="incident_bot/settings/__init__.py",
        old="""\
        parse=values.publish,
        default="off",
""",
        new="""\
        parse=values.publish,
        default="ask",
""",
        tests=(
            f"{_DOCS}::test_every_setting_is_described_with_its_default_and_older_names",
            f"{_DOCS}::test_what_is_made_from_the_code_is_up_to_date",
        ),
        suffers="After an upgrade the bot offers to tell customers.",
    ),
    Mutant(
        id="any-origin-with-a-user",
        file="incident_bot/settings/urls.py",
        old="""if parts is None or word != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:""",
        new="""if parts is None or word != f"{parts.scheme}://{parts.netloc}":""",
        tests=(f"{_SETTINGS}::test_a_wrong_value_says_what_to_write_instead",),
        suffers="A setting that looks like Slack's host leads to another.",
    ),
    Mutant(
        id="stray-env-file",
        file="incident_bot/settings/sources.py",
        old='{} if _CHOSEN in os.environ else read_env_file(Path(".env"))',
        new='read_env_file(Path(".env"))',
        tests=(
            "tests/test_settings_sources.py::test_with_a_file_that_was_chosen_no_other_is_read",
        ),
        suffers="A file in the folder one stands in sends the token to somebody else.",
    ),
    Mutant(
        id="url-quoted",
        file="incident_bot/settings/urls.py",
        old='raise Wrong(f"it cannot be read: {_ESCAPE}") from None',
        new='raise Wrong(f"it cannot be read: {error}") from None',
        tests=(f"{_URLS}::test_no_part_of_an_address_is_shown_whatever_sign_stands_in_it",),
        suffers="Half of a password is in the log.",
    ),
    Mutant(
        id="plain-http",
        file="incident_bot/settings/urls.py",
        old='if parts.scheme == "http" and not is_this_machine(parts.hostname or ""):',
        new='if parts.scheme == "ftp":',
        tests=(f"{_URLS}::test_only_this_machine_is_reached_without_tls",),
        suffers="The token crosses the network in the clear.",
    ),
    Mutant(
        id="secret-in-the-wrong-place",
        file="incident_bot/settings/values.py",
        old='if len(value) > _LONGEST_SHOWN or re.search(r"xox|://|@.*:", value):',
        new="if len(value) > _LONGEST_SHOWN:",
        tests=(f"{_SETTINGS}::test_a_secret_in_the_wrong_place_is_not_shown",),
        suffers="A token pasted into the wrong line is in the log.",
    ),
    Mutant(
        id="log-without-the-request",
        file="incident_bot/log.py",
        old='    "request_id": request_id,\n',
        new='    "request_id": delivery,\n',
        tests=(f"{_LOG}::test_a_line_says_who_when_how_bad_and_in_which_request",),
        suffers="The lines of one request cannot be found.",
    ),
    Mutant(
        id="log-with-a-forged-line",
        file="incident_bot/log.py",
        old='    return re.sub(r"[^ -~]", lambda odd: json.dumps(odd[0])[1:-1], text)\n',
        new="    return text\n",
        tests=(f"{_LOG}::test_no_value_can_begin_a_line_of_text",),
        suffers="Whoever reads the log takes what somebody typed for a line of the bot's.",
    ),
    Mutant(
        id="log-with-nulls",
        file="incident_bot/log.py",
        old="for name, value in timed.items() if value is not None}",
        new="for name, value in timed.items()}",
        tests=(f"{_LOG}::test_a_field_without_a_value_is_left_out",),
        suffers="Each line is a third longer, and a search for a field finds lines without it.",
    ),
    Mutant(
        id="changed-library",
        file="incident_bot/settings/libraries.py",
        old="        if not hasattr(owner, name):\n",
        new="        if hasattr(owner, name) and not hasattr(owner, name):\n",
        tests=("tests/test_libraries.py::test_each_part_is_missed_by_name_when_it_is_gone",),
        suffers="After an upgrade of a library no call of Slack has a deadline.",
    ),
    Mutant(
        id="privilege-unsaid",
        file="incident_bot/store/privileges.py",
        old="    except psycopg.errors.InsufficientPrivilege as error:\n",
        new="    except psycopg.errors.InvalidPassword as error:\n",
        tests=("tests/store/test_privileges.py",),
        suffers="A missing GRANT is a traceback at three in the morning.",
    ),
    Mutant(
        id="health-without-a-database",
        file="incident_bot/cli/healthy.py",
        old="    except Unavailable as error:  # a script reads that too\n",
        new="    except NotImplementedError as error:\n",
        tests=(
            "tests/cli/test_faults.py"
            "::test_a_script_that_asks_for_health_reads_that_the_database_is_away",
        ),
        suffers="A probe that reads JSON gets none when it matters.",
    ),
    Mutant(
        id="log-of-the-sdk",
        file="incident_bot/log.py",
        old='    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)\n',
        new="",
        tests=(f"{_LOG}::test_the_body_of_an_answer_that_is_no_json_is_not_logged",),
        suffers="What a proxy answers, with what it was sent, is in the log.",
    ),
    Mutant(
        id="requests-share-an-id",
        file="incident_bot/app.py",
        old="    app.before_request(_name_request)\n",
        new="    _name_request()\n",
        tests=(
            "tests/journeys/test_processes.py::test_a_declare_goes_end_to_end_and_its_log_tells_so_without_a_secret",
        ),
        suffers="The lines of one request cannot be told from another's.",
    ),
    Mutant(
        id="bodies-of-any-size",
        file="incident_bot/app.py",
        old='    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES\n',
        new="",
        tests=("tests/web/test_health.py::test_a_body_over_a_megabyte_is_refused",),
        suffers="Anybody fills the process's memory.",
    ),
    Mutant(
        id="worker-on-any-schema",
        file="incident_bot/worker.py",
        old=("    migrations.require(config.database_url)\n    capacity.warn(config)\n"),
        new="    capacity.warn(config)\n",
        tests=(f"{_PROCESSES}::test_nothing_starts_on_a_schema_it_does_not_know",),
        suffers="An old worker runs on tables that it does not know.",
    ),
    Mutant(
        id="dead-child-left-dead",
        file="incident_bot/worker.py",
        old="            self.process, self._started_at, self._start_at = self._start(), now, 0.0\n",
        new="            self._start_at = 0.0\n",
        tests=(f"{_PROCESSES}::test_a_queue_process_that_is_killed_is_replaced",),
        suffers="After a crash nothing is delivered until somebody restarts the bot.",
    ),
    Mutant(
        id="orphans",
        file="incident_bot/worker.py",
        old="""\
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
""",
        new="""\
    while os.getppid() == parent_pid:
        time.sleep(0.5)
""",
        tests=(f"{_PROCESSES}::test_no_queue_process_outlives_a_parent_that_was_killed",),
        suffers="After a kill an old worker goes on beside the new one.",
    ),
    Mutant(
        id="lives-without-its-dispatcher",
        file="incident_bot/worker.py",
        old="""\
    if name.startswith(DISPATCHER):
        os._exit(1)
""",
        new="",
        tests=(f"{_PROCESSES}::test_a_worker_that_can_carry_nothing_any_more_ends",),
        suffers="A worker looks alive and delivers nothing.",
    ),
    Mutant(
        id="page-with-many-threads",
        file="incident_bot/worker.py",
        old="threads = config.worker_threads if queue is Queue.NOTIFICATIONS else 1",
        new="threads = config.worker_threads",
        tests=("tests/journeys/test_statuspage.py::test_a_component_follows_its_incident",),
        suffers="Nobody suffers: sixty threads wait for one turn a second.",
        explained="Every request to the page waits for its turn, so more threads only wait; a "
        "lease that would run out meanwhile is not used.",
    ),
    Mutant(
        id="patrol-each-day",
        file="incident_bot/worker.py",
        old='return [PeriodicTask(database, "drift", look, every=timedelta(minutes=5))]',
        new='return [PeriodicTask(database, "drift", look, every=timedelta(hours=5))]',
        tests=("tests/test_worker.py",),
        suffers="What somebody set by hand on the public page is seen hours later.",
    ),
    Mutant(
        id="workspace-not-learned-at-start",
        file="incident_bot/worker.py",
        old="every=timedelta(hours=6), at_start=True),",
        new="every=timedelta(hours=6)),",
        tests=("tests/test_worker.py",),
        suffers="After a change of token everybody is refused for six hours.",
    ),
    Mutant(
        id="stops-before-its-sends",
        file="incident_bot/worker.py",
        old="    dispatcher.stop()\n    database.close()\n    return 0\n",
        new="    database.close()\n    os._exit(0)\n",
        tests=(f"{_PROCESSES}::test_a_message_under_way_is_finished_before_the_end",),
        suffers="Each deploy leaves messages in doubt, which come half a minute late.",
    ),
    Mutant(
        id="web-on-any-schema",
        file="incident_bot/cli/web.py",
        old="    migrations.require(config.database_url)\n",
        new="",
        tests=(f"{_PROCESSES}::test_nothing_starts_on_a_schema_it_does_not_know",),
        suffers="The web starts before its tables are there and answers with bugs.",
    ),
    Mutant(
        id="wrong-is-fine",
        file="incident_bot/cli/_faults.py",
        old="""\
        case UserError():
            return WRONG, str(error)
""",
        new="""\
        case UserError():
            return OK, str(error)
""",
        tests=("tests/cli/test_postmortem.py::test_what_does_not_exist_is_said_so",),
        suffers="A script takes a failure for a success.",
    ),
    Mutant(
        id="outbox-retry-not-audited",
        file="incident_bot/cli/outbox.py",
        old='        _audit(tx, "outbox retry", number)\n',
        new="",
        tests=(f"{_OPERATIONS}::test_a_dead_delivery_is_looked_at_retried_and_dropped",),
        suffers="Nobody can tell who sent a message again.",
    ),
    Mutant(
        id="outbox-drop-not-audited",
        file="incident_bot/cli/outbox.py",
        old='    _audit(tx, "outbox drop", number)\n',
        new="",
        tests=(f"{_OPERATIONS}::test_a_dropped_delivery_is_over",),
        suffers="Nobody can tell who gave a message up.",
    ),
    Mutant(
        id="nobody-is-notified",
        file="incident_bot/store/database.py",
        old="        if self._notify and tx.wakes:\n",
        new="        if self._notify and not tx.wakes:\n",
        tests=(
            "tests/store/test_database.py::test_what_a_transaction_wrote_for_is_notified_after_its_commit",
        ),
        suffers="Every message goes out up to three seconds later.",
    ),
    Mutant(
        id="template-blank-name",
        file="incident_bot/cli/templates.py",
        old="if not 1 <= len(template.name) <= 100:",
        new="if not 0 <= len(template.name) <= 100:",
        tests=("tests/cli/test_templates.py::test_a_mistake_is_explained_and_changes_nothing",),
        suffers="A template without a name is a bug of ours instead of a sentence.",
    ),
    Mutant(
        id="template-change-not-audited",
        file="incident_bot/cli/templates.py",
        old='        audit.add(tx, f"templates {action}", actor=OPERATOR, detail=name)\n',
        new="",
        tests=(
            "tests/cli/test_templates.py::test_a_template_is_added_changed_disabled_and_enabled",
        ),
        suffers="Nobody can tell who changed a template.",
    ),
    Mutant(
        id="map-not-shown",
        file="incident_bot/cli/statuspage.py",
        old="        components.reconcile(tx, [component.id])\n",
        new="",
        tests=(
            "tests/cli/test_statuspage.py::test_a_service_is_mapped_shown_checked_and_unmapped",
        ),
        suffers="A service that is mapped in the middle of an outage shows green.",
    ),
    Mutant(
        id="unmap-not-shown",
        file="incident_bot/cli/statuspage.py",
        old="        components.reconcile(tx, [component_id])\n\n    context.run(work)\n",
        new="\n    context.run(work)\n",
        tests=(
            "tests/cli/test_statuspage.py::test_a_service_is_mapped_shown_checked_and_unmapped",
        ),
        suffers="A component stays red although nothing shows on it any more.",
    ),
    Mutant(
        id="map-not-audited",
        file="incident_bot/cli/statuspage.py",
        old='        audit.add(tx, "statuspage map", actor=OPERATOR, detail=f"{service} {component.id}")\n',
        new="",
        tests=(
            "tests/cli/test_statuspage.py::test_a_service_is_mapped_shown_checked_and_unmapped",
        ),
        suffers="Nobody can tell who made a service public.",
    ),
    Mutant(
        id="sync-behind-the-hold",
        file="incident_bot/cli/statuspage.py",
        old="        holds.clear(tx, HOLD)\n",
        new="",
        tests=(f"{_STATUSPAGE}::test_sync_resumes_after_a_refused_key",),
        suffers="After the key was corrected the page stays wrong for five minutes more.",
    ),
    Mutant(
        id="check-always-right",
        file="incident_bot/cli/statuspage.py",
        old="    code = WRONG if wrong else OK\n",
        new="    code = OK\n",
        tests=(f"{_STATUSPAGE}::test_check_is_wrong_while_the_page_differs",),
        suffers="A script that watches the status page never reports a failure.",
    ),
    Mutant(
        id="postmortem-before-the-end",
        file="incident_bot/cli/statuspage.py",
        old="    if incident.status is not Status.RESOLVED:\n",
        new="    if incident.status is Status.DECLARED:\n",
        tests=(f"{_STATUSPAGE}::test_a_postmortem_is_published_quietly_once_all_is_over",),
        suffers="Customers read a postmortem in the middle of the outage.",
    ),
    Mutant(
        id="manifest-over-plain-http",
        file="incident_bot/cli/manifest.py",
        old='if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOCAL):',
        new='if parts.scheme not in ("https", "http"):',
        tests=(_MANIFEST,),
        suffers="What people type goes over the internet unencrypted.",
    ),
    Mutant(
        id="manifest-without-mentions",
        file="incident_bot/cli/manifest.py",
        old='"should_escape": True,',
        new='"should_escape": False,',
        tests=(f"{_MANIFEST}::test_mentions_in_commands_arrive_as_ids",),
        suffers="`/incident commander @ben` does not know who Ben is.",
    ),
    Mutant(
        id="context-over-what-is-said",
        file="incident_bot/log.py",
        old="            if name not in record.__dict__:  # a line may itself say which it is about\n",
        new="            if True:\n",
        tests=(f"{_LOG}::test_a_line_may_say_itself_which_delivery_it_is_about",),
        suffers="A delivery that killed its worker is given up, and no line says which.",
    ),
    Mutant(
        id="no-severity",
        file="incident_bot/log.py",
        old="        record.severity = record.levelname\n",
        new='        record.severity = "DEFAULT"\n',
        tests=(f"{_LOG}::test_a_line_says_who_when_how_bad_and_in_which_request",),
        suffers="In Cloud Logging an error looks like everything else, and alerts nobody.",
    ),
    Mutant(
        id="warnings-as-text",
        file="incident_bot/log.py",
        old="    logging.captureWarnings(True)\n",
        new="",
        tests=(f"{_LOG}::test_a_warning_of_python_is_a_line",),
        suffers="A collector that reads JSON stumbles over a warning of a library.",
    ),
    Mutant(
        id="tracebacks-as-text",
        file="incident_bot/log.py",
        old="    sys.excepthook = _log_uncaught\n",
        new="",
        tests=(f"{_LOG}::test_what_ends_a_program_is_a_line_with_its_traceback",),
        suffers="What ended the program is forty lines that no collector puts together.",
    ),
    Mutant(
        id="trouble-each-time",
        file="incident_bot/log.py",
        old="        if trouble not in recent:\n",
        new="        if self._log:\n",
        tests=(f"{_LOG}::test_trouble_that_lasts_is_a_line_a_minute",),
        suffers="A server that is away for a night fills the disk with one sentence.",
    ),
    Mutant(
        id="trouble-once-for-ever",
        file="incident_bot/log.py",
        old="if now - at < AGAIN_SECONDS}",
        new="if at}",
        tests=(f"{_LOG}::test_trouble_that_lasts_is_a_line_a_minute",),
        suffers="Trouble of today is not logged, since it was logged last month.",
    ),
    Mutant(
        id="trouble-of-any-kind-is-one",
        file="incident_bot/log.py",
        old="(message, *sorted(fields.items()))",
        new="(message,)",
        tests=(f"{_LOG}::test_other_trouble_is_said_at_once",),
        suffers="The password was corrected and is wrong again, and no line says so.",
    ),
    Mutant(
        id="gunicorn-as-text",
        file="incident_bot/web/gunicorn_options.py",
        old='        "logger_class": JsonLogger,\n',
        new="",
        tests=(f"{_PROGRAMS}::test_gunicorns_own_lines_are_json_too",),
        suffers="That a process was killed for its memory is in no collector, and alerts nobody.",
    ),
    Mutant(
        id="gunicorn-says-it-twice",
        file="incident_bot/web/gunicorn_options.py",
        old="        self.error_log.handlers.clear()\n",
        new="",
        tests=(f"{_PROGRAMS}::test_gunicorns_own_lines_are_json_too",),
        suffers="Each line of gunicorn stands in the log twice, once as text.",
    ),
    Mutant(
        id="web-starts-in-silence",
        file="incident_bot/web/gunicorn_options.py",
        old='        "when_ready": say_ready,\n',
        new="",
        tests=(f"{_PROGRAMS}::test_each_program_says_at_its_start_how_it_runs",),
        suffers="The log does not say which version runs, or whether it does.",
    ),
    Mutant(
        id="refusal-to-run-as-text",
        file="incident_bot/cli/__init__.py",
        old="        is_logged = _is_logged(words)\n",
        new="",
        tests=(f"{_PROGRAMS}::test_a_program_that_cannot_run_says_why_in_one_line",),
        suffers="Why the bot does not start is in no collector.",
    ),
    Mutant(
        id="json-for-people",
        file="incident_bot/log.py",
        old="    return sys.stdout.isatty()\n",
        new="    return False\n",
        tests=(f"{_PROGRAMS}::test_a_person_at_a_terminal_reads_sentences",),
        suffers="Who types `incident-bot migrate` reads JSON.",
    ),
    Mutant(
        id="sentences-for-collectors",
        file="incident_bot/log.py",
        old="    return sys.stdout.isatty()\n",
        new="    return True\n",
        tests=(f"{_PROGRAMS}::test_what_migrate_does_is_a_line_each",),
        suffers="What `migrate` did is in no collector.",
    ),
    Mutant(
        id="undocumented-line",
        file="incident_bot/worker.py",
        old='        "worker ready",\n',
        new='        "worker is ready",\n',
        tests=("tests/test_logs_page.py::test_every_line_is_on_the_page_once_and_no_other",),
        suffers="An alert on a line that the page promises never fires.",
    ),
    Mutant(
        id="undocumented-field",
        file="incident_bot/worker.py",
        old=('"exit_code": code})\n        failed'),
        new=('"ended_with": code})\n        failed'),
        tests=("tests/test_logs_page.py::test_every_field_is_on_the_page_once_and_no_other",),
        suffers="A query of a field that the page promises finds nothing.",
    ),
    Mutant(
        id="example-of-another-version",
        file="incident_bot/web/gunicorn_options.py",
        old='        "services": len(config.services),\n',
        new='        "services": ", ".join(config.services),\n',
        tests=(
            f"{_PROGRAMS}::test_the_examples_of_the_page_are_what_the_programs_write",
            f"{_PROGRAMS}::test_each_program_says_at_its_start_how_it_runs",
        ),
        suffers="A dashboard that was made by the example shows nothing.",
    ),
    Mutant(
        id="all-refuses-as-text",
        file="incident_bot/cli/all.py",
        old="IS_PROGRAM: Final = True\n",
        new="",
        tests=(f"{_PROGRAMS}::test_a_program_that_cannot_run_says_why_in_one_line",),
        suffers="Why one container does not start is in no collector.",
    ),
)
