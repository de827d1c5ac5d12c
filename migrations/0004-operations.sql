-- What an operator looks at: counters, and the oldest version that may run on this schema.

create table counters (
    name text not null,
    label text not null default '',
    value bigint not null default 0,
    primary key (name, label)
);

create table schema_floor (
    only_row boolean primary key default true check (only_row),
    migration text not null
);
comment on table schema_floor is
    'a version that does not know this migration must not run: set by migrations that contract';
insert into schema_floor (migration) values ('0001-incidents');

create index deliveries_late on deliveries (queue, run_at) where state = 'pending' and not waiting;
