-- Channels read of a failing status page once it has failed for a while, not of a single slip.

alter table components add column failing_since timestamptz;
comment on column components.failing_since is 'the first failure since the page last took it; is_failing says that people were told';
