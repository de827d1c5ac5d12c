"""Faults in the record of the status page."""

from mutants import Mutant

_PAGE = "tests/journeys/test_statuspage.py"
_FAULTS = "tests/journeys/test_statuspage_faults.py"
_QUESTION = "tests/commands/test_publish_question.py"

MUTANTS = (
    Mutant(
        id="offered-once-more",
        file="incident_bot/store/statuspage.py",
        old="payload ->> 'notice' = 'offer'",
        new="payload ->> 'notice' = 'offered'",
        tests=(f"{_QUESTION}::test_the_question_of_an_older_version_is_left_alone",),
        suffers="After an upgrade the commander is asked once more whether to publish.",
    ),
    Mutant(
        id="component-of-the-resolved",
        file="incident_bot/store/statuspage.py",
        old="        select severity, status from incidents\n        where status <> 'resolved' and service in (",
        new="        select severity, status from incidents\n        where service in (",
        tests=("tests/journeys/test_statuspage.py::test_a_component_follows_its_incident",),
        suffers="Nobody suffers.",
        explained="What is resolved makes a component operational, which is worse than nothing.",
    ),
    Mutant(
        id="hold-forgets",
        file="incident_bot/store/statuspage.py",
        old="update components set is_held = true, is_failing = false, failing_since = null,",
        new="update components set is_failing = false, failing_since = null,",
        tests=(f"{_PAGE}::test_a_component_set_by_hand_is_not_fought_over",),
        suffers="The bot and a person set the public page against each other.",
    ),
    Mutant(
        id="left-for-ever",
        file="incident_bot/store/statuspage.py",
        old="update components set shown = %s, attempted = null, left_at = null, is_held = false,",
        new="update components set shown = %s, attempted = null, is_held = false,",
        tests=(f"{_PAGE}::test_what_is_left_stays_until_something_else_is_wanted",),
        suffers="What was once left alone is left alone in the next incident too.",
    ),
    Mutant(
        id="attempt-forgotten",
        file="incident_bot/store/statuspage.py",
        old='"update components set shown = %s, attempted = %s where component_id = %s"',
        new='"update components set shown = %s, found = %s where component_id = %s"',
        tests=(f"{_FAULTS}::test_what_an_earlier_attempt_set_is_nobodys_hand",),
        suffers="After a lost answer the bot takes its own change for somebody's and stops.",
    ),
    Mutant(
        id="sync-side-by-side",
        file="incident_bot/store/statuspage.py",
        old="        locks.take_each(tx, Lock.COMPONENT, component_ids)\n",
        new="        pass\n",
        tests=(
            "tests/store/test_statuspage.py::test_of_two_who_change_a_component_the_second_waits",
        ),
        suffers="Two incidents that end in the same second leave a component red.",
    ),
    Mutant(
        id="failing-said-each-time",
        file="incident_bot/store/statuspage.py",
        old="where component_id = %(component_id)s and not is_failing\n",
        new="where component_id = %(component_id)s\n",
        tests=(f"{_PAGE}::test_failure_and_recovery_are_a_line_each_and_a_slip_is_none",),
        suffers="While the page is down the channel fills with the same line.",
    ),
    Mutant(
        id="hurry-for-nobody",
        file="incident_bot/store/statuspage.py",
        old="and state = 'pending' and not waiting and run_at > %(now)s",
        new="and state = 'pending' and not waiting and run_at < %(now)s",
        tests=(
            "tests/cli/test_statuspage.py::test_sync_resumes_a_publication_after_a_refused_key_too",
        ),
        suffers="After the key was corrected the status page stays wrong for minutes.",
    ),
    Mutant(
        id="last-resolved-is-the-first",
        file="incident_bot/store/statuspage.py",
        old="            order by resolved_at desc limit 1)\n",
        new="            order by resolved_at limit 1)\n",
        tests=(
            "tests/store/test_statuspage.py::test_once_all_is_over_the_last_to_be_resolved_hears_of_a_component",
        ),
        suffers="That the page is right again is told in the channel of an old incident.",
    ),
)
