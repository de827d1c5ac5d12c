"""Faults in the settings: where a value comes from, what it may be, what is said of it."""

from mutants import Mutant

_SETTINGS = "tests/test_settings.py"
_DEFAULTS = f"{_SETTINGS}::test_with_what_is_required_alone_every_other_setting_is_harmless"
_URLS = "tests/test_settings_urls.py"
_DOCS = "tests/test_docs.py"
_LOG = "tests/test_log.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"

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
            _DEFAULTS,
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
        old='{} if CHOSEN in os.environ else read_env_file(Path(".env"))',
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
        id="changed-library",
        file="incident_bot/libraries.py",
        old="        if not hasattr(owner, name):\n",
        new="        if hasattr(owner, name) and not hasattr(owner, name):\n",
        tests=("tests/test_libraries.py::test_each_part_is_missed_by_name_when_it_is_gone",),
        suffers="After an upgrade of a library no call of Slack has a deadline.",
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
        id="log-of-the-sdk",
        file="incident_bot/log.py",
        old='    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)\n',
        new="",
        tests=(f"{_LOG}::test_the_body_of_an_answer_that_is_no_json_is_not_logged",),
        suffers="What a proxy answers, with what it was sent, is in the log.",
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
        id="answers-to-anybody",
        file="incident_bot/settings/__init__.py",
        old="""\
        parse=urls.origins,
        default="https://hooks.slack.com",
""",
        new="""\
        parse=urls.origins,
        default="https://slack.com",
""",
        tests=(_DEFAULTS,),
        suffers="No answer to a button arrives: its address is none of those that are allowed.",
    ),
)
