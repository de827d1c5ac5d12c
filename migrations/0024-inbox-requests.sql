-- The id of the request that was taken: the reference that a person reads leads to its answer.

alter table inbox add column request_id text;
