"""Uploads in three steps: ask for a URL, send the bytes there, complete."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, File, Json

_WRITE = ("files:write",)


@method(
    "files.getUploadURLExternal",
    required=("filename", "length"),
    scopes=_WRITE,
    tier=100,
    takes_json=False,
)
def upload_url(ask: Ask) -> Json:
    length = ask.text("length")
    if not length.isdigit() or int(length) == 0:
        raise SlackError("missing_argument")
    file = File(ask.space.new_id("F"), ask.text("filename"), int(length))
    ask.space.files[file.id] = file
    return {"upload_url": f"{ask.space.origin}/upload/{file.id}", "file_id": file.id}


def _require_uploaded(ask: Ask) -> list[File]:
    wanted = ask.decoded("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("file_not_found")
    files = []
    for item in wanted:
        file = ask.space.files.get(str(item.get("id")))
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        file.title = str(item.get("title") or file.name)
        files.append(file)
    return files


@method("files.completeUploadExternal", required=("files",), scopes=_WRITE, tier=100)
def complete(ask: Ask) -> Json:
    files = _require_uploaded(ask)
    wanted = [*ask.listed("channel_id"), *ask.listed("channels")]
    channels = [ask.space.visible(channel) for channel in wanted]
    for channel in channels:
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        if channel.archived:
            raise SlackError("posting_to_channel_denied")
    for channel in channels:
        for file in files:
            file.channels.append(channel.id)
        comment = ask.text("initial_comment")
        ask.space.post(
            ask.space.message(
                channel,
                BOT_USER,
                comment,
                files=[file.id for file in files],
                thread_ts=ask.text("thread_ts") or None,
                pings=ask.space.pinged(comment, [], [], loose=True),
            )
        )
    return {"files": [file.as_api(ask.space.origin) for file in files]}
