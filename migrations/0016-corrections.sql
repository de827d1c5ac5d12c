-- Corrections in the timeline, and what customers read of a public incident, and where.

alter table timeline drop constraint timeline_kind;
alter table timeline add constraint timeline_kind check (kind in ('declared', 'status', 'severity',
    'update', 'resolved', 'cancelled', 'duplicate', 'merged', 'reopened', 'handover', 'claim',
    'note', 'published', 'public_update', 'undone', 'edited')) not valid;

alter table publications add column title text not null default '';
alter table publications add column message text not null default '';
alter table publications add column url text not null default '';
comment on column publications.title is 'its title on the page';
comment on column publications.message is 'the last that customers were told';
comment on column publications.url is 'the page''s own link to it, once the page has taken it';
