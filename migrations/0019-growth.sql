-- transactional: false
-- Indexes for what is asked often of tables that grow, each without what is settled or resolved.
-- Built while people write; what a killed build has left is dropped first.

drop index concurrently if exists deliveries_dead;
create index concurrently deliveries_dead on deliveries (id, queue) where state = 'dead';

drop index concurrently if exists deliveries_superseded;
create index concurrently deliveries_superseded on deliveries (id) where state = 'superseded';

drop index concurrently if exists deliveries_leased;
create index concurrently deliveries_leased on deliveries (queue, lease_until)
    where state = 'pending' and lease_until is not null;

drop index concurrently if exists deliveries_crashed;
create index concurrently deliveries_crashed on deliveries (queue, crashes, urgency, id)
    where state = 'pending' and not waiting and crashes >= 2;
drop index concurrently if exists deliveries_suspect;

drop index concurrently if exists deliveries_edits;
create index concurrently deliveries_edits on deliveries (id)
    where kind = 'direct_message_current' and state = 'sent';

drop index concurrently if exists incidents_open_by_severity;
create index concurrently incidents_open_by_severity on incidents (severity, id desc)
    where status <> 'resolved';

drop index concurrently if exists incidents_resolved;
create index concurrently incidents_resolved on incidents (service, resolved_at)
    where status = 'resolved';
