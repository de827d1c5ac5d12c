"""Faults in the queue, and in the calls that wake the worker."""

from mutants import Mutant

_QUEUE = "tests/clients/test_queue.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"

MUTANTS = (
    Mutant(
        id="last-of-many-not-notified",
        file="incident_bot/clients/coalescing.py",
        old="            self._owed = wanted - due\n",
        new="            self._owed = set()\n",
        tests=(
            "tests/clients/test_coalescing.py::"
            "test_all_that_come_soon_after_one_are_made_as_one_and_none_is_lost",
        ),
        suffers="What is declared just after another incident waits for the sweep.",
    ),
    Mutant(
        id="owed-at-the-end-is-forgotten",
        file="incident_bot/clients/coalescing.py",
        old="            atexit.register(self.settle)\n",
        new="",
        tests=(
            "tests/clients/test_coalescing.py::"
            "test_a_process_that_ends_makes_the_calls_that_it_owes",
        ),
        suffers="What the command line changed last waits for the sweep.",
    ),
    Mutant(
        id="wake-up-raises",
        file="incident_bot/clients/queue.py",
        old="        except RedisError as error:\n            self._broken_until",
        new="        except TimeoutError as error:\n            self._broken_until",
        tests=("tests/journeys/test_slack.py::test_redis_is_not_needed_to_take_an_incident",),
        suffers="Without Redis a declare that was recorded is answered as a bug.",
    ),
    Mutant(
        id="wake-up-without-a-break",
        file="incident_bot/clients/queue.py",
        old="            self._broken_until = time.monotonic() + _BREAK_SECONDS\n",
        new="            self._broken_until = time.monotonic()\n",
        tests=("tests/clients/test_queue.py::test_a_redis_that_failed_is_left_alone_for_a_while",),
        suffers="While Redis hangs each request waits for it.",
    ),
    Mutant(
        id="any-job-is-ours",
        file="incident_bot/clients/queue_jobs.py",
        old="known <= _FIELDS and _call_in(self) == _CALL",
        new="known <= _FIELDS",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Whoever can write to Redis has the worker run what they like.",
    ),
    Mutant(
        id="more-to-our-job",
        file="incident_bot/clients/queue_jobs.py",
        old="known <= _FIELDS and _call_in(self) == _CALL",
        new="_call_in(self) == _CALL",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="A job may come with webhooks and callbacks of somebody else's.",
    ),
    Mutant(
        id="failure-calls-back",
        file="incident_bot/clients/queue_jobs.py",
        old="    @property\n    def failure_callback(self) -> None:\n        return None\n\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="RQ's tidying up runs what somebody wrote into Redis.",
    ),
    Mutant(
        id="orders-heard",
        file="incident_bot/clients/queue.py",
        old='    def subscribe(self) -> None:\n        """Hear no orders."""\n',
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Whoever can write to Redis ends workers.",
    ),
    Mutant(
        id="refused-jobs-uncounted",
        file="incident_bot/clients/queue.py",
        old="        self.on_refused()\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="The alert that somebody writes jobs into Redis never fires.",
    ),
    Mutant(
        id="refused-jobs-pile-up",
        file="incident_bot/clients/queue.py",
        old="        self.connection.lrem(queue.intermediate_queue_key, 1, job_id)\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Redis fills up with the names of refused jobs.",
    ),
    Mutant(
        id="jobs-not-performed",
        file="incident_bot/clients/queue.py",
        old="            super().execute_job(job, queue)\n",
        new="            job.delete()\n",
        tests=("tests/journeys/test_stock_rq.py",),
        suffers="`rq info` says that nothing was ever done.",
    ),
    Mutant(
        id="wake-up-unheard",
        file="incident_bot/clients/queue.py",
        old="                on_wake()\n",
        new="                pass\n",
        tests=("tests/clients/test_queue.py",),
        suffers="Everything waits for the next sweep.",
    ),
    Mutant(
        id="soon-is-late-enough",
        file="incident_bot/jobs/dispatcher.py",
        old="return due_in is None or due_in > _SOON_SECONDS",
        new="return due_in != 0.0",
        tests=("tests/journeys/test_stock_rq.py",),
        suffers="Under RQ's own worker what was put off once is left lying.",
    ),
    Mutant(
        id="redis-refuses-without-a-word",
        file="incident_bot/clients/queue.py",
        old="    return found[0] if found else None\n",
        new="    return None\n",
        tests=(f"{_QUEUE}::test_a_redis_that_refuses_is_named_by_its_first_word_alone",),
        suffers="The log does not say whether the password of Redis is wrong or Redis is down.",
    ),
    Mutant(
        id="redis-refuses-in-full",
        file="incident_bot/clients/queue.py",
        old="    return found[0] if found else None\n",
        new="    return said or None\n",
        tests=(f"{_QUEUE}::test_a_redis_that_refuses_is_named_by_its_first_word_alone",),
        suffers="What a server says, whatever it is, stands in the log.",
    ),
    Mutant(
        id="rq-code-unread",
        file="incident_bot/clients/queue.py",
        old='    said = getattr(error, "status_code", None)\n',
        new="    said = None\n",
        tests=(f"{_PROGRAMS}::test_the_word_with_which_redis_refuses_is_in_the_log",),
        suffers="A wrong password of Redis looks like any failure.",
    ),
    Mutant(
        id="end-logged-as-a-failure",
        file="incident_bot/clients/queue.py",
        old="        if not self.is_performing:  # RQ would",
        new="        if True:  # RQ would",
        tests=(
            "tests/journeys/test_processes.py::test_a_worker_that_is_told_to_end_while_a_job_is_performed_logs_no_error",
        ),
        suffers="A restart pages the operator with a traceback now and then.",
    ),
    Mutant(
        id="jobs-kept-for-ever",
        file="incident_bot/clients/queue_jobs.py",
        old="        ttl=_WAITS_SECONDS,\n",
        new="",
        tests=(f"{_QUEUE}::test_a_job_that_nobody_takes_is_forgotten",),
        suffers="While no worker runs, each change leaves a job in Redis until its memory is full.",
    ),
)
