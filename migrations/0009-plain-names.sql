-- contract
-- The field's own words; which queues there are is for the code to say, which discovers them.

alter table gates rename to rate_limit_holds;
alter table rate_limit_holds rename column open_at to held_until;
alter table deliveries rename column lane to ordering_key;
alter index deliveries_lane rename to deliveries_ordering_key;
alter table deliveries drop constraint deliveries_queue;
update schema_floor set migration = '0009-plain-names';
