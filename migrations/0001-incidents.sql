-- Incidents, what happened to them, who asked for it, and what must still be told.

create table incidents (
    id bigint generated always as identity primary key,
    uid uuid not null default gen_random_uuid(),
    title text not null constraint incidents_title_length check (char_length(title) between 1 and 100),
    description text not null default '',
    service text not null,
    severity text not null constraint incidents_severity check (severity in ('P1', 'P2', 'P3', 'P4')),
    status text not null constraint incidents_status
        check (status in ('declared', 'investigating', 'identified', 'monitoring', 'resolved')),
    declarer_user_id text not null,
    commander_user_id text not null,
    channel_id text constraint incidents_channel_id unique,
    channel_name text,
    declared_at timestamptz not null,
    acknowledged_at timestamptz,
    mitigated_at timestamptz,
    resolved_at timestamptz,
    next_update_at timestamptz,
    version integer not null default 1,
    constraint incidents_resolved_at check ((status = 'resolved') = (resolved_at is not null))
);
create index incidents_open on incidents (service, id) where status <> 'resolved';
create index incidents_channel_name on incidents (channel_name);

create table timeline (
    id bigint generated always as identity primary key,
    incident_id bigint not null references incidents,
    at timestamptz not null,
    kind text not null constraint timeline_kind check (kind in ('declared', 'status', 'severity',
        'update', 'resolved', 'reopened', 'handover', 'claim', 'note')),
    actor_user_id text not null,
    text text not null default '',
    before text,
    after text
);
create index timeline_of_incident on timeline (incident_id, id);

create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor_user_id text not null,
    action text not null,
    allowed boolean not null,
    incident_id bigint references incidents,
    channel_id text,
    detail text not null default '',
    request_id text
);
create index audit_of_incident on audit (incident_id, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger timeline_is_append_only before update or delete or truncate on timeline
    for each statement execute function refuse_change();
create trigger audit_is_append_only before update or delete or truncate on audit
    for each statement execute function refuse_change();

create table inbox (
    key text primary key,
    received_at timestamptz not null,
    answer jsonb
);
create index inbox_received_at on inbox (received_at);

create table deliveries (
    id bigint generated always as identity primary key,
    incident_id bigint references incidents,
    queue text not null constraint deliveries_queue check (queue in ('notifications', 'statuspage')),
    kind text not null,
    destination text not null,
    lane text not null generated always as (coalesce(incident_id::text, '') || '/' || destination) stored,
    payload jsonb not null default '{}',
    urgency smallint not null,
    request_id text,
    state text not null default 'pending'
        constraint deliveries_state check (state in ('pending', 'sent', 'dead', 'superseded')),
    waiting boolean not null default false,
    run_at timestamptz not null,
    attempts integer not null default 0,
    crashes integer not null default 0,
    maybe_sent boolean not null default false,
    lease_token uuid,
    lease_until timestamptz,
    reason text,
    detail text,
    posted_channel_id text,
    posted_ts text,
    created_at timestamptz not null,
    give_up_at timestamptz not null,
    settled_at timestamptz,
    constraint deliveries_settled_at check ((state = 'pending') = (settled_at is null))
);
create index deliveries_due on deliveries (queue, urgency, id) where state = 'pending' and not waiting;
create index deliveries_lane on deliveries (lane, id) where state = 'pending';
create index deliveries_of_incident on deliveries (incident_id, id);

create table people (
    user_id text primary key,
    name text not null,
    is_bot boolean not null,
    is_deactivated boolean not null,
    seen_at timestamptz not null
);

create table checkpoints (
    name text primary key,
    at timestamptz not null
);

create table gates (
    key text primary key,
    open_at timestamptz not null
);
