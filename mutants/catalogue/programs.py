"""Faults in the settings, the log, the worker's process, the web's, and the command line."""

from mutants import Mutant

_PROCESSES = "tests/journeys/test_processes.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_STATUSPAGE = "tests/cli/test_statuspage.py"
_MANIFEST = "tests/cli/test_manifest.py"

MUTANTS = (
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
        old="    except (Unavailable, ConfigError) as error:  # a script reads that too\n",
        new="    except NotImplementedError as error:\n",
        tests=(
            "tests/cli/test_faults.py"
            "::test_a_script_that_asks_for_health_reads_that_the_database_is_away",
        ),
        suffers="A probe that reads JSON gets none when it matters.",
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
        old=("    schema.require(config.database_url)\n    capacity.warn(config)\n"),
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
        old="    schema.require(config.database_url)\n",
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
        id="refusal-to-run-as-text",
        file="incident_bot/cli/__init__.py",
        old="        is_logged = _is_logged(words)\n",
        new="",
        tests=(f"{_PROGRAMS}::test_a_program_that_cannot_run_says_why_in_one_line",),
        suffers="Why the bot does not start is in no collector.",
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
        id="all-refuses-as-text",
        file="incident_bot/cli/all.py",
        old="IS_PROGRAM: Final = True\n",
        new="",
        tests=(f"{_PROGRAMS}::test_a_program_that_cannot_run_says_why_in_one_line",),
        suffers="Why one container does not start is in no collector.",
    ),
    Mutant(
        id="inbox-kept-for-ever",
        file="incident_bot/worker.py",
        old='        PeriodicTask(database, "inbox", forget, every=timedelta(hours=1)),\n',
        new="",
        tests=("tests/test_worker.py",),
        suffers="Every request ever made and its answer stay in the database.",
    ),
)
