"""/incident doctor: how the whole installation is, for those who operate the bot."""

from incident_bot.commands import Call, Command, Reply
from incident_bot.deliveries import doctor
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


def typed(tx: Tx, call: Call) -> Reply:
    """Have a worker look, since that asks vendors and Slack waits for three seconds."""
    request = call.request
    if request.response_url is None:
        raise Conflict("Slack names no place for the report. Type `incident-bot doctor` instead.")
    payload = doctor.Payload(response_url=request.response_url)
    deliveries.add(tx, None, [doctor.KIND.draft(payload, to=f"doctor:{request.key}")])
    return Reply(
        text="Looking at everything. The report takes the place of this within half a minute.",
        audit="",
    )


COMMAND = Command(
    usage="doctor",
    summary="look at the whole installation, what is wrong and what to do (for `ADMINS`)",
    action=Action.DOCTOR,
    typed=typed,
    examples=("doctor",),
)
