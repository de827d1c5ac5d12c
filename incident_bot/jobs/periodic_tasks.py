"""Periodic tasks: what one worker of all does now and then, besides the deliveries."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from typing import Final
from uuid import uuid4

from incident_bot import log as logs
from incident_bot.clients.slack import Slack
from incident_bot.deliveries import canary
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.catching_up import KEPT_FOR
from incident_bot.domain.deliveries import Bookmark
from incident_bot.domain.people import Person
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import ConfigError, DeliveryError
from incident_bot.jobs import small_steps
from incident_bot.log import Trouble
from incident_bot.settings import Settings
from incident_bot.store import (
    canaries,
    catching_up,
    checkpoints,
    confirmations,
    deliveries,
    forgetting,
    holds,
    inbox,
    people,
    statuspage,
    workspace,
)
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import components, reminders

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 30.0
_LOOKS: Final = 12
"""One that is due more often than the looks is looked for so often in its time."""

_PATIENCE: Final = timedelta(minutes=5)
_OFTEN: Final = timedelta(minutes=5)
_PEOPLE: Final = "people"
_REPEATED_WITHIN: Final = timedelta(days=2)
_EDITS: Final = "edits"
_EDITS_KEPT: Final = timedelta(days=7)


class PeriodicTask:
    """Runs `work` every so often in the whole fleet; one that fails is tried again in minutes."""

    def __init__(
        self,
        database: Database,
        name: str,
        work: Callable[[], bool | None],
        *,
        every: timedelta,
        at_start: bool = False,
    ) -> None:
        """`at_start` makes this process do it first of all, whoever did it last.

        Work that returns True has more to do, and is due again at once.
        """
        self._database = database
        self._name = name
        self._work = work
        self._every = every
        self._patience = min(_PATIENCE, every)
        self._look_seconds = min(_LOOK_SECONDS, every.total_seconds() / _LOOKS)
        self._is_owed = at_start
        self._trouble = Trouble(log)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; a run under way is left behind."""
        self._stopping.set()

    def run_if_due(self) -> bool:
        """Run it if it is due and nobody else does; raises what the work raises."""
        is_ours = self._is_owed or self._database.run(
            lambda tx: checkpoints.claim(tx, self._name, every=self._every, patience=self._patience)
        )
        if is_ours:
            logs.name_request()
            has_more = self._do()
            self._database.run(partial(self._note_run, has_more=has_more))
            self._is_owed = False
        return is_ours

    def _note_run(self, tx: Tx, *, has_more: bool) -> None:
        if has_more:
            checkpoints.come_back(tx, self._name, every=self._every, after=timedelta())
        else:
            checkpoints.mark_run(tx, self._name)

    def _do(self) -> bool:
        try:
            return bool(self._work())
        except DeliveryError as failure:
            error = failure
            self._database.run(lambda tx: self._put_off(tx, error))
            raise

    def _put_off(self, tx: Tx, error: DeliveryError) -> None:
        """Come back when the vendor said, and hold back what it asked to hold back."""
        if error.retry_after is None:
            return
        if error.hold:
            holds.hold(tx, error.hold, seconds=error.retry_after)
        after = timedelta(seconds=error.retry_after)
        checkpoints.come_back(tx, self._name, every=self._every, after=after)

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait = self._look_seconds
            logs.request_id.set(None)
            try:
                if self.run_if_due():
                    often = self._every < _OFTEN
                    level = logging.DEBUG if often else logging.INFO
                    log.log(level, "periodic task done", extra={"task": self._name})
            except (DeliveryError, *self._database.faults) as error:
                detail = error.detail if isinstance(error, DeliveryError) else None
                if isinstance(error, DeliveryError) and error.retry_after is not None:
                    wait = min(wait, error.retry_after)
                self._trouble.say(
                    logging.WARNING,
                    "periodic task put off",
                    task=self._name,
                    problem=type(error).__name__,
                    detail=detail,
                )
            self._stopping.wait(wait)


def learn_workspace(database: Database, slack: Slack, needed: Collection[str] = ()) -> None:
    """Learn which workspace the token is for, so that requests from any other are refused.

    What it lacks of the scopes that are `needed` is kept for those who operate the bot. Raises
    ConfigError if this database serves another one: what stands in it is of that other one.
    """
    found = slack.respecting(database.run(holds.active)).workspace()
    missing = () if found.scopes is None else sorted(set(needed) - found.scopes)

    def save(tx: Tx) -> None:
        _require_same(workspace.ours(tx), found)
        workspace.save(tx, found, missing_scopes=missing)

    database.run(save)
    log.info("workspace learned", extra={"team_id": found.team_id})


