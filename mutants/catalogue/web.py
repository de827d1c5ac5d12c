"""Faults in health, metrics and what else is served beside Slack's requests."""

from mutants import Mutant

_LINE = "tests/web/slack/test_request_line.py"
_HEALTH = "tests/web/test_health.py"
_METRICS = "tests/web/test_metrics.py"
_COUNTED = "tests/journeys/test_counted.py"
_OPERATIONS = "tests/journeys/test_operations.py"

MUTANTS = (
    Mutant(
        id="ready-without-tables",
        file="incident_bot/web/health.py",
        old="        if missing:\n",
        new="        if not missing and not writable:\n",
        tests=(_HEALTH,),
        suffers="A new version takes traffic before its tables are there.",
    ),
    Mutant(
        id="no-worker-unsaid",
        file="incident_bot/store/leases.py",
        old="                then 'NO_WORKER'\n",
        new="                then null\n",
        tests=(
            "tests/web/test_health.py::test_without_a_worker_it_is_ready_and_says_so",
            f"{_OPERATIONS}::test_an_answer_says_when_no_worker_runs",
        ),
        suffers="A bot without any worker looks healthy and promises what it cannot keep.",
    ),
    Mutant(
        id="ready-when-read-only",
        file="incident_bot/web/health.py",
        old=(
            "        if not writable:\n"
            '            return unavailable("the database is read-only")\n'
        ),
        new="",
        tests=(_HEALTH,),
        suffers="After a failover traffic goes to a process that can record nothing.",
    ),
    Mutant(
        id="health-tells-the-error",
        file="incident_bot/web/health.py",
        old="    return _text(sentence, HTTPStatus.SERVICE_UNAVAILABLE)\n",
        new='    return _text(f"{sentence}: {error}", HTTPStatus.SERVICE_UNAVAILABLE)\n',
        tests=(_HEALTH,),
        suffers="Anybody reads where the database is.",
    ),
    Mutant(
        id="metrics-for-anybody",
        file="incident_bot/web/metrics.py",
        old='return hmac.compare_digest(given.encode(), f"Bearer {token.reveal()}".encode())',
        new="return bool(given)",
        tests=(f"{_OPERATIONS}::test_metrics_want_the_token_when_there_is_one",),
        suffers="Any bearer token opens the metrics.",
    ),
    Mutant(
        id="metrics-from-outside",
        file="incident_bot/web/metrics.py",
        old="    return (mapped or caller).is_loopback\n",
        new="    return (mapped or caller).is_private\n",
        tests=(f"{_METRICS}::test_without_a_token_only_the_machine_itself_is_answered",),
        suffers="Whoever reaches the port reads the metrics, where nobody set a token.",
    ),
    Mutant(
        id="metrics-without-dead",
        file="incident_bot/web/metrics.py",
        old='yield "outbox_dead", label, backlog.dead if backlog else 0',
        new='yield "outbox_dead", label, 0',
        tests=(f"{_OPERATIONS}::test_what_does_not_arrive_is_a_red_line_in_the_channel",),
        suffers="The alert for messages that were given up never comes.",
    ),
    Mutant(
        id="metrics-without-a-pulse",
        file="incident_bot/web/metrics.py",
        old='yield name, {"queue": beat_of.value}, at.timestamp()',
        new='yield name, {"queue": beat_of.value}, 0',
        tests=("tests/jobs/test_dispatcher.py::test_a_dispatcher_shows_that_it_is_alive",),
        suffers="The alert for a dead worker always fires, or never.",
    ),
    Mutant(
        id="metrics-gone-with-the-database",
        file="incident_bot/web/metrics.py",
        old="        except self._database.faults:\n",
        new="        except KeyError:\n",
        tests=(f"{_METRICS}::test_without_the_database_it_says_so_and_shows_what_was_counted",),
        suffers="While the database is away the web process looks dead, and alerts resolve themselves.",
    ),
    Mutant(
        id="series-for-each-url",
        file="incident_bot/web/metrics.py",
        old='request.url_rule.rule if request.url_rule else "unmatched"',
        new="request.path",
        tests=(f"{_METRICS}::test_a_scan_for_urls_and_strange_methods_makes_no_series_of_its_own",),
        suffers="Whoever scans for URLs fills Prometheus, and the disk of the bot.",
    ),
    Mutant(
        id="counts-of-one-process",
        file="incident_bot/metrics.py",
        old="return _own if _folder is None else _Together(_folder)",
        new="return _own",
        tests=(f"{_COUNTED}::test_every_process_of_the_web_tells_the_same",),
        suffers="Each scrape shows the counts of whichever process answers it.",
    ),
    Mutant(
        id="counts-start-anew",
        file="incident_bot/metrics.py",
        old="self._pid, self._place = os.getpid(), self._take_free()",
        new="self._pid = self._place = os.getpid()",
        tests=(
            "tests/test_metrics.py::test_what_a_killed_process_counted_stays_and_its_file_is_used_again",
        ),
        suffers="Each process that ends leaves a file behind, until a scrape takes longer than it may.",
    ),
    Mutant(
        id="metrics-port-ends-the-worker",
        file="incident_bot/web/metrics_server.py",
        old="        except OSError as error:\n",
        new="        except KeyError as error:\n",
        tests=(f"{_COUNTED}::test_a_port_that_is_taken_keeps_no_message_back",),
        suffers="A second worker on the machine, or anything on that port, keeps every message back.",
    ),
    Mutant(
        id="event-scopes-not-asked-for",
        file="incident_bot/doctor/scopes.py",
        old="union(*SCOPES.values(), *of_events, *of_features)",
        new="union(*SCOPES.values(), *of_features)",
        tests=(
            "tests/events/test_events.py::test_a_new_event_is_heard_and_asked_for_in_the_manifest",
        ),
        suffers="Slack refuses the manifest of an app that listens for what it may not see.",
    ),
    Mutant(
        id="member-id-of-any-length",
        file="incident_bot/events/_member.py",
        old="if not isinstance(user_id, str) or len(sanitize(user_id)) > _MAX_ID:",
        new="if not isinstance(user_id, str):",
        tests=("tests/events/test_member.py::test_an_id_that_no_index_can_hold_is_malformed",),
        suffers="A long id is a bug of ours, again each time Slack repeats the event.",
    ),
    Mutant(
        id="line-of-the-last-incident",
        file="incident_bot/app.py",
        old="    logs.incident.set(None)  # this thread's last request may have been about one\n",
        new="",
        tests=(f"{_LINE}::test_a_line_about_no_incident_does_not_name_that_of_the_last_request",),
        suffers="The log blames an incident for what was asked elsewhere.",
    ),
    Mutant(
        id="line-without-the-incident",
        file="incident_bot/commands/runner.py",
        old="        logs.incident.set(incident.ref)\n",
        new="        pass\n",
        tests=(_LINE,),
        suffers="The log does not say which incident was resolved.",
    ),
    Mutant(
        id="declared-without-the-incident",
        file="incident_bot/commands/declare.py",
        old="        ref=declared.incident.ref,\n",
        new="",
        tests=(f"{_LINE}::test_a_declare_is_one_line_that_names_the_incident",),
        suffers="The log does not say which incident was declared.",
    ),
)
