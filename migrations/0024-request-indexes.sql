-- transactional: false
-- Indexes by which a reference leads to what was asked, answered and sent, and a message to its delivery.
-- Built while people write; what a killed build has left is dropped first.

drop index concurrently if exists audit_of_request;
create index concurrently audit_of_request on audit (request_id) where request_id is not null;

drop index concurrently if exists inbox_of_request;
create index concurrently inbox_of_request on inbox (request_id) where request_id is not null;

drop index concurrently if exists deliveries_of_request;
create index concurrently deliveries_of_request on deliveries (request_id, id)
    where request_id is not null;

drop index concurrently if exists deliveries_of_message;
create index concurrently deliveries_of_message on deliveries (posted_ts)
    where posted_ts is not null;
