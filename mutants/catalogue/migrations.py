"""Faults in the tables: what is refused, and what is looked up."""

from mutants import Mutant

_MIGRATIONS = "tests/store/test_migrations.py"
_APPEND = "tests/store/test_append_only.py"
_PLANS = "tests/store/test_plans.py"
_FIRST = "migrations/0001-incidents.sql"
_GROWTH = "migrations/0019-growth.sql"

MUTANTS = (
    Mutant(
        id="two-incidents-in-a-channel",
        file=_FIRST,
        old="channel_id text constraint incidents_channel_id unique,",
        new="channel_id text,",
        tests=("tests/store/test_incidents.py::test_two_incidents_cannot_have_one_channel",),
        suffers="After a bug two incidents share a channel, and commands reach any of them.",
    ),
    Mutant(
        id="timeline-can-be-changed",
        file=_FIRST,
        old="""\
create trigger timeline_is_append_only before update or delete or truncate on timeline
""",
        new="create trigger timeline_is_append_only before update on timeline\n",
        tests=(_APPEND,),
        suffers="Somebody with a console makes the record say something else.",
    ),
    Mutant(
        id="audit-can-be-emptied",
        file=_FIRST,
        old="""\
create trigger audit_is_append_only before update or delete or truncate on audit
""",
        new="create trigger audit_is_append_only before update or delete on audit\n",
        tests=(_APPEND,),
        suffers="The audit trail can be emptied in one statement.",
    ),
    Mutant(
        id="a-status-too-few",
        file=_FIRST,
        old="check (status in ('declared', 'investigating', 'identified', 'monitoring', 'resolved'))",
        new="check (status in ('declared', 'investigating', 'identified', 'resolved'))",
        tests=(f"{_MIGRATIONS}::test_the_database_knows_the_same_words_as_the_code",),
        suffers="Nobody can say that a fix is being watched.",
    ),
    Mutant(
        id="a-kind-of-entry-too-few",
        file="migrations/0016-corrections.sql",
        old="'published', 'public_update', 'undone',",
        new="'published', 'undone',",
        tests=(f"{_MIGRATIONS}::test_the_database_knows_the_same_words_as_the_code",),
        suffers="A public incident can be neither updated nor resolved.",
    ),
    Mutant(
        id="resolved-without-a-time",
        file=_FIRST,
        old="""\
    version integer not null default 1,
    constraint incidents_resolved_at check ((status = 'resolved') = (resolved_at is not null))
""",
        new="    version integer not null default 1\n",
        tests=(
            "tests/store/test_constraints.py::test_an_incident_is_resolved_just_when_it_has_an_end",
        ),
        suffers="After a bug an incident is over without having ended.",
    ),
    Mutant(
        id="two-maps-of-one",
        file="migrations/0003-statuspage.sql",
        old="    component_id text not null,\n    primary key (service_name, component_id)\n",
        new="    component_id text not null\n",
        tests=(
            "tests/cli/test_statuspage.py::test_a_service_is_mapped_shown_checked_and_unmapped",
        ),
        suffers="A service that is mapped twice has to be unmapped twice.",
    ),
    Mutant(
        id="nobody-writes-meanwhile",
        file=_GROWTH,
        old="create index concurrently deliveries_dead",
        new="create index deliveries_dead",
        tests=(f"{_MIGRATIONS}::test_people_write_while_an_index_is_built",),
        suffers="While an index is built, for minutes, nobody can declare anything.",
    ),
    Mutant(
        id="half-an-index-left",
        file=_GROWTH,
        old="drop index concurrently if exists deliveries_dead;\n",
        new="",
        tests=(f"{_MIGRATIONS}::test_an_index_whose_build_was_killed_is_built_anew",),
        suffers="After a migrator that was killed no migrator succeeds.",
    ),
    Mutant(
        id="an-index-lost",
        file=_GROWTH,
        old="on incidents (service, resolved_at)\n    where status = 'resolved'",
        new="on incidents (service, resolved_at)\n    where status = 'declared'",
        tests=(_PLANS,),
        suffers="After years a component that is set by hand takes seconds to be told of.",
    ),
    Mutant(
        id="late-without-an-index",
        file="migrations/0004-operations.sql",
        old="create index deliveries_late on deliveries (queue, run_at) "
        "where state = 'pending' and not waiting;",
        new="",
        tests=("tests/store/test_migrations.py::test_a_second_run_changes_nothing",),
        suffers="With many thousand pending deliveries each answer comes later.",
        explained="An index changes how long it takes, and no answer; the bench shows that.",
    ),
)
