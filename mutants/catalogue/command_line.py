"""Faults in what is done on the command line in a person's name."""

from mutants import Mutant

_SLASH = "tests/cli/test_slash.py"
_TRACE = "tests/journeys/test_trace.py"

MUTANTS = (
    Mutant(
        id="line-done-twice",
        file="incident_bot/cli/_slash.py",
        old="if tx.now - at > _AGAIN_WITHIN or not",
        new="if tx.now - at >= timedelta(0) or not",
        tests=(f"{_SLASH}::test_a_line_typed_again_does_nothing_twice",),
        suffers="A line that is typed again after a broken connection is done twice.",
    ),
    Mutant(
        id="line-done-only-once",
        file="incident_bot/cli/_slash.py",
        old='else incident.version == kept["version"]',
        new="else True",
        tests=(f"{_SLASH}::test_the_same_words_count_again_when_something_has_happened_since",),
        suffers="A change back to what was before is answered as done, and not done.",
    ),
    Mutant(
        id="key-of-another-line",
        file="incident_bot/cli/_slash.py",
        old='if kept["asked"] != asked:',
        new="if False:",
        tests=(f"{_SLASH}::test_a_key_is_used_once_for_one_line",),
        suffers="A script that uses a key for two things reads that both were done.",
    ),
    Mutant(
        id="deactivated-person-acts",
        file="incident_bot/cli/_people.py",
        old="    active = [each for each in exact if not (each.is_bot or each.is_deactivated)]\n",
        new="    active = exact\n",
        tests=(f"{_SLASH}::test_whoever_cannot_be_meant_is_refused_with_what_to_type",),
        suffers="Incidents are run in the name of those who have left, and of apps.",
    ),
    Mutant(
        id="typed-by-nobody",
        file="incident_bot/store/audit.py",
        old='return f"{_ON_COMMAND_LINE} {tx.typed_by}" if tx.on_command_line else ""',
        new='return ""',
        tests=(f"{_SLASH}::test_the_record_says_who_typed_in_whose_name_and_where",),
        suffers="Nobody can tell who used another's name on the command line.",
    ),
    Mutant(
        id="line-refused-unaudited",
        file="incident_bot/cli/_slash.py",
        old="        runner.audit_refusal(tx, command, request, error)\n",
        new="        pass\n",
        tests=(
            f"{_SLASH}::test_the_record_says_who_typed_in_whose_name_and_where",
            f"{_SLASH}::test_what_is_unusual_is_done_when_it_is_typed_once_more",
        ),
        suffers="Whoever tries what they may not on the command line leaves no trace.",
    ),
    Mutant(
        id="redis-waited-for",
        file="incident_bot/cli/_database.py",
        old="        thread.join(_NOTIFY_SECONDS)\n",
        new="        thread.join()\n",
        tests=(f"{_SLASH}::test_a_redis_that_says_nothing_is_not_waited_for",),
        suffers="A command hangs for as long as the name of a Redis is looked up.",
    ),
    Mutant(
        id="late-news-without-its-time",
        file="incident_bot/domain/updates.py",
        old="now - self.made_at >= LATE",
        new="now - self.made_at < timedelta(0)",
        tests=("tests/render/test_updates.py::test_news_that_is_late_says_when_it_was_made",),
        suffers="News of an hour ago reads as if it were of now, once Slack is back.",
    ),
    Mutant(
        id="command-line-unsaid",
        file="incident_bot/render/text.py",
        old="is_said = on_command_line and user_id not in NOBODY",
        new="is_said = False",
        tests=("tests/render/test_updates.py::test_news_typed_on_the_command_line_says_so",),
        suffers="People take for a colleague's word what anybody typed on the server.",
    ),
    Mutant(
        id="trace-forgets-the-command-line",
        file="incident_bot/cli/_trace.py",
        old="    if any(_is_of_command_line(each) for each in trace.audit):\n        return _BY_COMMAND_LINE\n",
        new="",
        tests=(_TRACE,),
        suffers="A trace says that a line came from Slack, where nobody typed it.",
    ),
    Mutant(
        id="trace-takes-a-line-for-slack",
        file="incident_bot/cli/_trace.py",
        old='    "line": _BY_COMMAND_LINE,\n',
        new="",
        tests=(_TRACE,),
        suffers="A trace says that a line came from Slack, where nobody typed it.",
    ),
    Mutant(
        id="words-as-the-command-line",
        file="incident_bot/store/audit.py",
        old="        where = _IN_SLACK\n",
        new="        pass\n",
        tests=(f"{_TRACE}::test_words_of_slack_are_not_taken_for_the_command_line",),
        suffers="Whoever words a title for it has the trail say that it was typed on the server.",
    ),
)
