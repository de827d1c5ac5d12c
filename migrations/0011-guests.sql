-- Who of the directory is a guest or of another organisation, and may do less.

alter table people add column is_restricted boolean not null default false;
alter table people add column is_ultra_restricted boolean not null default false;
alter table people add column is_stranger boolean not null default false;
alter table people add column team_id text;
comment on column people.team_id is 'the workspace that Slack says somebody belongs to; null until it was read';

-- The rows that are there say nothing of it yet: the next worker reads everybody anew.
delete from checkpoints where name = 'people';