def _require_same(known: Workspace | None, found: Workspace) -> None:
    if known is not None and known.team_id != found.team_id:
        raise ConfigError(
            f"SLACK_BOT_TOKEN is for the workspace {found.team_id}, but this database serves "
            f"{known.team_id}. Give the token of {known.team_id} or another database, or run "
            "`incident-bot workspace accept` to leave that workspace for good."
        )


def refresh_people(database: Database, slack: Slack) -> None:
    """Read everybody of the workspace, so that no request has to ask Slack.

    In a large workspace Slack interrupts it; the next time goes on from the page that was due.
    """
    bookmark = Bookmark.from_text(database.run(lambda tx: checkpoints.bookmark(tx, _PEOPLE)))
    guarded = slack.respecting(database.run(holds.active))

    def save(tx: Tx, page: Sequence[Person] = ()) -> None:
        people.save(tx, page)
        checkpoints.save_bookmark(tx, _PEOPLE, str(bookmark))

    try:
        for page in guarded.people(bookmark):
            database.run(partial(save, page=page))
    finally:
        database.run(save)


def detect_drift(database: Database) -> None:
    """Look whether somebody changed by hand what open incidents show."""
    database.run(lambda tx: components.reconcile(tx, statuspage.components_in_use(tx)))


def send_canary(database: Database) -> None:
    """Send a canary on the way that a request goes, unless the last one is still on it."""
    key = f"{canary.KIND.name}:{uuid4().hex}"  # as Slack's, the same when this is run once more

    def write(tx: Tx) -> None:
        if canaries.count_pending(tx) == 0 and inbox.claim_key(tx, key):
            deliveries.add(tx, None, [canary.KIND.draft(NOTHING)])

    database.run(write)


def forget_requests(database: Database) -> bool:
    """Drop answers to what nobody can repeat any more, unanswered questions, and ended holds.

    So goes what people have seen of an incident that ended a month ago.
    Returns whether there is more to do.
    """
    since: datetime | None = None

    def forget(tx: Tx) -> bool:
        nonlocal since
        since = inbox.forget_older_than(
            tx, _REPEATED_WITHIN, since=since, limit=small_steps.AT_A_TIME
        )
        return since is not None

    has_more = small_steps.run(database, forget)
    database.run(lambda tx: confirmations.forget_older_than(tx, _REPEATED_WITHIN))
    database.run(lambda tx: holds.forget_ended(tx, _REPEATED_WITHIN))
    database.run(lambda tx: catching_up.forget_ended(tx, tx.now - KEPT_FOR))
    return has_more


def send_reminders(database: Database, settings: Settings) -> None:
    """Say what is due of each reminder, an incident in a transaction of its own.

    Two workers may do so at once: who comes second finds the incident held, or nothing due.
    """
    for incident_id in database.run(reminders.orphaned):
        database.run(partial(reminders.adopt, incident_id=incident_id, settings=settings))
    for incident_id in database.run(reminders.due):
        database.run(partial(reminders.say_due, incident_id=incident_id, settings=settings))


def drop_old_words(database: Database, days: int) -> bool:
    """Drop the words of what was delivered or given up so many days ago, a few at a time.

    Returns whether there is more to do.
    """
    since: datetime | None = None

    def blank(tx: Tx) -> bool:
        nonlocal since
        before = tx.now - timedelta(days=days)
        since = forgetting.blank_settled(
            tx, before=before, since=since, limit=small_steps.AT_A_TIME
        )
        return since is not None

    return small_steps.run(database, blank)


def drop_old_edits(database: Database) -> bool:
    """Delete edits of direct messages that later ones replaced a week ago, a few at a time.

    One edit is written for each person and update, more than of all other kinds together. Each is
    looked at once: the next time goes on from the last one. Returns whether there is more to do.
    """

    def drop(tx: Tx) -> bool:
        last = forgetting.drop_old_edits(
            tx,
            before=tx.now - _EDITS_KEPT,
            after_id=int(checkpoints.held_bookmark(tx, _EDITS) or 0),
            limit=small_steps.AT_A_TIME,
        )
        if last is not None:
            checkpoints.save_bookmark(tx, _EDITS, str(last))
        return last is not None

    return small_steps.run(database, drop)
