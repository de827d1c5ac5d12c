"""Faults in Slack's client: calls, refusals and their scopes, what is searched."""

from mutants import Mutant

_REFUSALS = "tests/clients/test_slack_refusals.py"
_SLACK = "tests/clients/test_slack.py"
_CONTRACT = "tests/clients/test_contract.py"
_LOGGED = "tests/clients/test_logged_calls.py"

MUTANTS = (
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
        yield from slack_search.pages(self._api, "users.list", listed, request, "people", bookmark)
""",
        new="""\
        yield next(
            slack_search.pages(self._api, "users.list", listed, request, "people", bookmark)
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
        file="incident_bot/clients/slack_people.py",
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
        id="shape-unchecked",
        file="incident_bot/clients/slack_api.py",
        old="    except (LookupError, TypeError, AttributeError):\n",
        new="    except TypeError:\n",
        tests=(_CONTRACT,),
        suffers="A message that was taken is posted again, for its answer lacked a field.",
    ),
    Mutant(
        id="secret-address-in-the-log",
        file="incident_bot/clients/slack_api.py",
        old='logged_call(log, "slack", hold) as line',
        new='logged_call(log, "slack", url) as line',
        tests=(_LOGGED,),
        suffers="At LOG_LEVEL=DEBUG whoever reads the log can answer in the bot's name.",
    ),
)
