-- What is kept of people, for how long, and how one of them is forgotten.

alter table deliveries add column is_blank boolean not null default false;
comment on column deliveries.is_blank is 'its words were dropped: too old, or of somebody who was forgotten';
create index deliveries_to_blank on deliveries (settled_at)
    where settled_at is not null and not is_blank and payload <> '{}';

create table forgotten_people (
    digest text primary key,
    forgotten_at timestamptz not null
);
comment on table forgotten_people is 'of their ids: Slack still lists them, and they must not come back';

-- Forgetting somebody is the one reason to change what was recorded, and says so by itself:
-- it sets incident_bot.forgetting for its own transaction. Nothing is ever deleted.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('incident_bot.forgetting', true) = 'on' then
        return null;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
