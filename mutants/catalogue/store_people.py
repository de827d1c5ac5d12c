"""Faults in what is kept of people: who they are, what is forgotten, and when."""

from mutants import Mutant

_PEOPLE = "tests/store/test_people.py"

MUTANTS = (
    Mutant(
        id="forgotten-but-in-a-channels-name",
        file="incident_bot/store/forgetting.py",
        old="        + \"(kind = 'channel' and payload->>'name' ~ %(slugs)s) or \"\n",
        new="",
        tests=("tests/journeys/test_forgetting.py::test_a_person_is_in_no_table_any_more",),
        suffers="Whoever was forgotten is still named in the channel that was made.",
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
        id="task-owed-once",
        file="incident_bot/jobs/periodic_tasks.py",
        old="""\
            has_more = self._do()
            self._database.run(partial(self._note_run, has_more=has_more))
            self._is_owed = False
""",
        new="""\
            self._is_owed = False
            has_more = self._do()
            self._database.run(partial(self._note_run, has_more=has_more))
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
        old="            full_name = excluded.full_name, time_zone",
        new="            time_zone",
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
        old="where settled_at < %(before)s and settled_at is not null and not is_blank",
        new="where settled_at > %(before)s and settled_at is not null and not is_blank",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_old_words_are_dropped_and_who_was_told_is_kept",
        ),
        suffers="The words of old messages are kept, and those of new ones lost.",
    ),
    Mutant(
        id="words-lost-with-who-was-told",
        file="incident_bot/store/forgetting.py",
        old="jsonb_build_object('event', payload->'event',\"",
        new='jsonb_build_object("',
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_old_words_are_dropped_and_who_was_told_is_kept",
        ),
        suffers="Who was only sent a receipt hears of an old incident that is reopened.",
    ),
)
