-- How an incident ended without a resolution of its own, and what can be undone for a minute.

alter table incidents add column ending text
    constraint incidents_ending check (ending in ('false_alarm', 'duplicate'));
alter table incidents add column duplicate_of bigint references incidents;
create index incidents_duplicate_of on incidents (duplicate_of) where duplicate_of is not null;
comment on column incidents.ending is 'of a resolved incident; null when it was resolved indeed';

-- Not valid: what is there met a narrower list, and need not be read again.
alter table timeline drop constraint timeline_kind;
alter table timeline add constraint timeline_kind check (kind in ('declared', 'status', 'severity',
    'update', 'resolved', 'cancelled', 'duplicate', 'merged', 'reopened', 'handover', 'claim',
    'note', 'published', 'public_update', 'undone')) not valid;

create table undoable (
    incident_id bigint primary key references incidents,
    changed_at timestamptz not null,
    actor_user_id text not null,
    version integer not null,
    severity text not null,
    status text not null,
    commander_user_id text not null,
    acknowledged_at timestamptz,
    mitigated_at timestamptz,
    resolved_at timestamptz,
    next_update_at timestamptz
);
comment on table undoable is 'the last change of an incident that can be undone, and how the incident stood before';
comment on column undoable.version is 'of the incident after the change; any later change ends the chance';
