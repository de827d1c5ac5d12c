-- The place that each person has read to, for what is new since then.

create table seen (
    incident_id bigint not null references incidents,
    user_id text not null,
    entry_id bigint not null,
    at timestamptz not null,
    primary key (incident_id, user_id)
);
comment on table seen is 'one row for each person who has caught up with an incident; gone a month after its end';
comment on column seen.entry_id is 'the newest entry of the timeline when the person last looked';
