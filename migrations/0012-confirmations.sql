-- What people were asked to confirm, and how much one person has declared of late.

create table confirmations (
    key text primary key,
    asked_at timestamptz not null
);
comment on table confirmations is 'a key is the digest of a request: the same one again, soon, is the confirmation';

create index incidents_declarer on incidents (declarer_user_id, declared_at);
