-- transactional: false
-- The message that an edit changes: an incident of which thousands were told has thousands of others.
-- Built while people write; what a killed build has left is dropped first.

drop index concurrently if exists deliveries_posted;
create index concurrently deliveries_posted on deliveries (incident_id, destination, kind, id)
    where posted_ts is not null;
