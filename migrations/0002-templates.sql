-- Templates that fill the form of /incident declare, and the ones everybody needs.

create table templates (
    name text primary key constraint templates_name_length check (char_length(name) between 1 and 100),
    title text not null constraint templates_title_length check (char_length(title) <= 100),
    severity text not null constraint templates_severity check (severity in ('P1', 'P2', 'P3', 'P4')),
    service text not null default '',
    description text not null default '' constraint templates_description_length
        check (char_length(description) <= 3000),
    enabled boolean not null default true
);

insert into templates (name, title, severity, description) values
    ('Service down', 'Service is down', 'P1',
     E'What do users see?\nSince when?\nWhich regions or customers?\nLast deploy or change:'),
    ('Elevated error rate', 'Error rate is elevated', 'P2',
     E'Error rate now and normally:\nWhich endpoints?\nSince when?\nLast deploy or change:'),
    ('Slow responses', 'Responses are slow', 'P2',
     E'p95 now and normally:\nWhich endpoints?\nSince when?\nDatabase, cache and upstreams looked at?'),
    ('Failed deploy', 'Deploy failed or must be rolled back', 'P3',
     E'Which version?\nWhat fails?\nIs the rollback under way? Who does it?'),
    ('Database trouble', 'Database is degraded', 'P1',
     E'Which database?\nConnections, locks, replication lag, disk:\nLast migration or failover:'),
    ('Third party outage', 'A third party is down', 'P2',
     E'Which vendor, and its status page:\nWhat of ours depends on it?\nIs there a fallback?'),
    ('Security incident', 'Possible security incident', 'P1',
     E'What was noticed, by whom?\nWhat may be exposed?\nWhat was done to contain it?\nDo not paste secrets here.'),
    ('Data problem', 'Data is wrong or missing', 'P2',
     E'Which data, how much?\nSince when?\nIs it still getting worse?\nIs there a backup from before?');
