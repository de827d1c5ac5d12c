"""Faults in the canary: what lets a dead man's switch say that all is well."""

from mutants import Mutant

_CANARY = "tests/jobs/test_canary.py"

MUTANTS = (
    Mutant(
        id="heartbeat-without-the-record",
        file="incident_bot/jobs/deliver.py",
        old="    if outcome.then and is_held:\n",
        new="    if outcome.then:\n",
        tests=(f"{_CANARY}::test_who_lost_the_lease_calls_no_heartbeat_and_the_next_one_does",),
        suffers="The service outside hears of a canary that was never recorded.",
    ),
    Mutant(
        id="canaries-pile-up",
        file="incident_bot/jobs/periodic_tasks.py",
        old="        if canaries.count_pending(tx) == 0 and ",
        new="        if ",
        tests=(f"{_CANARY}::test_without_a_worker_one_waits_which_counts_as_no_message",),
        suffers="After an hour without a worker sixty canaries are sent at once.",
    ),
    Mutant(
        id="canary-given-up",
        file="incident_bot/jobs/deliver.py",
        old="    if kind.is_probe:\n        if not outcomes.gone(tx, delivery):\n"
        "            lease_lost(tx, delivery)\n        return None\n",
        new="",
        tests=(
            f"{_CANARY}::test_without_slacks_word_nobody_is_called_and_nothing_is_left_or_told",
        ),
        suffers="Each canary that Slack refuses is a dead letter, and somebody is woken for it.",
    ),
    Mutant(
        id="canary-counts-as-late",
        file="incident_bot/store/leases.py",
        old="                    and kind <> %(canary)s and ",
        new="                    and %(canary)s <> '' and ",
        tests=(f"{_CANARY}::test_without_a_worker_one_waits_which_counts_as_no_message",),
        suffers="People read that posting is delayed although none of their messages waits.",
    ),
    Mutant(
        id="heartbeat-takes-any-answer",
        file="incident_bot/clients/heartbeat.py",
        old="            if not 200 <= answer.status < 300:\n",
        new="            if answer.status >= 600:\n",
        tests=("tests/clients/test_contract.py::test_each_answer_means_the_same_to_every_client",),
        suffers="A wrong HEARTBEAT_URL is noticed only when nobody was alarmed.",
    ),
    Mutant(
        id="clock-of-a-slow-record",
        file="incident_bot/deliveries/canary.py",
        old="    slack_began = slack_now - _since_clock_began()\n"
        "    database_began: datetime = job.run(lambda tx: tx.now - _since_clock_began())\n",
        new="    slack_began = slack_now\n    database_began: datetime = job.run(lambda tx: tx.now)\n",
        tests=(f"{_CANARY}::test_a_slow_database_is_no_wrong_clock",),
        suffers="An alert says that a clock is wrong when only the database was slow.",
    ),
)
