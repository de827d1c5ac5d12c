"""A worker process for the status page's queue: `python -m tests.journeys.page_worker THREADS`.

It is the real one but for two numbers: it sends many deliveries at a time, and does not keep its
requests a second apart, so that a fault can hit many components at once.
"""

import signal
import sys
from functools import partial

from incident_bot import log, settings
from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.settings import Settings
from incident_bot.store.database import Database
from incident_bot.worker import make_database


def hasty_dispatcher(
    config: Settings,
    database: Database,
    *,
    threads: int,
    deadline_seconds: float = 10.0,
    settle_seconds: float = 6.0,
) -> Dispatcher:
    """The dispatcher of the status page's queue, many at a time."""
    client = Statuspage(
        config.statuspage_api_key,
        config.statuspage_page_id,
        config.statuspage_api_url,
        apart_seconds=0,
        deadline_seconds=deadline_seconds,
    )
    slack = Slack(config.slack_bot_token, config.slack_api_url)
    page = PacedStatuspage(database.run, client, settle_seconds=settle_seconds)
    deliver_one = partial(deliver, database, Vendors(slack=slack, paced_statuspage=page))
    return Dispatcher(database, deliver_one, Queue.STATUSPAGE, threads=threads)


def main(threads: int) -> None:
    config = settings.from_environment()
    log.configure(config.log_level)
    hasty_dispatcher(config, make_database(config), threads=threads).start()
    signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]))
