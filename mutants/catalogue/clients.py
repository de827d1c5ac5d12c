"""Faults in the clients: the queue, what an answer of a vendor's means, the status page."""

from mutants import Mutant

_REFUSALS = "tests/clients/test_slack_refusals.py"
_PAGE = "tests/clients/test_statuspage.py"
_SLACK = "tests/clients/test_slack.py"
_CONTRACT = "tests/clients/test_contract.py"
_UNSENT = "tests/clients/test_contract_unsent.py"
_DEADLINES = "tests/clients/test_deadlines.py"
_TRANSPORT = "tests/clients/test_transport.py"
_LOGGED = "tests/clients/test_logged_calls.py"
_QUEUE = "tests/clients/test_queue.py"
_PROGRAMS = "tests/journeys/test_program_logs.py"

MUTANTS = (
    Mutant(
        id="last-of-many-not-notified",
        file="incident_bot/clients/coalescing.py",
        old="            self._owed = wanted - due\n",
        new="            self._owed = set()\n",
        tests=(
            "tests/clients/test_coalescing.py::"
            "test_all_that_come_soon_after_one_are_made_as_one_and_none_is_lost",
        ),
        suffers="What is declared just after another incident waits for the sweep.",
    ),
    Mutant(
        id="owed-at-the-end-is-forgotten",
        file="incident_bot/clients/coalescing.py",
        old="            atexit.register(self.settle)\n",
        new="",
        tests=(
            "tests/clients/test_coalescing.py::"
            "test_a_process_that_ends_makes_the_calls_that_it_owes",
        ),
        suffers="What the command line changed last waits for the sweep.",
    ),
    Mutant(
        id="proxy-without-its-password",
        file="incident_bot/clients/transport.py",
        old="if user else None",
        new="if not user else None",
        tests=("tests/clients/test_network.py::test_each_client_gives_the_proxy_its_password",),
        suffers="Behind the company's proxy nothing reaches Slack.",
    ),
    Mutant(
        id="this-machine-through-a-proxy",
        file="incident_bot/clients/network.py",
        old=('    if is_this_machine(urlsplit(url).hostname or ""):\n        return None\n'),
        new="",
        tests=("tests/clients/test_network.py::test_who_is_excepted_is_reached_without_a_proxy",),
        suffers="Behind a company's proxy the first trial of the bot fails.",
    ),
    Mutant(
        id="bundle-of-requests-ignored",
        file="incident_bot/clients/network.py",
        old='_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")',
        new="_BUNDLES: Final = ()",
        tests=("tests/clients/test_network.py::test_each_client_trusts_whom_the_operator_names",),
        suffers="Slack is not trusted where Statuspage is.",
    ),
    Mutant(
        id="wake-up-raises",
        file="incident_bot/clients/queue.py",
        old="        except RedisError as error:\n            self._broken_until",
        new="        except TimeoutError as error:\n            self._broken_until",
        tests=("tests/journeys/test_slack.py::test_redis_is_not_needed_to_take_an_incident",),
        suffers="Without Redis a declare that was recorded is answered as a bug.",
    ),
    Mutant(
        id="wake-up-without-a-break",
        file="incident_bot/clients/queue.py",
        old="            self._broken_until = time.monotonic() + _BREAK_SECONDS\n",
        new="            self._broken_until = time.monotonic()\n",
        tests=("tests/clients/test_queue.py::test_a_redis_that_failed_is_left_alone_for_a_while",),
        suffers="While Redis hangs each request waits for it.",
    ),
    Mutant(
        id="any-job-is-ours",
        file="incident_bot/clients/queue_jobs.py",
        old="known <= _FIELDS and _call_in(self) == _CALL",
        new="known <= _FIELDS",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Whoever can write to Redis has the worker run what they like.",
    ),
    Mutant(
        id="more-to-our-job",
        file="incident_bot/clients/queue_jobs.py",
        old="known <= _FIELDS and _call_in(self) == _CALL",
        new="_call_in(self) == _CALL",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="A job may come with webhooks and callbacks of somebody else's.",
    ),
    Mutant(
        id="failure-calls-back",
        file="incident_bot/clients/queue_jobs.py",
        old="    @property\n    def failure_callback(self) -> None:\n        return None\n\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="RQ's tidying up runs what somebody wrote into Redis.",
    ),
    Mutant(
        id="orders-heard",
        file="incident_bot/clients/queue.py",
        old='    def subscribe(self) -> None:\n        """Hear no orders."""\n',
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Whoever can write to Redis ends workers.",
    ),
    Mutant(
        id="refused-jobs-uncounted",
        file="incident_bot/clients/queue.py",
        old="        self.on_refused()\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="The alert that somebody writes jobs into Redis never fires.",
    ),
    Mutant(
        id="refused-jobs-pile-up",
        file="incident_bot/clients/queue.py",
        old="        self.connection.lrem(queue.intermediate_queue_key, 1, job_id)\n",
        new="",
        tests=("tests/journeys/test_hostile_queue.py",),
        suffers="Redis fills up with the names of refused jobs.",
    ),
    Mutant(
        id="jobs-not-performed",
        file="incident_bot/clients/queue.py",
        old="            super().execute_job(job, queue)\n",
        new="            job.delete()\n",
        tests=("tests/journeys/test_stock_rq.py",),
        suffers="`rq info` says that nothing was ever done.",
    ),
    Mutant(
        id="wake-up-unheard",
        file="incident_bot/clients/queue.py",
        old="            self.on_wake()  # before",
        new="            pass  # before",
        tests=("tests/clients/test_queue.py",),
        suffers="Everything waits for the next sweep.",
    ),
    Mutant(
        id="soon-is-late-enough",
        file="incident_bot/jobs/dispatcher.py",
        old="return due_in is None or due_in > _SOON_SECONDS",
        new="return due_in != 0.0",
        tests=("tests/journeys/test_stock_rq.py",),
        suffers="Under RQ's own worker what was put off once is left lying.",
    ),
    Mutant(
        id="server-error-is-final",
        file="incident_bot/clients/slack_refusals.py",
        old="return DeliveryError(Reason.VENDOR_FAULT, str(detail), retryable=True, ambiguous=True)",
        new="return DeliveryError(Reason.VENDOR_FAULT, str(detail), ambiguous=True)",
        tests=(_REFUSALS,),
        suffers="A moment's fault of Slack's, and people are never told.",
    ),
    Mutant(
        id="server-error-is-certain",
        file="incident_bot/clients/slack_refusals.py",
        old="return DeliveryError(Reason.VENDOR_FAULT, str(detail), retryable=True, ambiguous=True)",
        new="return DeliveryError(Reason.VENDOR_FAULT, str(detail), retryable=True)",
        tests=(_REFUSALS,),
        suffers="A message that Slack took before it failed comes twice.",
    ),
    Mutant(
        id="garbage-is-certain",
        file="incident_bot/clients/slack_refusals.py",
        old='return DeliveryError(Reason.GARBAGE, f"HTTP {status}", retryable=True, ambiguous=True)',
        new='return DeliveryError(Reason.GARBAGE, f"HTTP {status}", retryable=True)',
        tests=(_REFUSALS,),
        suffers="Behind a proxy that answers for Slack a message comes twice.",
    ),
    Mutant(
        id="rate-limit-without-a-hold",
        file="incident_bot/clients/slack_refusals.py",
        old="        hold=hold,\n",
        new="        hold=None,\n",
        tests=(_REFUSALS,),
        suffers="Every worker goes on calling what Slack asked not to call.",
    ),
    Mutant(
        id="retry-after-unbounded",
        file="incident_bot/clients/transport.py",
        old="return min(max(seconds, 1.0), _MAX_RETRY_AFTER)",
        new="return max(seconds, 1.0)",
        tests=(_TRANSPORT,),
        suffers="A mad header silences the bot for days.",
    ),
    Mutant(
        id="retry-after-nan",
        file="incident_bot/clients/transport.py",
        old="if math.isnan(seconds) or seconds < 0:",
        new="if seconds < 0:",
        tests=(_TRANSPORT,),
        suffers="A mad header breaks the delivery.",
    ),
    Mutant(
        id="header-by-case",
        file="incident_bot/clients/slack_refusals.py",
        old='if name.lower() == "retry-after"), "")',
        new='if name == "Retry-After"), "")',
        tests=(_REFUSALS,),
        suffers="Behind a proxy that writes headers small the bot comes back too early.",
    ),
    Mutant(
        id="body-as-a-code",
        file="incident_bot/clients/slack_refusals.py",
        old='return code if isinstance(code, str) and code.replace("_", "").isalnum() else None',
        new="return code if isinstance(code, str) else None",
        tests=(_REFUSALS,),
        suffers="A proxy's words, with what it was sent, are shown in the channel.",
    ),
    Mutant(
        id="revoked-token-is-a-person",
        file="incident_bot/clients/slack_refusals.py",
        old="        Reason.NOT_AUTHORISED,\n",
        new="        Reason.PERSON,\n",
        tests=(_REFUSALS,),
        suffers="A revoked token is taken for a person who cannot be invited.",
    ),
    Mutant(
        id="page-write-is-certain",
        file="incident_bot/clients/statuspage.py",
        old='        writes = verb != "GET"\n',
        new="        writes = False\n",
        tests=(f"{_CONTRACT}::test_each_answer_means_the_same_to_every_client",),
        suffers="An incident that the page took before it failed is published twice.",
    ),
    Mutant(
        id="page-error-shows-the-key",
        file="incident_bot/clients/statuspage.py",
        old='sentence = _sentence(said).replace(self._key.reveal(), "***")[:200]',
        new="sentence = _sentence(said)[:200]",
        tests=(f"{_PAGE}::test_a_page_that_echoes_the_key_does_not_make_it_public",),
        suffers="A proxy that echoes what it was sent makes the key public.",
    ),
    Mutant(
        id="page-420-is-a-refusal",
        file="incident_bot/clients/statuspage.py",
        old="        if status in (420, 429):\n",
        new="        if status == 429:\n",
        tests=(_PAGE,),
        suffers="Statuspage's own rate limit is taken for a refusal, and the page stays wrong.",
    ),
    Mutant(
        id="refused-key-is-final",
        file="incident_bot/clients/statuspage.py",
        old="""\
                detail,
                retryable=True,
                retry_after=_REFUSED_KEY_SECONDS,
""",
        new="""\
                detail,
                retry_after=_REFUSED_KEY_SECONDS,
""",
        tests=(_PAGE,),
        suffers="After the key was corrected the status page stays as it was.",
    ),
    Mutant(
        id="page-follows-redirects",
        file="incident_bot/clients/statuspage.py",
        old="                    allow_redirects=False,\n",
        new="                    allow_redirects=True,\n",
        tests=(_CONTRACT,),
        suffers="A redirect sends a write, or the key, to somebody else.",
    ),
    Mutant(
        id="page-id-as-a-path",
        file="incident_bot/clients/statuspage.py",
        old='return quote(value, safe="")',
        new="return quote(value)",
        tests=(f"{_PAGE}::test_an_id_cannot_lead_anywhere_else",),
        suffers="A mistyped id changes something else of the page.",
    ),
    Mutant(
        id="page-groups-are-components",
        file="incident_bot/clients/statuspage.py",
        old='            if each["id"] not in groups\n',
        new="",
        tests=(
            f"{_PAGE}::test_every_page_of_components_is_read_and_a_group_is_only_the_name_of_one",
        ),
        suffers="A service can be mapped to a group, which has no status.",
    ),
    Mutant(
        id="page-first-hundred",
        file="incident_bot/clients/statuspage.py",
        old="            if len(listed) < _PER_PAGE:\n",
        new="            if len(listed) <= _PER_PAGE:\n",
        tests=(
            f"{_PAGE}::test_every_page_of_components_is_read_and_a_group_is_only_the_name_of_one",
        ),
        suffers="A page's 101st component does not exist for the bot.",
    ),
    Mutant(
        id="page-update-unnumbered",
        file="incident_bot/clients/statuspage.py",
        old='ours = {"key": key} if update is None else {"key": key, "update": update}',
        new='ours = {"key": key}',
        tests=(f"{_PAGE}::test_an_update_carries_the_key_of_its_incident_and_its_own_number",),
        suffers="After a lost answer customers read an update twice.",
    ),
    Mutant(
        id="page-incident-notifies-by-default",
        file="incident_bot/clients/statuspage.py",
        old='            "deliver_notifications": new.notify,\n',
        new="",
        tests=(f"{_PAGE}::test_a_published_incident_says_all_of_it_and_carries_its_key",),
        suffers="Statuspage's default counts: thousands get an e-mail that nobody chose to send.",
    ),
    Mutant(
        id="page-update-notifies-by-default",
        file="incident_bot/clients/statuspage.py",
        old='            "deliver_notifications": update.notify,\n',
        new="",
        tests=(f"{_PAGE}::test_an_update_carries_the_key_of_its_incident_and_its_own_number",),
        suffers="Subscribers get each update by e-mail though the commander chose not to.",
    ),
    Mutant(
        id="page-hold-ignored",
        file="incident_bot/clients/statuspage.py",
        old="        if HOLD in self._holds:\n",
        new="        if HOLD in self._holds and body is None:\n",
        tests=(f"{_PAGE}::test_under_a_hold_nothing_is_sent",),
        suffers="The page is written to although it asked for silence.",
    ),
    Mutant(
        id="page-body-of-any-size",
        file="incident_bot/clients/statuspage.py",
        old="""\
        if len(body) > _MAX_BODY_BYTES:
            raise requests.exceptions.ContentDecodingError("too long")
""",
        new="",
        tests=(_PAGE,),
        suffers="An answer without an end fills the worker's memory.",
    ),
    Mutant(
        id="hold-of-slack-ignored",
        file="incident_bot/clients/slack_api.py",
        old="        self._check_holds(method, hold)\n",
        new="        self._check_holds(method)\n",
        tests=(f"{_SLACK}::test_a_call_under_a_hold_is_not_sent",),
        suffers="The bot goes on calling what Slack asked not to call.",
    ),
    Mutant(
        id="hold-of-every-channel",
        file="incident_bot/clients/slack_api.py",
        old='hold = f"{method}:{within}" if within else method',
        new="hold = method",
        tests=(
            "tests/chaos/test_storm.py::test_nothing_goes_to_a_limited_channel_before_slack_lets_it",
            "tests/chaos/test_rate_limits.py",
        ),
        suffers="One busy channel silences all others.",
    ),
    Mutant(
        id="channel-of-anybody",
        file="incident_bot/clients/slack.py",
        old="            if is_new and listed.creator == self.own_user_id():\n",
        new="            if is_new:\n",
        tests=("tests/clients/test_slack.py::test_a_channel_of_somebody_else_is_not_ours",),
        suffers="An incident takes somebody's channel for its own.",
    ),
    Mutant(
        id="channel-of-old",
        file="incident_bot/clients/slack.py",
        old="is_new = listed.name in names and listed.created >= oldest",
        new="is_new = listed.name in names",
        tests=("tests/clients/test_slack.py::test_a_channel_of_ours_is_found_if_it_was_made_then",),
        suffers="An incident takes the channel of an old one for its own.",
    ),
    Mutant(
        id="first-page-of-people",
        file="incident_bot/clients/slack.py",
        old="""\
        yield from slack_search.pages(self._api, "users.list", _people, request, "people", bookmark)
""",
        new="""\
        yield next(
            slack_search.pages(self._api, "users.list", _people, request, "people", bookmark)
        )
""",
        tests=("tests/clients/test_slack.py::test_everybody_is_read_however_many_pages_they_fill",),
        suffers="In a workspace of more than 1,000 most people are unknown.",
    ),
    Mutant(
        id="first-page-of-messages",
        file="incident_bot/clients/slack_search.py",
        old="""\
_messages, request, look, bookmark):
        yield from page
""",
        new="""\
_messages, request, look, bookmark):
        yield from page
        return
""",
        tests=("tests/clients/test_slack.py::test_an_old_message_is_found_behind_many_newer_ones",),
        suffers="In a busy channel a message that arrived is posted again.",
    ),
    Mutant(
        id="bookmark-not-moved",
        file="incident_bot/clients/slack_search.py",
        old="""\
        yield page
        bookmark.move(look, cursor)
""",
        new="        yield page\n",
        tests=(
            "tests/chaos/test_large_workspace.py::test_a_look_goes_on_where_a_stopped_worker_left_it",
            "tests/chaos/test_large_workspace.py::test_a_look_that_slack_interrupts_goes_on_from_there",
        ),
        suffers="A look through a large workspace begins anew at each attempt and never ends.",
    ),
    Mutant(
        id="old-cursor-is-final",
        file="incident_bot/clients/slack_search.py",
        old="""\
            if not cursor or error.detail != _INVALID_CURSOR:
                raise
""",
        new="""\
            if not cursor or error.detail:
                raise
""",
        tests=(
            "tests/chaos/test_large_workspace.py::test_a_cursor_that_is_too_old_begins_the_look_anew",
        ),
        suffers="After a pause a delivery dies of a page that Slack has forgotten.",
    ),
    Mutant(
        id="token-held-for-nobody",
        file="incident_bot/clients/slack_api.py",
        old="if seconds := self._holds.get(TOKEN_HOLD):",
        new="if seconds := 0.0:",
        tests=(
            f"{_SLACK}::test_a_held_token_is_sent_with_no_call",
            "tests/chaos/test_permanents.py::"
            "test_while_a_token_is_refused_it_is_not_sent_for_every_delivery",
        ),
        suffers="A refused token is tried with every message that waits.",
    ),
    Mutant(
        id="token-charged-to-deliveries",
        file="incident_bot/clients/slack_refusals.py",
        old="    if code in _TOKEN:\n",
        new='    if code == "":\n',
        tests=(f"{_REFUSALS}::test_a_token_that_is_refused_holds_every_call_for_a_moment",),
        suffers="A token that is replaced kills the messages of those minutes.",
    ),
    Mutant(
        id="acts-without-joining",
        file="incident_bot/clients/slack_api.py",
        old="            self._join(_channel_of(json or form or {}), error)\n",
        new="",
        tests=(f"{_SLACK}::test_where_the_bot_was_removed_it_joins_and_goes_on",),
        suffers="Whoever removes the bot from a channel freezes its topic and keeps people out.",
    ),
    Mutant(
        id="joins-for-anything",
        file="incident_bot/clients/slack_api.py",
        old="            if error.reason is not Reason.NOT_IN_CHANNEL:\n",
        new="            if error.reason is Reason.RATE_LIMITED:\n",
        tests=(f"{_SLACK}::test_any_other_refusal_is_no_reason_to_join",),
        suffers="The bot joins channels for no reason.",
    ),
    Mutant(
        id="one-bad-person-sinks-all",
        file="incident_bot/clients/slack.py",
        old="batches = [others] if known else [[user] for user in others]",
        new="batches = [others] if known else []",
        tests=(
            "tests/journeys/test_declare_refused.py::"
            "test_a_slack_that_refuses_the_whole_invitation_is_asked_one_by_one",
        ),
        suffers="One owner who left keeps all others out of the channel.",
    ),
    Mutant(
        id="all-invited-in-one-call",
        file="incident_bot/clients/slack.py",
        old="_MOST_INVITED: Final = 100 ",
        new="_MOST_INVITED: Final = 1000 ",
        tests=(f"{_SLACK}::test_more_people_than_a_call_takes_are_all_invited",),
        suffers="Of a service with more than 100 owners nobody is invited, nor the commander.",
    ),
    Mutant(
        id="refused-asked-one-by-one",
        file="incident_bot/clients/slack_refusals.py",
        old="return DeliveryError(reason, code, refused=people)",
        new="return DeliveryError(reason, code)",
        tests=(f"{_SLACK}::test_an_invitation_that_is_repeated_asks_no_more_often",),
        suffers="A large invitation that was interrupted runs into Slack's limit each time.",
    ),
    Mutant(
        id="posted-without-a-key",
        file="incident_bot/clients/slack.py",
        old='"metadata": {"event_type": METADATA_EVENT, "event_payload": {"key": key}},',
        new='"metadata": {"event_type": METADATA_EVENT, "event_payload": {}},',
        tests=(f"{_SLACK}::test_a_message_is_found_by_its_key",),
        suffers="After each lost answer a message comes twice.",
    ),
    Mutant(
        id="links-unfurled",
        file="incident_bot/clients/slack.py",
        old='                "unfurl_links": False,\n',
        new='                "unfurl_links": True,\n',
        tests=("tests/clients/test_slack.py::test_no_link_in_a_message_is_unfurled",),
        suffers="A link in a title fills the channel with somebody's page.",
    ),
    Mutant(
        id="pinned-is-a-failure",
        file="incident_bot/clients/slack.py",
        old="            if error.detail != _PINNED:\n                raise\n",
        new="            raise\n",
        tests=("tests/clients/test_slack.py::test_a_message_that_is_pinned_already_stays_so",),
        suffers="After a lost answer the channel reads that the pin did not arrive.",
    ),
    Mutant(
        id="deactivated-unseen",
        file="incident_bot/clients/slack.py",
        old='is_deactivated=bool(member.get("deleted")),',
        new="is_deactivated=False,",
        tests=("tests/commands/test_commander.py::test_somebody_who_leaves_is_known_to_have_left",),
        suffers="Somebody who left is made commander.",
    ),
    Mutant(
        id="form-without-a-limit",
        file="incident_bot/clients/slack_api.py",
        old="web = self._trigger_web if uses_trigger else self._web",
        new="web = self._web",
        tests=(
            "tests/chaos/test_request_faults.py::test_a_form_that_slack_opens_too_slowly_becomes_a_sentence_in_time",
        ),
        suffers="When Slack is slow a person reads Slack's own failure instead of what to type.",
    ),
    Mutant(
        id="failures-are-certain",
        file="incident_bot/clients/transport.py",
        old="        ambiguous=writes and not was_never_sent,\n",
        new="        ambiguous=False,\n",
        tests=(
            "tests/chaos/test_ambiguous.py::test_what_slack_took_without_saying_so_is_said_once",
        ),
        suffers="After each lost answer a message comes twice.",
    ),
    Mutant(
        id="sdk-repeats",
        file="incident_bot/clients/transport.py",
        old="super().__init__(retry_handlers=[], **options)",
        new="super().__init__(**options)",
        tests=("tests/clients/test_sent_once.py",),
        suffers="A message comes twice, or Slack is asked again during its rate limit.",
    ),
    Mutant(
        id="slack-follows-redirects",
        file="incident_bot/clients/transport.py",
        old="            redirect=False,\n",
        new="                retries=3,\n",
        tests=(f"{_TRANSPORT}::test_a_redirect_is_an_answer_and_not_followed",),
        suffers="A response_url leads the bot to servers inside its own network.",
    ),
    Mutant(
        id="no-deadline",
        file="incident_bot/clients/deadlines.py",
        old="    _watchman.watch(watch)\n",
        new="",
        tests=(f"{_TRANSPORT}::test_an_exchange_ends_by_its_deadline",),
        suffers="A server that sends a byte a second keeps a thread for ever.",
    ),
    Mutant(
        id="short-deadline-behind-a-long-one",
        file="incident_bot/clients/deadlines.py",
        old="            elif watch.until < self._looks_at:\n                self._changed.notify()\n",
        new="",
        tests=(f"{_DEADLINES}::test_a_short_deadline_is_met_though_a_longer_one_is_watched",),
        suffers="A form is answered seconds late, since Slack was slow to open another.",
    ),
    Mutant(
        id="watched-when-over",
        file="incident_bot/clients/deadlines.py",
        old="            self._watched.discard(watch)\n\n",
        new="            pass\n\n",
        tests=(f"{_DEADLINES}::test_a_connection_is_left_alone_once_its_exchange_is_over",),
        suffers="A kept connection breaks under whoever uses it next, and their message is in doubt.",
    ),
    Mutant(
        id="watchman-ends-for-ever",
        file="incident_bot/clients/deadlines.py",
        old="if self._thread is None or not self._thread.is_alive():",
        new="if self._thread is None:",
        tests=(f"{_DEADLINES}::test_deadlines_are_kept_though_one_could_not_be",),
        suffers="After one odd connection no call of a vendor has a deadline any more.",
    ),
    Mutant(
        id="forked-without-a-watchman",
        file="incident_bot/clients/deadlines.py",
        old="os.register_at_fork(after_in_child=_watchman.reset)\n",
        new="",
        tests=(f"{_DEADLINES}::test_a_child_keeps_its_deadlines_too",),
        suffers="A forked process may wait for ever for a lock that nobody holds.",
    ),
    Mutant(
        id="kept-connections-unwatched",
        file="incident_bot/clients/deadlines.py",
        old="""\
        _of_this_thread.watch.sock = self.sock
        _of_this_thread.watch.check()
        super().send(""",
        new="""\
        _of_this_thread.watch.check()
        super().send(""",
        tests=("tests/clients/test_transport.py::test_a_kept_connection_ends_by_the_deadline_too",),
        suffers="A connection that was kept and hangs keeps a thread for ever.",
    ),
    Mutant(
        id="socket-unfenced",
        file="incident_bot/clients/deadlines.py",
        old="        _of_this_thread.watch.check()\n        super().send(",
        new="        super().send(",
        tests=(
            "tests/clients/test_transport.py"
            "::test_a_pause_within_a_request_leaves_it_without_its_end",
        ),
        suffers="A machine that sleeps amid a request posts a second time when it wakes.",
    ),
    Mutant(
        id="sent-after-a-pause",
        file="incident_bot/clients/deadlines.py",
        old="        if clock() >= self.until:\n",
        new="        if clock() >= self.until and self.is_over and self.was_paused:\n",
        tests=(
            "tests/clients/test_transport.py::test_nothing_is_sent_after_a_pause_that_was_longer_than_the_deadline",
        ),
        suffers="A machine that slept sends what another worker has sent meanwhile.",
    ),
    Mutant(
        id="slack-without-a-check",
        file="incident_bot/clients/transport.py",
        old="""\
        check_call()
        return super().api_call(api_method, **options)
""",
        new="        return super().api_call(api_method, **options)\n",
        tests=("tests/jobs/test_lease.py::test_no_call_of_slack_begins_without_the_lease",),
        suffers="A slow worker posts what another has posted meanwhile.",
    ),
    Mutant(
        id="page-without-a-check",
        file="incident_bot/clients/statuspage.py",
        old="        check_call()\n",
        new="",
        tests=(
            "tests/jobs/test_lease.py::test_no_call_of_the_status_page_begins_without_the_lease",
        ),
        suffers="A slow worker writes an older status over a newer one.",
    ),
    Mutant(
        id="upload-without-a-check",
        file="incident_bot/clients/slack_api.py",
        old="""\
        check_call()
        with logged_call(log, "slack", hold) as line, _translated(hold):
""",
        new='        with logged_call(log, "slack", hold) as line, _translated(hold):\n',
        tests=("tests/jobs/test_lease.py::test_every_step_of_an_upload_is_checked_and_bounded",),
        suffers="A slow worker uploads a file that another has uploaded meanwhile.",
    ),
    Mutant(
        id="clock-that-sleeps",
        file="incident_bot/clients/deadlines.py",
        old='_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)\n',
        new="_BOOT_CLOCK: Final = time.CLOCK_MONOTONIC\n",
        tests=("tests/jobs/test_lease.py",),
        suffers="A laptop that slept sends what another worker has sent meanwhile.",
        explained="Only a machine that sleeps tells the two clocks apart, and a test cannot put one to sleep.",
    ),
    Mutant(
        id="a-connection-each-time",
        file="incident_bot/clients/transport.py",
        old="                answer.release_conn()\n",
        new="                answer.close()\n",
        tests=(f"{_TRANSPORT}::test_a_connection_is_kept_for_the_next_exchange",),
        suffers="Each message costs a new connection to Slack, a tenth of a second.",
        explained="An answer that was read to its end has given its connection back already; this is for one that was longer than we read.",
    ),
    Mutant(
        id="answer-of-any-json",
        file="incident_bot/clients/transport.py",
        old='return text if isinstance(found, dict) else ""',
        new="return text",
        tests=(_CONTRACT,),
        suffers="An answer of some other server's is taken for a fault of the bot, and not looked for.",
    ),
    Mutant(
        id="shape-unchecked",
        file="incident_bot/clients/slack_api.py",
        old="    except (LookupError, TypeError, AttributeError):\n",
        new="    except TypeError:\n",
        tests=(_CONTRACT,),
        suffers="A message that was taken is posted again, for its answer lacked a field.",
    ),
    Mutant(
        id="refused-connection-is-a-timeout",
        file="incident_bot/clients/transport.py",
        old=" and not isinstance(\n        error, urllib3.exceptions.NewConnectionError\n    )",
        new="",
        tests=(_UNSENT,),
        suffers="An operator looks for a slow Slack where a firewall refuses it.",
    ),
    Mutant(
        id="untrusted-server-is-ambiguous",
        file="incident_bot/clients/transport.py",
        old="    ValueError,  # a certificate that is not trusted, a header that cannot carry the key\n",
        new="",
        tests=(_UNSENT,),
        suffers="While a proxy shows a wrong certificate Statuspage is left alone for nothing.",
    ),
    Mutant(
        id="reads-are-ambiguous",
        file="incident_bot/clients/transport.py",
        old="ambiguous=writes and not was_never_sent",
        new="ambiguous=not was_never_sent",
        tests=(_CONTRACT,),
        suffers="After each lost answer to a mere look Statuspage is left alone until it settled.",
    ),
    Mutant(
        id="calls-without-a-code",
        file="incident_bot/clients/transport.py",
        old='        line["code"], counted = error.detail, error.reason\n',
        new="        counted = error.reason\n",
        tests=(_LOGGED,),
        suffers="At LOG_LEVEL=DEBUG a refused call looks like one that went well.",
    ),
    Mutant(
        id="secret-address-in-the-log",
        file="incident_bot/clients/slack_api.py",
        old='logged_call(log, "slack", hold) as line',
        new='logged_call(log, "slack", url) as line',
        tests=(_LOGGED,),
        suffers="At LOG_LEVEL=DEBUG whoever reads the log can answer in the bot's name.",
    ),
    Mutant(
        id="statuspage-calls-unlogged",
        file="incident_bot/clients/statuspage.py",
        old='            line["code"] = f"HTTP {status}"\n',
        new="",
        tests=(_LOGGED,),
        suffers="At LOG_LEVEL=DEBUG what Statuspage refuses looks like what it took.",
    ),
    Mutant(
        id="redis-refuses-without-a-word",
        file="incident_bot/clients/queue.py",
        old="    return found[0] if found else None\n",
        new="    return None\n",
        tests=(f"{_QUEUE}::test_a_redis_that_refuses_is_named_by_its_first_word_alone",),
        suffers="The log does not say whether the password of Redis is wrong or Redis is down.",
    ),
    Mutant(
        id="redis-refuses-in-full",
        file="incident_bot/clients/queue.py",
        old="    return found[0] if found else None\n",
        new="    return said or None\n",
        tests=(f"{_QUEUE}::test_a_redis_that_refuses_is_named_by_its_first_word_alone",),
        suffers="What a server says, whatever it is, stands in the log.",
    ),
    Mutant(
        id="rq-code-unread",
        file="incident_bot/clients/queue.py",
        old='    said = getattr(error, "status_code", None)\n',
        new="    said = None\n",
        tests=(f"{_PROGRAMS}::test_the_word_with_which_redis_refuses_is_in_the_log",),
        suffers="A wrong password of Redis looks like any failure.",
    ),
    Mutant(
        id="end-logged-as-a-failure",
        file="incident_bot/clients/queue.py",
        old="        if not self.is_performing:  # RQ would",
        new="        if True:  # RQ would",
        tests=(
            "tests/journeys/test_processes.py::test_a_worker_that_is_told_to_end_while_a_job_is_performed_logs_no_error",
        ),
        suffers="A restart pages the operator with a traceback now and then.",
    ),
    Mutant(
        id="gap-at-a-refresh",
        file="incident_bot/clients/socket_mode.py",
        old='            self.reason, self.was_told = str(message.get("reason", "")), True\n',
        new="            self.was_told = True\n            self.close()\n",
        tests=("tests/clients/test_socket_mode.py",),
        suffers="Every few hours a command fails, since the old connection is closed at once.",
    ),
    Mutant(
        id="silent-connection-kept",
        file="incident_bot/clients/websocket.py",
        old='        if now - self._heard_at > self._silent_seconds:\n            return "silent"\n',
        new="",
        tests=("tests/clients/test_socket_mode.py", "tests/clients/test_websocket.py"),
        suffers="A network that drops connections in silence makes the bot deaf for hours.",
    ),
    Mutant(
        id="over-read-handshake",
        file="incident_bot/clients/websocket.py",
        old='        self.fp = sock.makefile("rb", buffering=0)\n',
        new='        self.fp = sock.makefile("rb")\n',
        tests=("tests/clients/test_websocket.py",),
        suffers="The first request after a connection is lost, where it comes with the handshake.",
    ),
)
