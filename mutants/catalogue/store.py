"""Faults in what is kept: incidents, requests, people, the connections."""

from mutants import Mutant

_SLACK = "tests/journeys/test_slack.py"
_MIGRATIONS = "tests/store/test_migrations.py"
_DATABASE = "tests/store/test_database.py"
_PERIODIC_TASKS = "tests/jobs/test_periodic_tasks.py"

MUTANTS = (
    Mutant(
        id="changed-meanwhile",
        file="incident_bot/store/incidents.py",
        old="where id = %(id)s and version = %(version)s\n",
        new="where id = %(id)s and version <= %(version)s + 1\n",
        tests=(
            "tests/journeys/test_races.py::test_two_changes_in_the_same_second_happen_one_after_the_other",
        ),
        suffers="Of two changes in the same second one is lost.",
        explained="Each command holds the incident's row from its first line, so nobody meets a "
        "version that is not theirs; the comparison guards a caller that forgets to hold it.",
    ),
    Mutant(
        id="version-stands-still",
        file="incident_bot/store/incidents.py",
        old="duplicate_of = %(duplicate_of)s, version = version + 1\n",
        new="duplicate_of = %(duplicate_of)s, version = version\n",
        tests=(
            "tests/journeys/test_who_is_told.py::test_a_message_put_off_is_sent_once_its_time_has_come",
        ),
        suffers="Direct messages are not throttled: each change writes to everybody.",
    ),
    Mutant(
        id="incident-not-held",
        file="incident_bot/store/incidents.py",
        old='"where channel_id = %s for update"',
        new='"where channel_id = %s"',
        tests=("tests/store/test_incidents.py::test_who_finds_the_incident_of_a_channel_holds_it",),
        suffers="Two who change an incident in the same second read an error.",
    ),
    Mutant(
        id="list-newest-first",
        file="incident_bot/store/incidents.py",
        old='_SELECT_OPEN_WITH_COUNT + "order by severity, id desc limit %s"',
        new='_SELECT_OPEN_WITH_COUNT + "order by id desc limit %s"',
        tests=(
            "tests/store/test_incidents.py::test_the_worst_are_listed_first_and_of_these_the_newest",
        ),
        suffers="A P1 falls off the list under forty newer P4s.",
    ),
    Mutant(
        id="resolved-counts-as-open",
        file="incident_bot/store/declaring.py",
        old="left join incidents on status <> 'resolved' and service = %(service)s",
        new="left join incidents on service = %(service)s",
        tests=("tests/journeys/test_declare.py::test_what_is_over_is_not_pointed_out",),
        suffers="Who declares is pointed to an incident that is over.",
    ),
    Mutant(
        id="declares-side-by-side",
        file="incident_bot/store/declaring.py",
        old="    locks.take(tx, Lock.SERVICE, wanted.service)\n",
        new="",
        tests=(
            "tests/journeys/test_races.py::test_who_declares_in_the_same_second_learns_of_those_before",
        ),
        suffers="Two who declare in the same second do not learn of each other.",
    ),
    Mutant(
        id="channel-name-not-held",
        file="incident_bot/store/incidents.py",
        old="    if names[0] not in others:\n",
        new="    if not names:\n",
        tests=(
            "tests/jobs/test_deliver.py::"
            "test_nobody_takes_the_channel_that_another_incident_made_without_hearing_so",
        ),
        suffers="After a crash an incident takes another one's channel for its own.",
    ),
    Mutant(
        id="channel-name-lost",
        file="incident_bot/store/incidents.py",
        old='"update incidents set channel_name = %s where id = %s and channel_id is null"',
        new='"update incidents set channel_name = %s where id = %s"',
        tests=(
            "tests/journeys/test_declare_refused.py::test_a_name_that_is_taken_is_left_to_its_owner",
        ),
        suffers="Nobody suffers.",
        explained="The channel is asked for only while there is none, and then the name is saved "
        "as Slack gave it.",
    ),
    Mutant(
        id="declare-not-audited",
        file="incident_bot/store/declaring.py",
        old=("                %(origin)s, %(request_id)s\n            from incident\n"),
        new=("                %(origin)s, %(request_id)s\n            from incident where false\n"),
        tests=("tests/commands/test_delivery.py::test_only_the_commander_is_offered_to_retry",),
        suffers="Nobody can tell who declared.",
    ),
    Mutant(
        id="ref-of-another",
        file="incident_bot/store/incidents.py",
        old='re.fullmatch(r"(?i)(?:inc-)?([0-9]{1,15})", ref.strip())',
        new='re.match(r"(?i)(?:inc-)?([0-9]{1,15})", ref.strip())',
        tests=("tests/cli/test_postmortem.py::test_what_does_not_exist_is_said_so",),
        suffers="INC-1x, a slip, is another incident's postmortem.",
    ),
    Mutant(
        id="taken-though-taken",
        file="incident_bot/store/inbox.py",
        old="            on conflict (key) do nothing returning key\n",
        new="            on conflict (key) do update set received_at = excluded.received_at"
        " returning key\n",
        tests=(
            "tests/journeys/test_slack.py::test_a_repeated_command_gets_the_first_answer_and_does_nothing",
        ),
        suffers="What Slack sends again has its effect again.",
    ),
    Mutant(
        id="told-though-told",
        file="incident_bot/store/inbox.py",
        old="values (%s, %s, %s)\n            on conflict (key) do nothing",
        new="values (%s, %s, %s)\n"
        "            on conflict (key) do update set received_at = excluded.received_at",
        tests=(
            "tests/journeys/test_unopened_forms.py::test_a_commit_whose_answer_was_lost_tells_once",
        ),
        suffers="A commit whose answer was lost is done again, and its person told twice.",
    ),
    Mutant(
        id="requests-kept",
        file="incident_bot/store/inbox.py",
        old="        before=tx.now - age,\n",
        new="        before=tx.now - 100 * age,\n",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_only_requests_that_nobody_can_repeat_any_more_are_forgotten",
        ),
        suffers="The table of requests grows for ever.",
    ),
    Mutant(
        id="task-by-each",
        file="incident_bot/store/checkpoints.py",
        old="on conflict (name) do update set at = excluded.at where checkpoints.at <= %s",
        new="on conflict (name) do update set at = excluded.at where true or checkpoints.at <= %s",
        tests=(_PERIODIC_TASKS,),
        suffers="Each worker reads the whole directory, and Slack slows all of them down.",
    ),
    Mutant(
        id="task-failed-waits",
        file="incident_bot/store/checkpoints.py",
        old="            tx.now - every + patience,\n",
        new="            tx.now,\n",
        tests=(_PERIODIC_TASKS,),
        suffers="A task that failed once is left for six hours.",
    ),
    Mutant(
        id="counted-once",
        file="incident_bot/store/counters.py",
        old="do update set value = counters.value + excluded.value",
        new="do update set value = excluded.value",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="The count of messages that were given up stays at one, so no alert fires.",
    ),
    Mutant(
        id="title-taken-for-a-state",
        file="incident_bot/store/timeline.py",
        old=" and at > %s and kind <> 'edited'\n",
        new=" and at > %s\n",
        tests=(
            "tests/commands/test_edit.py::test_a_title_like_a_state_asks_nobody_whether_they_mean_it",
        ),
        suffers="Who calls an incident P1 is asked whether everybody may hear of it again.",
    ),
    Mutant(
        id="capture-of-others-taken-back",
        file="incident_bot/store/captures.py",
        old='    if _captured_by(tx, entry) != f"{by} {mark}":\n        return None\n',
        new="",
        tests=(
            "tests/store/test_captures.py::test_a_message_is_new_once_and_counts_again_after_it_was_struck",
        ),
        suffers="Whoever takes a reaction back strikes what somebody else had captured.",
    ),
    Mutant(
        id="capture-in-the-order-of-arrival",
        file="incident_bot/store/captures.py",
        old="::numeric > %(event_ts)s::numeric",
        new="::numeric > %(event_ts)s::numeric + 1e9",
        tests=(
            "tests/store/test_captures.py::test_an_older_event_about_the_same_mark_is_outdated",
        ),
        suffers="A reaction that was taken back captures, since Slack told of it late.",
    ),
    Mutant(
        id="timeline-in-the-order-of-writing",
        file="incident_bot/store/timeline.py",
        old="order by timeline.at desc, timeline.id desc limit",
        new="order by timeline.id desc limit",
        tests=(
            "tests/store/test_captures.py::test_entries_are_paged_in_the_order_in_which_things_happened",
        ),
        suffers="What was noted later stands where it was noted, and pages lose entries.",
    ),
    Mutant(
        id="timeline-newest-missing",
        file="incident_bot/store/timeline.py",
        old="timeline.id <= %(until)s",
        new="timeline.id < %(until)s",
        tests=(
            "tests/commands/test_postmortem.py::test_it_comes_as_a_markdown_file_into_the_channel",
        ),
        suffers="The postmortem lacks the last entry: the resolution.",
    ),
    Mutant(
        id="timeline-of-all",
        file="incident_bot/store/timeline.py",
        old="where timeline.incident_id = %(incident_id)s",
        new="where timeline.incident_id >= %(incident_id)s",
        tests=(
            "tests/jobs/test_attempts.py::test_a_file_holds_what_had_happened_to_its_incident_when_it_was_asked_for",
        ),
        suffers="The postmortem holds entries of other incidents.",
    ),
    Mutant(
        id="template-disabled-offered",
        file="incident_bot/store/templates.py",
        old='_SELECT + "where enabled order by name"',
        new='_SELECT + "order by name"',
        tests=("tests/journeys/test_templates.py::test_a_disabled_template_is_not_offered",),
        suffers="People choose what an operator took away.",
    ),
    Mutant(
        id="entries-link-other-messages",
        file="incident_bot/store/records.py",
        old="where incident_id = %s and destination = %s and kind <> 'card' and posted_ts is not null",
        new="where incident_id = %s and destination = %s and posted_ts is not null",
        tests=(
            "tests/journeys/test_postmortem.py"
            "::test_it_links_the_messages_that_tell_of_its_entries",
        ),
        suffers="Each link of the postmortem opens the card.",
    ),
    Mutant(
        id="statement-without-an-end",
        file="incident_bot/store/database.py",
        old="set local statement_timeout = {timeout};",
        new="set local statement_timeout = 0;",
        tests=("tests/store/test_database.py::test_the_server_stops_what_takes_too_long",),
        suffers="A slow query holds a connection until the server ends.",
    ),
    Mutant(
        id="lost-connections-not-replaced",
        file="incident_bot/store/database.py",
        old="                pool.putconn(connection)\n                if not _is_lost(error):\n                    raise\n",
        new="                pool.putconn(connection)\n                raise\n",
        tests=(
            "tests/journeys/test_slack.py::test_a_database_that_was_restarted_is_no_news",
            "tests/web/test_health.py::test_connections_cut_by_the_server_are_replaced",
        ),
        suffers="After a restart of PostgreSQL the first requests fail.",
        explained="The whole transaction is tried again, five times in all, and the pool drops a lost connection that it is given back.",
    ),
    Mutant(
        id="no-second-try",
        file="incident_bot/store/database.py",
        old="if is_slow or tries == _TRIES or time.monotonic() > until:",
        new="if is_slow or tries <= _TRIES or time.monotonic() > until:",
        tests=(f"{_SLACK}::test_a_commit_whose_answer_was_lost_is_neither_lost_nor_done_twice",),
        suffers="A connection that breaks once costs somebody their declare.",
    ),
    Mutant(
        id="sure-of-a-lost-commit",
        file="incident_bot/store/database.py",
        old="            tx.is_committing = True\n",
        new="",
        tests=("tests/chaos/test_commits.py::test_a_commit_that_is_never_answered_is_not_denied",),
        suffers="People are told that nothing was recorded when nobody can know.",
    ),
    Mutant(
        id="ended-by-the-server-is-a-bug",
        file="incident_bot/store/database.py",
        old='_ENDS_THE_CONNECTION: Final = frozenset({"FATAL", "PANIC"})',
        new='_ENDS_THE_CONNECTION: Final = frozenset({"PANIC"})',
        tests=(
            "tests/store/test_database.py::test_a_transaction_that_the_server_ended_meanwhile_is_run_again",
        ),
        suffers="A worker that was frozen in a transaction counts a delivery as broken.",
    ),
    Mutant(
        id="committed-all-the-same",
        file="incident_bot/store/database.py",
        old="            else:\n                _roll_back(connection)\n            raise\n",
        new='            else:\n                connection.execute(b"commit", prepare=False)\n            raise\n',
        tests=(
            "tests/commands/test_publish.py::test_the_box_without_a_message_is_a_mistake_and_changes_nothing",
        ),
        suffers="What was refused is half done.",
    ),
    Mutant(
        id="prepared-behind-a-pooler",
        file="incident_bot/store/database.py",
        old="connection.prepare_threshold = _PREPARED_AFTER if is_direct else None",
        new="connection.prepare_threshold = _PREPARED_AFTER",
        tests=(f"{_DATABASE}::test_behind_a_pooler_nothing_is_left_in_a_session",),
        suffers="Behind a pooler every other request is a bug of ours.",
    ),
    Mutant(
        id="migrators-side-by-side",
        file="incident_bot/store/migrations.py",
        old="        _take_turn(connection)\n",
        new="",
        tests=(f"{_MIGRATIONS}::test_five_migrators_at_once_apply_each_migration_once",),
        suffers="A deploy of two pods fails in its migrations.",
    ),
    Mutant(
        id="earlier-migrators-side-by-side",
        file="incident_bot/store/migrations.py",
        old="""                backend.execute(f"select pg_advisory_xact_lock({_EARLIER_LOCK})")\n""",
        new="",
        tests=(f"{_MIGRATIONS}::test_a_migrator_of_an_earlier_version_and_this_one_take_turns",),
        suffers="While one version replaces another, both fail in the same migration.",
    ),
    Mutant(
        id="migration-waits-for-ever",
        file="incident_bot/store/migrations.py",
        old="""                backend.execute(f"set local lock_timeout = {_LOCK_MS}")\n""",
        new="",
        tests=(
            "tests/chaos/test_versions.py::test_a_migration_that_has_to_wait_lets_everybody_else_pass",
        ),
        suffers="During a backup a deploy stops every request.",
    ),
    Mutant(
        id="killed-migrators-lock",
        file="incident_bot/store/migrations.py",
        old="        backend.break_lock()  # a killed migrator's: ours is let go with its connection\n",
        new="",
        tests=(f"{_MIGRATIONS}::test_what_a_killed_migrator_had_locked_is_free",),
        suffers="After a killed deploy no deploy succeeds until somebody repairs the database.",
    ),
    Mutant(
        id="too-old-a-version",
        file="incident_bot/store/schema.py",
        old="    if floor not in known():\n",
        new="    if not floor:\n",
        tests=(
            "tests/journeys/test_processes.py::test_nothing_starts_on_a_schema_it_does_not_know",
        ),
        suffers="An old version runs on tables that it does not know.",
    ),
    Mutant(
        id="too-few-connections-unsaid",
        file="incident_bot/store/capacity.py",
        old="        return self.needed > self.allowed - _KEPT_FREE\n",
        new="        return self.needed > self.allowed + _KEPT_FREE\n",
        tests=("tests/store/test_capacity.py",),
        suffers="Under load requests fail for want of a connection, and nothing said so.",
    ),
    Mutant(
        id="open-counts-the-resolved",
        file="incident_bot/store/gauges.py",
        old="count(*) as count from incidents where status <> 'resolved'",
        new="count(*) as count from incidents where true",
        tests=("tests/web/test_metrics.py::test_only_what_is_open_counts_as_open",),
        suffers="The dashboard shows incidents open that are over.",
    ),
)
