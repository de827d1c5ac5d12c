"""Faults in the rules: states, permissions, routing, names, what a page should show."""

from mutants import Mutant

_INCIDENTS = "tests/domain/test_incidents.py"
_ROUTING = "tests/workflow/test_notifications.py"
_PAGE = "tests/domain/test_statuspage.py"
_TOLD = "tests/journeys/test_who_is_told.py"
_WORKSPACE = "tests/domain/test_workspace.py"

MUTANTS = (
    Mutant(
        id="worse-is-better",
        file="incident_bot/domain/incidents.py",
        old="return self.urgency < other.urgency",
        new="return self.urgency > other.urgency",
        tests=(f"{_INCIDENTS}::test_p1_is_the_worst",),
        suffers="A rise to P1 is told as a fall, and nobody new hears of it.",
    ),
    Mutant(
        id="monitoring-is-not-left",
        file="incident_bot/domain/incidents.py",
        old="Status.MONITORING: (_WORKING - {Status.MONITORING}) | {Status.RESOLVED}",
        new="Status.MONITORING: frozenset({Status.RESOLVED})",
        tests=(_INCIDENTS,),
        suffers="A fix that did not hold cannot be taken back to investigating.",
    ),
    Mutant(
        id="reopened-as-monitoring",
        file="incident_bot/domain/incidents.py",
        old="Status.RESOLVED: frozenset({Status.INVESTIGATING})",
        new="Status.RESOLVED: frozenset({Status.INVESTIGATING, Status.MONITORING})",
        tests=(_INCIDENTS,),
        suffers="An incident that is over can be moved on without being reopened.",
    ),
    Mutant(
        id="acknowledged-each-time",
        file="incident_bot/domain/incidents.py",
        old="acknowledged_at=self.acknowledged_at or now",
        new="acknowledged_at=now",
        tests=(f"{_INCIDENTS}::test_it_is_acknowledged_once",),
        suffers="The time to acknowledge in the postmortem is that of the last change.",
    ),
    Mutant(
        id="mitigated-each-time",
        file="incident_bot/domain/incidents.py",
        old="return self.mitigated_at or now",
        new="return now",
        tests=(_INCIDENTS,),
        suffers="The time to mitigate grows each time that monitoring begins again.",
    ),
    Mutant(
        id="mitigated-after-reopen",
        file="incident_bot/domain/incidents.py",
        old="return None if self.status is Status.RESOLVED else self.mitigated_at",
        new="return self.mitigated_at",
        tests=(_INCIDENTS,),
        suffers="A reopened incident still counts as mitigated.",
    ),
    Mutant(
        id="resolved-at-kept",
        file="incident_bot/domain/incidents.py",
        old="resolved_at=now if status is Status.RESOLVED else None",
        new="resolved_at=now if status is Status.RESOLVED else self.resolved_at",
        tests=(_INCIDENTS,),
        suffers="An incident cannot be reopened: the database refuses it.",
    ),
    Mutant(
        id="next-update-kept",
        file="incident_bot/domain/incidents.py",
        old="next_update_at=None if status is Status.RESOLVED else self.next_update_at",
        new="next_update_at=self.next_update_at",
        tests=(
            "tests/commands/test_reopen.py::test_no_update_is_promised_from_before_it_was_resolved",
        ),
        suffers="After a reopen the card promises an update at a time long past.",
    ),
    Mutant(
        id="severity-of-the-resolved",
        file="incident_bot/domain/incidents.py",
        old="""\
        self.require_open()
        if severity is self.severity:
""",
        new="""\
        if severity is self.severity:
""",
        tests=("tests/commands/test_severity.py::test_a_resolved_incident_keeps_its_severity",),
        suffers="The severity of what is over can be changed, and everybody is told.",
    ),
    Mutant(
        id="command-of-the-resolved",
        file="incident_bot/domain/incidents.py",
        old="        if user_id == self.commander_user_id:\n",
        new="        self.require_open()\n        if user_id == self.commander_user_id:\n",
        tests=(
            "tests/journeys/test_advice.py::test_nobody_is_stranded_when_the_commander_went_to_bed",
        ),
        suffers="Nobody can reopen what a commander resolved who went to bed.",
    ),
    Mutant(
        id="title-one-too-long",
        file="incident_bot/domain/incidents.py",
        old="if len(title) > MAX_TITLE:",
        new="if len(title) > MAX_TITLE + 1:",
        tests=(_INCIDENTS,),
        suffers="A title of 101 characters is a bug of ours instead of a sentence.",
    ),
    Mutant(
        id="service-by-case",
        file="incident_bot/domain/incidents.py",
        old="return sanitize(text).casefold()",
        new="return sanitize(text)",
        tests=(f"{_INCIDENTS}::test_of_services_that_are_alike_none_is_guessed",),
        suffers="Of two services that differ in case alone the wrong one is taken.",
    ),
    Mutant(
        id="anyone-resolves",
        file="incident_bot/domain/permissions.py",
        old="Action.RESOLVE: _COMMANDER",
        new="Action.RESOLVE: _EVERYBODY",
        tests=(
            "tests/commands/test_resolved.py::test_an_outsider_is_told_who_can_by_word_and_by_button",
        ),
        suffers="Anybody in the channel ends somebody else's incident.",
    ),
    Mutant(
        id="anyone-writes-the-postmortem",
        file="incident_bot/domain/permissions.py",
        old="Action.POSTMORTEM: _MEMBERS",
        new="Action.POSTMORTEM: _EVERYBODY",
        tests=("tests/domain/test_permissions.py",),
        suffers="A guest has the whole record posted as a file.",
    ),
    Mutant(
        id="anyone-publishes",
        file="incident_bot/domain/permissions.py",
        old="Action.PUBLISH: _COMMANDER",
        new="Action.PUBLISH: _EVERYBODY",
        tests=("tests/journeys/test_statuspage.py::test_publishing_is_the_commanders",),
        suffers="Anybody tells customers of an incident.",
    ),
    Mutant(
        id="claim-is-the-commanders",
        file="incident_bot/domain/permissions.py",
        old="Action.CLAIM: _MEMBERS",
        new="Action.CLAIM: _COMMANDER",
        tests=("tests/commands/test_claim.py::test_it_asks_first_and_then_takes_command",),
        suffers="Nobody can take over from a commander who is asleep.",
    ),
    Mutant(
        id="allowed-unless-listed",
        file="incident_bot/domain/permissions.py",
        old="return role in ALLOWED.get(action, frozenset())",
        new="return role in ALLOWED.get(action, _EVERYBODY)",
        tests=("tests/journeys/test_permissions.py::test_what_is_not_in_the_table_is_refused",),
        suffers="A new action that nobody put into the table is open to all.",
    ),
    Mutant(
        id="p2-like-p1",
        file="incident_bot/domain/routing.py",
        old="return Audience(channels=settings.p2_channels, people=())",
        new="return Audience(channels=settings.p2_channels, people=settings.p1_users)",
        tests=(_ROUTING,),
        suffers="Executives get a direct message for each P2.",
    ),
    Mutant(
        id="p1-tells-no-people",
        file="incident_bot/domain/routing.py",
        old="return Audience(channels=settings.p1_channels, people=settings.p1_users)",
        new="return Audience(channels=settings.p1_channels, people=())",
        tests=(_ROUTING,),
        suffers="Nobody of those who must hear of each P1 is written to.",
    ),
    Mutant(
        id="owners-not-invited",
        file="incident_bot/domain/routing.py",
        old="return _once([incident.commander_user_id, incident.declarer_user_id, *owners])",
        new="return _once([incident.commander_user_id, incident.declarer_user_id])",
        tests=(_ROUTING,),
        suffers="The service's owners are not in the channel.",
    ),
    Mutant(
        id="card-does-not-wait",
        file="incident_bot/deliveries/pin.py",
        old="waits_for_channel=True,",
        new="waits_for_channel=False,",
        tests=(f"{_ROUTING}::test_everything_but_the_channel_waits_for_the_channel",),
        suffers="What belongs into the channel is tried before it exists.",
    ),
    Mutant(
        id="receipt-twice",
        file="incident_bot/workflow/notifications.py",
        old="if incident.declarer_user_id not in told.people:",
        new="if incident.declarer_user_id:",
        tests=(_ROUTING,),
        suffers="Whoever declares and must hear of each P1 gets two messages.",
    ),
    Mutant(
        id="new-commander-not-invited",
        file="incident_bot/domain/updates.py",
        old="GIVES_COMMAND: Final = frozenset({Event.APPOINTED, Event.HANDOVER, Event.CLAIM})",
        new="GIVES_COMMAND: Final = frozenset({Event.APPOINTED, Event.HANDOVER})",
        tests=("tests/commands/test_claim.py::test_it_asks_first_and_then_takes_command",),
        suffers="Whoever takes command is not brought into the channel.",
    ),
    Mutant(
        id="raised-tells-nobody-new",
        file="incident_bot/workflow/notifications.py",
        old="if update.events & {Event.RAISED, Event.REOPENED}:",
        new="if update.events & {Event.REOPENED}:",
        tests=("tests/commands/test_severity.py::test_a_rise_tells_those_who_must_now_know",),
        suffers="An incident that becomes a P1 is told to nobody who must hear of one.",
    ),
    Mutant(
        id="reopened-tells-nobody-new",
        file="incident_bot/workflow/notifications.py",
        old="if update.events & {Event.RAISED, Event.REOPENED}:",
        new="if update.events & {Event.RAISED}:",
        tests=(
            "tests/commands/test_reopen.py::test_it_goes_back_to_investigating_and_those_who_must_know_hear_it",
        ),
        suffers="Who must hear of it now does not hear that it is back.",
        explained="Reopening raises no severity, so whoever must hear was told before; only a "
        "setting that was changed meanwhile, or an announcement that died, makes a difference.",
    ),
    Mutant(
        id="resolution-throttled",
        file="incident_bot/domain/updates.py",
        old="return raised_to_p1 or self.event in (Event.RESOLVED, Event.REOPENED)",
        new="return raised_to_p1 or self.event is Event.REOPENED",
        tests=(f"{_TOLD}::test_a_resolution_and_a_rise_to_p1_wait_for_nothing",),
        suffers="People hear minutes late that it is over.",
    ),
    Mutant(
        id="reopening-throttled",
        file="incident_bot/domain/updates.py",
        old="return raised_to_p1 or self.event in (Event.RESOLVED, Event.REOPENED)",
        new="return raised_to_p1 or self.event is Event.RESOLVED",
        tests=("tests/commands/test_reopen.py::test_a_reopening_reaches_everybody_at_once",),
        suffers="People believe for minutes that it is over.",
    ),
    Mutant(
        id="mentioned-before-the-invitation",
        file="incident_bot/deliveries/incident_update.py",
        old="        _bring_in(job, new_commander)\n",
        new="        pass\n",
        tests=(
            "tests/commands/test_join.py::"
            "test_a_mention_waits_until_its_person_is_there_although_slack_stumbles",
        ),
        suffers="Slack notifies nobody of the mention of whom somebody put in command.",
    ),
    Mutant(
        id="severity-before-service-alone",
        file="incident_bot/domain/declaring.py",
        old="        if said.severity is None and number:\n",
        new="        if said == SpokenDeclare() and number:\n",
        tests=(
            "tests/journeys/test_declare_line.py::"
            "test_severity_and_service_stand_in_any_order_at_the_beginning",
        ),
        suffers="A P1 whose service is named first becomes a P2 by default.",
    ),
    Mutant(
        id="questions-as-facts",
        file="incident_bot/domain/declaring.py",
        old="description=answered(sanitize(description), templates)[:MAX_DESCRIPTION],",
        new="description=sanitize(description).strip()[:MAX_DESCRIPTION],",
        tests=("tests/journeys/test_template_questions.py",),
        suffers="The card shows a template's unanswered questions as if they were facts.",
    ),
    Mutant(
        id="answer-without-its-question",
        file="incident_bot/domain/templates.py",
        old="                kept += waiting\n",
        new="                pass\n",
        tests=("tests/domain/test_templates.py",),
        suffers="The card shows `orders`, and not that it answers which database.",
    ),
    Mutant(
        id="template-answers-itself",
        file="incident_bot/domain/templates.py",
        old="            if not is_question and bare not in own:\n",
        new="            if not is_question:\n",
        tests=("tests/domain/test_templates.py",),
        suffers="A line of the template is taken for somebody's answer.",
    ),
    Mutant(
        id="nearest-severity-declared",
        file="incident_bot/domain/declaring.py",
        old="        is_whole=is_named and is_exact and 0",
        new="        is_whole=is_named and 0",
        tests=(
            "tests/journeys/test_declare_line.py::"
            "test_a_line_that_says_too_little_or_too_much_fills_the_form",
        ),
        suffers="A P5 is declared as a P4 that nobody asked for.",
    ),
    Mutant(
        id="without-channel-in-silence",
        file="incident_bot/workflow/notifications.py",
        old="    unreached = [] if has_channel else [*in_charge(incident)]\n",
        new="    unreached: list[str] = []\n",
        tests=(
            "tests/commands/test_named.py::"
            "test_without_a_channel_those_in_charge_read_the_news_and_press_its_buttons",
        ),
        suffers="Of an incident without a channel its commander hears nothing.",
    ),
    Mutant(
        id="rise-throttled",
        file="incident_bot/domain/updates.py",
        old="return raised_to_p1 or self.event in (Event.RESOLVED, Event.REOPENED)",
        new="return self.event in (Event.RESOLVED, Event.REOPENED)",
        tests=(f"{_TOLD}::test_a_resolution_and_a_rise_to_p1_wait_for_nothing",),
        suffers="People hear minutes late that it has become a P1.",
    ),
    Mutant(
        id="reopened-in-silence",
        file="incident_bot/domain/updates.py",
        old=(
            "NOTIFIES_STAKEHOLDERS: Final = frozenset(\n"
            "    {Event.RAISED, Event.LOWERED, Event.RESOLVED, Event.REOPENED}\n"
            ")"
        ),
        new=(
            "NOTIFIES_STAKEHOLDERS: Final = frozenset(\n"
            "    {Event.RAISED, Event.LOWERED, Event.RESOLVED}\n"
            ")"
        ),
        tests=(
            "tests/commands/test_reopen.py::test_it_goes_back_to_investigating_and_those_who_must_know_hear_it",
        ),
        suffers="Nobody outside the channel hears that it is not over.",
    ),
    Mutant(
        id="resolved-not-broadcast",
        file="incident_bot/domain/updates.py",
        old="BROADCAST: Final = frozenset({Event.RAISED, Event.RESOLVED, Event.REOPENED})",
        new="BROADCAST: Final = frozenset({Event.RAISED, Event.REOPENED})",
        tests=("tests/journeys/test_life.py",),
        suffers="The end is hidden in a thread that nobody opens.",
    ),
    Mutant(
        id="announcement-not-updated",
        file="incident_bot/domain/updates.py",
        old="return bool(self.events - {Event.UPDATE})",
        new="return bool(self.events - {Event.UPDATE, Event.HANDOVER})",
        tests=("tests/commands/test_commander.py::test_command_goes_over_and_is_announced",),
        suffers="The announcement names a commander who handed over.",
    ),
    Mutant(
        id="understood-too-early",
        file="incident_bot/domain/statuspage.py",
        old="_UNDERSTOOD: Final = frozenset({Status.IDENTIFIED, Status.MONITORING})",
        new="_UNDERSTOOD: Final = frozenset({Status.MONITORING})",
        tests=(f"{_PAGE}::test_what_one_incident_makes_of_a_component",),
        suffers="Customers read of a major outage although its cause is found.",
    ),
    Mutant(
        id="best-of-all",
        file="incident_bot/domain/statuspage.py",
        old="return max(statuses, key=_BADNESS.index,",
        new="return min(statuses, key=_BADNESS.index,",
        tests=(f"{_PAGE}::test_a_component_shows_the_worst_of_all",),
        suffers="A component that a P1 is on shows what a P4 makes of it.",
    ),
    Mutant(
        id="own-attempt-is-a-hand",
        file="incident_bot/domain/statuspage.py",
        old="return actual not in (wanted, self.shown, self.attempted)",
        new="return actual not in (wanted, self.shown)",
        tests=(f"{_PAGE}::test_only_what_we_cannot_have_set_is_somebody_elses",),
        suffers="After a lost answer the bot takes its own change for somebody's and stops.",
    ),
    Mutant(
        id="slug-too-long",
        file="incident_bot/domain/naming.py",
        old="_LONGEST_SLUG = 50",
        new="_LONGEST_SLUG = 100",
        tests=("tests/domain/test_naming.py",),
        suffers="A service with a long name gets no channel: Slack refuses the name.",
    ),
    Mutant(
        id="slug-cut-at-a-hyphen",
        file="incident_bot/domain/naming.py",
        old='return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "service"',
        new='return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")',
        tests=("tests/domain/test_naming.py",),
        suffers="A service that is written in Japanese gets a channel that ends with a hyphen.",
    ),
    Mutant(
        id="overrides-kept",
        file="incident_bot/domain/text.py",
        old="\\u202a-\\u202e\\u2066-\\u2069",
        new="\\u2066-\\u2069",
        tests=("tests/web/slack/test_parse.py",),
        suffers="A title can run backwards and say something else than it seems.",
    ),
    Mutant(
        id="foreign-person-heard",
        file="incident_bot/domain/workspace.py",
        old="return not (self._is_here(sender) and self.may_include(sender.user_team_id))",
        new="return not self._is_here(sender)",
        tests=(_WORKSPACE,),
        suffers="A guest of another company in a shared channel takes command.",
    ),
    Mutant(
        id="any-organisation-is-ours",
        file="incident_bot/domain/workspace.py",
        old="        return sender.team_id == self.team_id\n",
        new="        return sender.team_id == self.team_id or sender.enterprise_id == self.enterprise_id\n",
        tests=(_WORKSPACE,),
        suffers="Another workspace of the organisation runs incidents in ours.",
    ),
    Mutant(
        id="update-keeps-the-promise",
        file="incident_bot/domain/updates.py",
        old="return replace(after, next_update_at=wanted.next_update_at), update",
        new="return replace(after, next_update_at=wanted.next_update_at or after.next_update_at), update",
        tests=("tests/commands/test_update.py::test_the_next_update_is_promised_until_it_comes",),
        suffers="The card goes on promising an update that was given.",
    ),
    Mutant(
        id="update-of-nothing",
        file="incident_bot/domain/updates.py",
        old="if not changes and not wanted.message and wanted.next_update_at is None:",
        new="if not changes and wanted.message is None:",
        tests=(
            "tests/commands/test_update.py::test_an_empty_form_is_explained_beside_the_message",
            "tests/commands/test_status.py::test_nothing_new_is_refused",
        ),
        suffers="An empty update is posted to the channel.",
    ),
    Mutant(
        id="urgent-is-p1-alone",
        file="incident_bot/domain/deliveries.py",
        old="return self.urgency <= MOST_URGENT and waited > LONGEST_LOOK",
        new="return self.urgency < MOST_URGENT and waited > LONGEST_LOOK",
        tests=("tests/domain/test_deliveries.py",),
        suffers="A P2 in doubt waits for hours until Slack allows a look.",
    ),
    Mutant(
        id="mirrors-without-a-key",
        file="incident_bot/deliveries/kind.py",
        old="last = self.delivery.kind if self.is_reconciled else self.delivery.id",
        new="last = self.delivery.id",
        tests=(
            "tests/chaos/test_ambiguous.py::"
            "test_what_was_given_up_in_doubt_is_found_by_the_next_change",
        ),
        suffers="After a lost answer a channel gets the card twice.",
    ),
)
