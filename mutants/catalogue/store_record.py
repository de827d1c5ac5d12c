"""Faults in what is pruned of the deliveries."""

from mutants import Mutant

_RETENTION = "tests/jobs/test_retention.py"
_NOBODY_CAN_TELL = (
    f"{_RETENTION}::test_no_answer_and_no_message_of_an_old_incident_tells_whether_it_was_pruned"
)
_COUNTED = f"{_RETENTION}::test_what_was_deleted_is_still_counted"

MUTANTS = (
    Mutant(
        id="first-of-its-like-deleted",
        file="incident_bot/store/pruning.py",
        old="where place > 1 and id < last_id",
        new="where id < last_id",
        tests=(_COUNTED,),
        suffers="The list of deliveries says that an announcement came on the day it was last changed.",
    ),
    Mutant(
        id="last-of-its-like-deleted",
        file="incident_bot/store/pruning.py",
        old="where place > 1 and id < last_id",
        new="where place > 1 and id <= last_id",
        tests=(_COUNTED,),
        suffers="A reopened incident changes a message that is not its newest.",
    ),
    Mutant(
        id="deleted-uncounted",
        file="incident_bot/store/pruning.py",
        old="set stands_for = stands_for + count from",
        new="set stands_for = stands_for from",
        tests=(_COUNTED,),
        suffers="The list of deliveries says that people were told less often than they were.",
    ),
    Mutant(
        id="told-and-receipt-alike",
        file="incident_bot/store/pruning.py",
        old="destination, payload ->> 'event', posted_channel_id",
        new="destination, posted_channel_id",
        tests=(_COUNTED,),
        suffers="Who was told between a receipt and another receipt does not hear of a reopening.",
    ),
    Mutant(
        id="links-of-the-postmortem-deleted",
        file="incident_bot/store/pruning.py",
        old="                and (posted_ts is null or kind = 'card' or destination <> %(in_channel)s)\n",
        new="                and %(in_channel)s::text is not null\n",
        tests=(_NOBODY_CAN_TELL,),
        suffers="The postmortem of an old incident links none of its messages.",
    ),
    Mutant(
        id="refusals-deleted",
        file="incident_bot/store/pruning.py",
        old="                and detail is null and destination <> %(public)s",
        new="                and destination <> %(public)s",
        tests=(f"{_RETENTION}::test_whoever_was_refused_is_still_named",),
        suffers="Nobody can look up any more who could not be invited.",
    ),
    Mutant(
        id="young-deliveries-pruned",
        file="incident_bot/store/pruning.py",
        old="id <= %(last_id)s and settled_at < %(before)s\n        ), unread",
        new="id <= %(last_id)s and %(before)s is not null\n        ), unread",
        tests=(f"{_RETENTION}::test_what_is_young_or_not_settled_stays",),
        suffers="What was sent today is deleted, and a delivery that waits with it.",
    ),
    Mutant(
        id="pruned-by-two",
        file="incident_bot/store/checkpoints.py",
        old="from checkpoints where name = %s for update",
        new="from checkpoints where name = %s",
        tests=(f"{_RETENTION}::test_two_workers_at_once_count_nothing_twice",),
        suffers="Where a worker was paused for minutes, some deliveries are counted nowhere.",
        explained="The second waits for the rows that the first deletes, and finds them gone; "
        "only where it counts them on a row that is gone itself is anything lost.",
    ),
    Mutant(
        id="no-more-to-do",
        file="incident_bot/jobs/periodic_tasks.py",
        old="        if has_more:\n",
        new="        if not has_more and False:\n",
        tests=(
            "tests/jobs/test_periodic_tasks.py::test_one_that_has_more_to_do_is_due_again_at_once",
        ),
        suffers="The first pruning of a large table takes months.",
    ),
)
