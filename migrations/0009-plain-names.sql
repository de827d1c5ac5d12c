-- contract
-- The field's own words; which queues there are is for the code to say, which discovers them.

alter table gates rename to rate_limit_holds;
alter table rate_limit_holds rename column open_at to held_until;
alter table deliveries rename column lane to ordering_key;
alter index deliveries_lane rename to deliveries_ordering_key;
alter table deliveries drop constraint deliveries_queue;
alter table publications rename column page_incident_id to public_incident_id;

alter table timeline drop constraint timeline_kind;
alter table timeline disable trigger timeline_is_append_only;
update timeline set kind = 'public_update' where kind = 'page';
alter table timeline enable trigger timeline_is_append_only;
alter table timeline add constraint timeline_kind check (kind in ('declared', 'status', 'severity',
    'update', 'resolved', 'reopened', 'handover', 'claim', 'note', 'published', 'public_update'));

update schema_floor set migration = '0009-plain-names';
