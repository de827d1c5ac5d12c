-- The public status page: which service shows on which component, and what was made public.

create table statuspage_mappings (
    service_name text not null,
    component_id text not null,
    primary key (service_name, component_id)
);
create index statuspage_mappings_component on statuspage_mappings (component_id);

create table components (
    component_id text primary key,
    name text not null default '',
    shown text not null default 'operational',
    attempted text,
    found text,
    left_at text,
    is_held boolean not null default false,
    is_failing boolean not null default false,
    synced_at timestamptz
);
comment on column components.shown is 'the status we last set, or accepted from somebody else';
comment on column components.attempted is 'the status an unfinished attempt may have set';
comment on column components.found is 'the status that somebody set by hand';
comment on column components.left_at is 'while this is the wanted status, somebody chose to leave another';
comment on column components.is_held is 'set by hand; nothing is changed until somebody chooses';

create table publications (
    incident_id bigint primary key references incidents,
    page_incident_id text,
    notifies boolean not null,
    published_at timestamptz not null,
    published_by_user_id text not null
);

alter table timeline drop constraint timeline_kind;
alter table timeline add constraint timeline_kind check (kind in ('declared', 'status', 'severity',
    'update', 'resolved', 'reopened', 'handover', 'claim', 'note', 'published', 'page'));
