-- The scopes that Slack has not granted the token, for those who operate the bot.

alter table workspace add column missing_scopes text[] not null default '{}';
comment on column workspace.missing_scopes is 'what the bot needs and Slack has not granted, as a worker last saw';
