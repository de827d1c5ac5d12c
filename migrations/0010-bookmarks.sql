-- The page at which a periodic task goes on that reads a long list.

alter table checkpoints add column bookmark text not null default '';
