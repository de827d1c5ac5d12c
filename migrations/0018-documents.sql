-- What documents name and link: people's full names, and the address of the workspace.

alter table people add column full_name text not null default '';
comment on column people.full_name is 'empty where Slack tells none; people.name is what they are called in Slack';

alter table workspace add column url text not null default '';
comment on column workspace.url is 'as auth.test tells it; links to channels and messages begin with it';

-- The rows that are there say nothing of it yet: the next worker reads everybody anew.
delete from checkpoints where name = 'people';

-- A line of a template that is no question is a fact of each incident; this one was neither.
update templates
set description = E'No secrets here: what was noticed, by whom?\nWhat may be exposed?\nWhat was done to contain it?'
where name = 'Security incident' and description =
    E'What was noticed, by whom?\nWhat may be exposed?\nWhat was done to contain it?\nDo not paste secrets here.';
