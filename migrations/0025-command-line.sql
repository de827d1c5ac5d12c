-- What was typed on the command line, in a person's name, says so wherever it is read.

alter table incidents add column on_command_line boolean not null default false;
comment on column incidents.on_command_line is 'declared on the command line, where nobody vouches for the name';

alter table timeline add column on_command_line boolean not null default false;
comment on column timeline.on_command_line is 'typed on the command line; the audit row says by which account on which host';
