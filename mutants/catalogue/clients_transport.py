"""Faults beneath the clients: deadlines, connections, proxies, WebSockets."""

from mutants import Mutant

_CONTRACT = "tests/clients/test_contract.py"
_UNSENT = "tests/clients/test_contract_unsent.py"
_DEADLINES = "tests/clients/test_deadlines.py"
_TRANSPORT = "tests/clients/test_transport.py"
_LOGGED = "tests/clients/test_logged_calls.py"

MUTANTS = (
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
