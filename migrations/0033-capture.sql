-- Messages that people put on the timeline, notes of what was earlier, and corrections of both.

alter table timeline add column recorded_at timestamptz;
alter table timeline add column amends_id bigint;
alter table timeline add column permalink text;
alter table timeline add column source_channel_id text;
alter table timeline add column source_ts text;
alter table timeline add column source_user_id text;
comment on column timeline.recorded_at is 'of what happened earlier than it was recorded; null where both are one time';
comment on column timeline.amends_id is 'of an entry that corrects another, or strikes it';
comment on column timeline.source_ts is 'the message in Slack that was captured, with its channel';
comment on column timeline.source_user_id is 'who captured it; its author is the actor';

-- Not valid: what is there amends nothing, and met a narrower list.
alter table timeline add constraint timeline_amends
    foreign key (amends_id) references timeline (id) not valid;
alter table timeline drop constraint timeline_kind;
alter table timeline add constraint timeline_kind check (kind in ('declared', 'status', 'severity',
    'update', 'resolved', 'cancelled', 'duplicate', 'merged', 'reopened', 'handover', 'claim',
    'note', 'published', 'public_update', 'undone', 'edited', 'reminder', 'captured',
    'amended', 'struck', 'other')) not valid;
