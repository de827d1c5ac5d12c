"""Faults in what is kept: incidents, requests, people, the connections."""

from mutants import Mutant

_SLACK = "tests/journeys/test_slack.py"
_REFUSED = "tests/journeys/test_declare_refused.py"
_OPERATIONS = "tests/journeys/test_operations.py"
_PEOPLE = "tests/store/test_people.py"
_MIGRATIONS = "tests/store/test_migrations.py"
_DATABASE = "tests/store/test_database.py"
_PERIODIC_TASKS = "tests/jobs/test_periodic_tasks.py"
_PAGE = "tests/journeys/test_statuspage.py"
_QUESTION = "tests/commands/test_publish_question.py"

MUTANTS = (
    Mutant(
        id="changed-meanwhile",
        file="incident_bot/store/incidents.py",
        old=("where id = %(id)s and version = %(version)s\n        returning"),
        new=("where id = %(id)s and version <= %(version)s + 1\n        returning"),
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
        id="forgotten-but-in-a-channels-name",
        file="incident_bot/store/forgetting.py",
        old="        + \"(kind = 'channel' and payload->>'name' ~ %(slugs)s) or \"\n",
        new="",
        tests=("tests/journeys/test_forgetting.py::test_a_person_is_in_no_table_any_more",),
        suffers="Whoever was forgotten is still named in the channel that was made.",
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
        old=("                %(request_id)s\n            from incident\n"),
        new=("                %(request_id)s\n            from incident where false\n"),
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
        id="taken-though-taken",
        file="incident_bot/store/inbox.py",
        old='"insert into inbox (key, received_at) values (%s, %s) on conflict (key) do nothing"',
        new='"insert into inbox (key, received_at) values (%s, %s)'
        ' on conflict (key) do update set received_at = excluded.received_at"',
        tests=(
            "tests/journeys/test_slack.py::test_a_repeated_command_gets_the_first_answer_and_does_nothing",
        ),
        suffers="What Slack sends again has its effect again.",
    ),
    Mutant(
        id="requests-forgotten-early",
        file="incident_bot/jobs/periodic_tasks.py",
        old="_REPEATED_WITHIN: Final = timedelta(days=2)",
        new="_REPEATED_WITHIN: Final = timedelta(minutes=2)",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_a_form_submitted_again_after_an_hour_is_still_the_same",
        ),
        suffers="A form that is sent twice, minutes apart, declares twice.",
    ),
    Mutant(
        id="requests-kept",
        file="incident_bot/store/inbox.py",
        old='"delete from inbox where received_at < %s", tx.now - age',
        new='"delete from inbox where received_at < %s", tx.now - 100 * age',
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
        id="task-owed-once",
        file="incident_bot/jobs/periodic_tasks.py",
        old="""\
            self._do()
            self._database.run(lambda tx: checkpoints.mark_run(tx, self._name))
            self._is_owed = False
""",
        new="""\
            self._is_owed = False
            self._do()
            self._database.run(lambda tx: checkpoints.mark_run(tx, self._name))
""",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_one_for_the_start_is_done_by_each_process_until_it_succeeds_once",
        ),
        suffers="A worker that could not ask Slack at its start never learns whose it is.",
    ),
    Mutant(
        id="task-ends-with-its-failure",
        file="incident_bot/jobs/periodic_tasks.py",
        old="            except (DeliveryError, *self._database.faults) as error:\n",
        new="            except self._database.faults as error:\n",
        tests=("tests/jobs/test_periodic_tasks.py::test_the_thread_of_one_that_failed_goes_on",),
        suffers="After one failure of Slack's nobody is read anew until a restart.",
    ),
    Mutant(
        id="people-by-their-coming",
        file="incident_bot/store/people.py",
        old="""\
        where people.updated_at <= excluded.updated_at
            or people.updated_at is null or excluded.updated_at is null
""",
        new="",
        tests=(_PEOPLE,),
        suffers="Somebody who left can be made commander after a late event.",
    ),
    Mutant(
        id="postmortem-of-handles",
        file="incident_bot/store/people.py",
        old="coalesce(nullif(full_name, ''), name) as name",
        new="name",
        tests=(_PEOPLE,),
        suffers="The postmortem names `eve`, whom nobody outside the team knows.",
    ),
    Mutant(
        id="full-name-stays",
        file="incident_bot/store/people.py",
        old="            full_name = excluded.full_name, seen_at = excluded.seen_at,\n",
        new="            seen_at = excluded.seen_at,\n",
        tests=(_PEOPLE,),
        suffers="Who was known before the update is named by the handle for good.",
    ),
    Mutant(
        id="people-strictly-newer",
        file="incident_bot/store/people.py",
        old="where people.updated_at <= excluded.updated_at\n",
        new="where people.updated_at < excluded.updated_at\n",
        tests=(_PEOPLE,),
        suffers="Of two changes in one second the later is not seen.",
    ),
    Mutant(
        id="the-deactivated-command",
        file="incident_bot/domain/permissions.py",
        old="    if person.is_deactivated:\n",
        new="    if person.is_deactivated and person.is_bot:\n",
        tests=(
            "tests/commands/test_commander.py::test_who_cannot_command_is_refused_here_and_in_the_form",
        ),
        suffers="Somebody who left is in command, and nobody else is.",
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
        id="timeline-newest-missing",
        file="incident_bot/store/timeline.py",
        old='"where incident_id = %s and id <= %s order by id"',
        new='"where incident_id = %s and id < %s order by id"',
        tests=(
            "tests/commands/test_postmortem.py::test_it_comes_as_a_markdown_file_into_the_channel",
        ),
        suffers="The postmortem lacks the last entry: the resolution.",
    ),
    Mutant(
        id="timeline-of-all",
        file="incident_bot/store/timeline.py",
        old='"where incident_id = %s and id <= %s order by id"',
        new='"where incident_id >= %s and id <= %s order by id"',
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
        id="workspace-stays",
        file="incident_bot/store/workspace.py",
        old="on conflict (only_row) do update set team_id = excluded.team_id,",
        new="on conflict (only_row) do update set team_id = workspace.team_id,",
        tests=(
            "tests/journeys/test_foreign.py"
            "::test_the_token_of_another_workspace_is_refused_until_somebody_accepts_it",
        ),
        suffers="After a change of token everybody is refused.",
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
        file="incident_bot/store/migrations.py",
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
        old="    if allowed is not None and needed > allowed - _KEPT_FREE:\n",
        new="    if allowed is not None and needed > allowed + _KEPT_FREE:\n",
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
        id="forgotten-come-back",
        file="incident_bot/store/people.py",
        old="        where not exists (\n            select from forgotten_people\n            where digest = encode(sha256(convert_to(news.user_id, 'UTF8')), 'hex'))\n",
        new="",
        tests=("tests/journeys/test_forgetting.py::test_slack_does_not_bring_them_back",),
        suffers="Whoever was forgotten is known again six hours later.",
    ),
    Mutant(
        id="needed-are-forgotten",
        file="incident_bot/store/forgetting.py",
        old="    _require_not_needed(tx, user_id)\n",
        new="",
        tests=("tests/journeys/test_forgetting.py::test_whoever_may_have_to_be_told_is_kept",),
        suffers="An open incident loses its commander.",
    ),
    Mutant(
        id="words-kept",
        file="incident_bot/store/forgetting.py",
        old="where settled_at < %s and settled_at is not null and not is_blank",
        new="where settled_at > %s and settled_at is not null and not is_blank",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_old_words_are_dropped_and_who_was_told_is_kept",
        ),
        suffers="The words of old messages are kept, and those of new ones lost.",
    ),
    Mutant(
        id="words-lost-with-who-was-told",
        file="incident_bot/store/forgetting.py",
        old="payload = jsonb_strip_nulls(jsonb_build_object('event', payload->'event'))",
        new="payload = '{}'",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_old_words_are_dropped_and_who_was_told_is_kept",
        ),
        suffers="Who was only sent a receipt hears of an old incident that is reopened.",
    ),
)
