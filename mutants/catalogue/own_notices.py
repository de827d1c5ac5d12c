"""Faults in what is removed of Slack's own lines, and in the form that closes a duplicate."""

from mutants import Mutant

_NOTICES = "tests/journeys/test_own_notices.py"
_DUPLICATE = "tests/commands/test_duplicate.py"

MUTANTS = (
    Mutant(
        id="notices-of-others",
        file="incident_bot/clients/slack.py",
        old="            if message.subtype in _NOTICES and message.user_id == self.own_user_id()\n",
        new="            if message.subtype in _NOTICES\n",
        tests=(f"{_NOTICES}::test_what_people_do_stays_told",),
        suffers="What a person wrote into the topic goes from the channel's history.",
    ),
    Mutant(
        id="every-own-line",
        file="incident_bot/clients/slack.py",
        old="            if message.subtype in _NOTICES and message.user_id == self.own_user_id()\n",
        new="            if message.user_id == self.own_user_id()\n",
        tests=(f"{_NOTICES}::test_neither_a_topic_nor_a_pin_leaves_a_line",),
        suffers="The bot deletes its own card.",
    ),
    Mutant(
        id="kept-line-is-a-fault",
        file="incident_bot/clients/slack.py",
        old="            if error.detail not in _STAYS:\n",
        new="            if error.detail:\n",
        tests=(f"{_NOTICES}::test_a_workspace_that_keeps_every_line_is_no_fault",),
        suffers="Where messages must be kept, each topic counts as a failed delivery.",
    ),
    Mutant(
        id="topic-leaves-its-line",
        file="incident_bot/deliveries/topic.py",
        old="    return own_notices.remove_after(job)\n",
        new="    return Outcome()\n",
        tests=(f"{_NOTICES}::test_neither_a_topic_nor_a_pin_leaves_a_line",),
        suffers="A third of the channel is about its topic.",
    ),
    Mutant(
        id="duplicate-of-itself-offered",
        file="incident_bot/commands/duplicate.py",
        old="    others = [each for each in found.worst if each.id != incident.id][:MAX_OPTIONS]\n",
        new="    others = found.worst[:MAX_OPTIONS]\n",
        tests=(f"{_DUPLICATE}::test_where_nothing_else_is_open_it_says_how_to_name_one",),
        suffers="The form offers what it then refuses.",
    ),
    Mutant(
        id="chosen-original-ignored",
        file="incident_bot/commands/runner.py",
        old="    other = _other(tx, command, request.field(ANOTHER) or rest)\n",
        new="    other = _other(tx, command, rest)\n",
        tests=(f"{_DUPLICATE}::test_the_menu_lists_what_else_is_open_worst_first",),
        suffers="Whoever chose the other incident is asked which.",
    ),
)
