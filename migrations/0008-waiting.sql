-- What waits for its incident's channel: looked through every few seconds, and short.

create index deliveries_waiting on deliveries (incident_id) where waiting;
