"""Mutants of what sets the bot up: `init`, `check`, the file they are about, and the manifest."""

from mutants import Mutant

_ENV_FILE = "tests/test_env_file.py"
_INIT = "tests/cli/test_init.py"
_CHECK = "tests/cli/test_check.py"
_DOCTOR = "tests/doctor/test_faults.py::test_a_fault_is_named_with_what_to_do"
_STARTUP = "tests/doctor/test_startup.py"

MUTANTS = (
    Mutant(
        id="env-file-open-to-its-group",
        file="incident_bot/settings/env_file.py",
        old="os.fchmod(handle, mode & 0o660 if mode & 0o007 == 0 else 0o600)",
        new="os.fchmod(handle, mode & 0o660)",
        tests=(f"{_ENV_FILE}::test_a_group_reads_on_where_nobody_else_did",),
        suffers="A whole group reads the token, since somebody once made an empty file.",
    ),
    Mutant(
        id="env-file-read-unlike",
        file="incident_bot/settings/env_file.py",
        old="    if _READ_UNLIKE.search(value) or unquoted(value) != value:\n",
        new='    if "\\n" in value:\n',
        tests=(f"{_ENV_FILE}::test_what_readers_differ_on_is_refused_with_the_way_out",),
        suffers="systemd starts the bot with another password than a shell does.",
    ),
    Mutant(
        id="env-file-half-written",
        file="incident_bot/settings/env_file.py",
        old="            os.unlink(name)\n",
        new="            pass\n",
        tests=(f"{_ENV_FILE}::test_a_write_that_fails_leaves_the_old_file_and_nothing_else",),
        suffers="A token lies in a hidden file beside the one that everybody looks after.",
    ),
    Mutant(
        id="init-overwrites",
        file="incident_bot/cli/init.py",
        old="    if before is not None and not force:\n",
        new="    if before is None and not force:\n",
        tests=(f"{_INIT}::test_a_file_that_is_there_is_left_alone_without_force",),
        suffers="A script that runs twice replaces the settings of a bot that serves.",
    ),
    Mutant(
        id="init-copies-secrets-of-files",
        file="incident_bot/cli/init.py",
        old="if not setup.is_in_file(name)",
        new="if name",
        tests=(f"{_INIT}::test_what_the_environment_says_need_not_be_given",),
        suffers="A secret that was kept in a file of its own is in two places.",
    ),
    Mutant(
        id="init-scopes-unseen",
        file="incident_bot/doctor/known.py",
        old="sorted(set(needed) - found.scopes)",
        new="sorted(found.scopes - found.scopes)",
        tests=(f"{_INIT}::test_a_scope_that_is_missing_is_named_with_what_to_do",),
        suffers="Setting up ends well, and the first incident has no card.",
    ),
    Mutant(
        id="init-archived-channel",
        file="incident_bot/doctor/known.py",
        old="    if found.is_archived:\n",
        new="    if found.is_archived and found.is_shared:\n",
        tests=(
            f"{_INIT}::test_an_answer_that_does_not_serve_is_a_sentence_and_nothing_is_written",
        ),
        suffers="Each P1 is announced in a channel that nobody can be told in.",
    ),
    Mutant(
        id="check-passes-what-does-not-start",
        file="incident_bot/cli/check.py",
        old="code=WRONG if wrong else OK",
        new="code=OK",
        tests=(f"{_CHECK}::test_every_fault_is_said_and_nothing_else",),
        suffers="A deploy that asks first goes on with settings that start nothing.",
    ),
    Mutant(
        id="manifest-lets-people-type-to-nobody",
        file="incident_bot/cli/manifest.py",
        old='                "messages_tab_read_only_enabled": True,\n',
        new='                "messages_tab_read_only_enabled": False,\n',
        tests=(
            "tests/cli/test_manifest.py::"
            "test_people_read_the_bots_messages_and_cannot_type_where_nobody_answers",
        ),
        suffers="Somebody reports an outage to the bot, and nobody reads it.",
    ),
    Mutant(
        id="buttons-alike-to-a-screen-reader",
        file="incident_bot/render/messages.py",
        old='    spoken = f"{label} {incident.ref}: {one_line(incident.title)}"\n',
        new="    spoken = label\n",
        tests=("tests/render/test_messages.py",),
        suffers="Who hears three buttons called Resolve resolves the wrong incident.",
    ),
    Mutant(
        id="doctor-trusts-foreigners",
        file="incident_bot/doctor/people.py",
        old="is Standing.OUTSIDER",
        new="is Standing.UNKNOWN",
        tests=(_DOCTOR,),
        suffers="Each P1 goes to somebody of another workspace, and nobody is told of it.",
    ),
    Mutant(
        id="doctor-leaves-mappings-out",
        file="incident_bot/doctor/statuspage.py",
        old="    if component_id not in listed:\n",
        new="    if component_id in listed and not listed:\n",
        tests=(_DOCTOR,),
        suffers="The status page stays green in the first outage, since its component is gone.",
    ),
    Mutant(
        id="doctor-names-people-in-the-log",
        file="incident_bot/doctor/startup.py",
        old='"doctor found a fault", extra={"about": each.about, "why": each.without_names}',
        new='"doctor found a fault", extra={"about": each.about, "why": each.text}',
        tests=(f"{_STARTUP}::test_what_is_wrong_is_logged_at_the_start_without_anybodys_name",),
        suffers="People's names are in the log, from which nobody can be forgotten.",
    ),
    Mutant(
        id="doctor-open-to-all",
        file="incident_bot/domain/permissions.py",
        old="    Action.DOCTOR: _ADMIN,\n",
        new="    Action.DOCTOR: _MEMBERS,\n",
        tests=("tests/commands/test_doctor.py::test_others_are_refused_and_read_whom_to_ask",),
        suffers="Everybody reads how the installation is made, and has it looked at again and again.",
    ),
)
