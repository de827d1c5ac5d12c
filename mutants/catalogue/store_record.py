"""Faults in what is pruned of the deliveries, and in the seals of the record."""

from mutants import Mutant

_RETENTION = "tests/jobs/test_retention.py"
_SEALING = "tests/jobs/test_sealing.py"
_TAMPERING = "tests/jobs/test_tampering.py"
_NOBODY_CAN_TELL = (
    f"{_RETENTION}::test_no_answer_and_no_message_of_an_old_incident_tells_whether_it_was_pruned"
)
_COUNTED = f"{_RETENTION}::test_what_was_deleted_is_still_counted"
_COLUMNS = f"{_TAMPERING}::test_a_change_of_any_column_is_found"
_AT_RANDOM = f"{_TAMPERING}::test_whatever_is_done_to_entries_at_random_is_found"

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
    Mutant(
        id="marks-without-the-words",
        file="incident_bot/domain/seals.py",
        old="    values = [entry.values[name] for name in sorted(entry.values)]",
        new="    values = [entry.values[name] for name in sorted(entry.values) if name != 'text']",
        tests=(_COLUMNS,),
        suffers="Somebody changes what was said, and nobody can tell.",
    ),
    Mutant(
        id="marks-without-the-time",
        file="incident_bot/domain/seals.py",
        old="    written = [record, entry.id, entry.incident_id, entry.at, *values, *later]",
        new="    written = [record, entry.id, entry.incident_id, *values, *later]",
        tests=(_COLUMNS,),
        suffers="Somebody changes when it was said, and nobody can tell.",
    ),
    Mutant(
        id="marks-without-what-came-later",
        file="incident_bot/domain/seals.py",
        old="    written = [record, entry.id, entry.incident_id, entry.at, *values, *later]",
        new="    written = [record, entry.id, entry.incident_id, entry.at, *values]",
        tests=(f"{_TAMPERING}::test_what_a_captured_or_corrected_entry_says_besides_is_sealed",),
        suffers="Somebody strikes another entry than was struck, and nobody can tell.",
    ),
    Mutant(
        id="backdated-by-what-it-tells-of",
        file="incident_bot/domain/verifying.py",
        old="float(entry.written_at) < float(seal.not_before)",
        new="float(entry.at) < float(seal.not_before)",
        tests=(f"{_TAMPERING}::test_what_is_said_of_earlier_is_not_taken_for_backdated",),
        suffers="Each note of yesterday is reported as a forgery.",
    ),
    Mutant(
        id="digest-without-marks",
        file="incident_bot/domain/seals.py",
        old="sha256(before + _bytes(head) + self.marks)",
        new="sha256(before + _bytes(head))",
        tests=(f"{_TAMPERING}::test_entries_and_their_marks_changed_together_are_found",),
        suffers="Whoever changes an entry and its mark changes nothing that anybody compares.",
    ),
    Mutant(
        id="digest-without-the-one-before",
        file="incident_bot/domain/seals.py",
        old="sha256(before + _bytes(head) + self.marks)",
        new="sha256(_bytes(head) + self.marks)",
        tests=(f"{_TAMPERING}::test_an_earlier_seal_made_anew_breaks_the_next",),
        suffers="A head stands for the last minute only.",
    ),
    Mutant(
        id="missing-entries-unnoticed",
        file="incident_bot/domain/verifying.py",
        old="        for entry_id in marks:\n",
        new="        for entry_id in ():\n",
        tests=(_AT_RANDOM,),
        suffers="Entries can be deleted.",
    ),
    Mutant(
        id="inserted-entries-unnoticed",
        file="incident_bot/domain/verifying.py",
        old="            return Fault.INSERTED\n",
        new="            return None\n",
        tests=(_AT_RANDOM,),
        suffers="Entries can be invented.",
    ),
    Mutant(
        id="lost-seals-unnoticed",
        file="incident_bot/domain/verifying.py",
        old="        if seal.number != self._number + 1:\n",
        new="        if seal.number <= self._number:\n",
        tests=(f"{_TAMPERING}::test_seals_that_are_missing_are_noticed",),
        suffers="Nobody is told that seals were deleted, only that others do not fit.",
    ),
    Mutant(
        id="sealed-too-early",
        file="incident_bot/store/seals.py",
        old="        if noted.next_xid > oldest_xid or noted.at",
        new="        if noted.at",
        tests=(
            f"{_SEALING}::test_an_entry_that_is_committed_after_one_with_a_higher_id_is_sealed",
        ),
        suffers="An entry whose transaction took longer than its neighbour's is called inserted.",
    ),
    Mutant(
        id="sealed-without-patience",
        file="incident_bot/store/seals.py",
        old=" or noted.at + patience > tx.now:",
        new=":",
        tests=(f"{_SEALING}::test_an_id_that_was_drawn_before_a_transaction_number_is_waited_for",),
        suffers="Once in years an entry that somebody wrote is called inserted.",
    ),
    Mutant(
        id="forgery-sealed-along",
        file="incident_bot/store/seals.py",
        old="if sealed is not None and (entry.id in changed or is_sound):",
        new="if sealed is not None:",
        tests=(
            f"{_TAMPERING}::"
            "test_forgetting_somebody_is_seen_as_such_and_nothing_else_is_sealed_along",
        ),
        suffers="Whoever has changed an entry waits until somebody is forgotten, and it is sealed.",
    ),
    Mutant(
        id="key-of-the-forgotten-kept",
        file="incident_bot/store/seals.py",
        old='        tx.run("update seals set key = null where number = %s", number)\n',
        new="",
        tests=(
            f"{_TAMPERING}::"
            "test_forgetting_somebody_is_seen_as_such_and_nothing_else_is_sealed_along",
        ),
        suffers="With the key one can try whose name an entry had.",
    ),
)
