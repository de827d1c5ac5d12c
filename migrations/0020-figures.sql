-- transactional: false
-- Indexes for the figures of a time span: incidents by when they were declared, and which of them
-- were reopened. Built while people write; what a killed build has left is dropped first.

drop index concurrently if exists incidents_declared;
create index concurrently incidents_declared on incidents (declared_at);

drop index concurrently if exists timeline_reopened;
create index concurrently timeline_reopened on timeline (incident_id) where kind = 'reopened';
