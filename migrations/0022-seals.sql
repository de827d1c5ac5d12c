-- Seals of the timeline and the audit trail: each covers entries, and the hash of the seal before it.

create table seals (
    number bigint primary key,
    record text not null constraint seals_record check (record in ('timeline', 'audit')),
    above_id bigint not null,
    up_to_id bigint not null,
    ids bigint[] not null,
    incident_ids bigint[] not null,
    marks bytea not null,
    key bytea,
    replaces bigint constraint seals_replaces unique references seals,
    not_before timestamptz,
    sealed_at timestamptz not null,
    digest bytea not null
);
create index seals_of_record on seals (record, up_to_id) where replaces is null;
comment on column seals.ids is 'all entries there were above above_id, up to and with up_to_id';
comment on column seals.not_before is 'no entry above above_id was there then; null where nobody had looked before';
comment on column seals.marks is 'HMAC-SHA-256 of each entry, 32 bytes in the order of ids';
comment on column seals.key is 'of the marks; dropped when one of their people is forgotten, so that nobody can guess at a mark';
comment on column seals.replaces is 'the seal of the same entries as they were before somebody was forgotten';

create trigger seals_are_append_only before update or delete or truncate on seals
    for each statement execute function refuse_change();
