-- How old the news of a person is, so that older news never replaces newer.

alter table people add column updated_at timestamptz;
comment on column people.updated_at is 'when Slack last changed what it says of them, by its own clock';
