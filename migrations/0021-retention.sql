-- Old deliveries that nobody reads any more are deleted; one that is kept says for how many it stands.

alter table deliveries add column stands_for integer not null default 1;
comment on column deliveries.stands_for is 'itself, and those like it between the first and this one that were deleted';

-- By default a table of 20,000,000 is vacuumed for 4,000,000 dead rows, which every query passes until then.
alter table deliveries set (autovacuum_vacuum_scale_factor = 0.05);
