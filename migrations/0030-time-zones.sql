-- The time zones of people: what can wait is said in the working hours of whom it asks.

alter table people add column time_zone text not null default '';
comment on column people.time_zone is 'as Slack tells it, such as Europe/Berlin; empty where it tells none';

-- The rows that are there say nothing of it yet: the next worker reads everybody anew.
delete from checkpoints where name = 'people';
