-- What was tried and failed, apart from what was only put off; where a long look stood.

alter table deliveries add column failures integer not null default 0;
alter table deliveries add column bookmark text not null default '';

-- Destinations that a vendor takes only so much a second for, until they were idle for a while.
create table paced_destinations (
    destination text primary key,
    next_at timestamptz not null
);

create index deliveries_to on deliveries (destination, urgency, id) where state = 'pending' and not waiting;
create index deliveries_suspect on deliveries (queue, crashes) where state = 'pending' and crashes >= 2;
