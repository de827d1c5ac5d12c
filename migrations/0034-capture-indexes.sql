-- transactional: false
-- A message is captured once; entries are shown in the order in which things happened.
-- Built while people write; what a killed build has left is dropped first.

drop index concurrently if exists timeline_source;
create unique index concurrently timeline_source
    on timeline (incident_id, source_channel_id, source_ts)
    where source_ts is not null and amends_id is null;

drop index concurrently if exists timeline_when;
create index concurrently timeline_when on timeline (incident_id, at, id);

drop index concurrently if exists timeline_amendments;
create index concurrently timeline_amendments on timeline (amends_id, id)
    where amends_id is not null;
