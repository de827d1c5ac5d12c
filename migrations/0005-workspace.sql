-- The workspace that the bot's token is of, so that the door can refuse what another one sends.

create table workspace (
    only_row boolean primary key default true check (only_row),
    team_id text not null,
    enterprise_id text,
    is_enterprise_install boolean not null,
    learned_at timestamptz not null
);
comment on table workspace is 'as auth.test told the worker; the web reads it';
