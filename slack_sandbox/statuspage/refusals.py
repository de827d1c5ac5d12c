"""Refusals of the API: a status and one of the three shapes of body seen in the wild."""

from slack_sandbox.model import Json


class Refusal(Exception):
    """One refusal; `mistake` when only a fault in the caller's code can earn it."""

    def __init__(self, status: int, body: Json, *, mistake: bool = False) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.mistake = status, body, mistake
        self.headers: dict[str, str] = {}


def not_authenticated() -> Refusal:
    return Refusal(401, {"error": "Could not authenticate"})


def not_found(what: str) -> Refusal:
    return Refusal(404, {"error": f"{what} not found"})


def malformed(message: str) -> Refusal:
    return Refusal(400, {"message": message}, mistake=True)


def wrong_verb(verb: str) -> Refusal:
    return Refusal(405, {"message": f"{verb} is not allowed here"}, mistake=True)


def invalid(problems: dict[str, str]) -> Refusal:
    """422 with what is wrong, by field."""
    listed = {field: [problem] for field, problem in problems.items()}
    return Refusal(422, {"error": listed}, mistake=True)


def impossible(sentence: str) -> Refusal:
    return Refusal(422, {"error": sentence}, mistake=True)


def too_many(status: int, seconds: int) -> Refusal:
    refusal = Refusal(status, {"error": "You have exceeded your API rate limit."})
    refusal.headers["Retry_After"] = str(seconds)
    return refusal
