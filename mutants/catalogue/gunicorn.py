"""Faults in how gunicorn runs the web."""

from mutants import Mutant

_PROGRAMS = "tests/journeys/test_program_logs.py"
_GUNICORN = "tests/journeys/test_gunicorn.py"

MUTANTS = (
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
        id="new-process-deaf",
        file="incident_bot/web/gunicorn_options.py",
        old='        "on_starting": _let_new_processes_end,\n',
        new="",
        tests=(f"{_GUNICORN}::test_it_ends_at_once_also_when_its_processes_have_just_begun",),
        suffers="A deployment that is taken back at once hangs for half a minute.",
    ),
    Mutant(
        id="signal-forgotten-in-a-fork",
        file="incident_bot/web/gunicorn_options.py",
        old="        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, _ENDING),\n",
        new="",
        tests=(
            "tests/cli/test_web.py::test_a_signal_waits_while_a_process_forks_and_ends_the_new_one",
        ),
        suffers="Once in many deployments the web process hangs for half a minute at its end.",
    ),
    Mutant(
        id="option-that-gunicorn-passes-over",
        file="incident_bot/web/gunicorn_options.py",
        old='    require(_WANTED, type("Config", (), Config().settings), *chosen)\n',
        new="",
        tests=(
            "tests/cli/test_web.py"
            "::test_an_option_that_gunicorn_does_not_know_is_refused_by_its_name",
        ),
        suffers="After an upgrade of gunicorn its own worker class serves, and hangs at a signal.",
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
        id="address-without-brackets",
        file="incident_bot/web/gunicorn_options.py",
        old='f"[{host}]:{config.port}" if ":" in host else ',
        new="",
        tests=("tests/cli/test_web.py::test_a_host_of_either_protocol_is_told_from_the_port",),
        suffers="On a machine with IPv6 alone the web does not start.",
    ),
    Mutant(
        id="order-waits-for-itself",
        file="incident_bot/web/gunicorn_options.py",
        old='        "worker_class": Worker,\n',
        new='        "worker_class": ThreadWorker,\n',
        tests=("tests/cli/test_web.py",),
        suffers="A Ctrl-C at the wrong moment is never obeyed.",
    ),
    Mutant(
        id="query-in-the-log",
        file="incident_bot/web/gunicorn_options.py",
        old='                "path": req.path,\n',
        new='                "path": req.uri,\n',
        tests=(
            f"{_GUNICORN}::test_with_an_access_log_each_request_is_a_line_without_what_was_in_it",
        ),
        suffers="What somebody put behind a question mark, such as a token, stands in the log.",
    ),
)
