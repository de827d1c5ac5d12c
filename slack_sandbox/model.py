"""The things a workspace is made of."""

from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]
TEAM_ID, TEAM_DOMAIN, APP_ID = "T0SANDBOX", "sandbox", "A0SANDBOX"
BOT_USER, BOT_ID, SLACKBOT = "U0BOT", "B0BOT", "USLACKBOT"


@dataclass(slots=True)
class User:
    id: str
    name: str
    real_name: str = ""
    email: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    team_id: str = TEAM_ID
    updated: int = 0
    tz: str = "Etc/UTC"

    def __post_init__(self) -> None:
        self.real_name = self.real_name or self.name.capitalize()
        self.email = self.email or f"{self.name}@example.com"

    def as_api(self, with_email: bool = True) -> Json:
        profile = {"real_name": self.real_name, "display_name": self.name}
        if with_email:
            profile["email"] = self.email
        answer = {**asdict(self), "profile": profile}
        del answer["email"]
        return answer


@dataclass(slots=True)
class Message:
    """One message; `pings` are the user ids and words (channel, here…) that it mentions.

    `notified` are the members whom it notified when it was posted.
    """

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: Json | None = None
    pings: set[str] = field(default_factory=set)
    ephemeral_to: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    broadcast: bool = False
    unfurls: bool = True
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    notified: list[str] = field(default_factory=list)

    def as_api(self, with_metadata: bool = False) -> Json:
        answer: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        if self.bot_id:
            answer |= {"bot_id": self.bot_id, "app_id": APP_ID, "team": TEAM_ID}
        answer |= {k: v for k, v in self._optional(with_metadata).items() if v}
        return answer

    def _optional(self, with_metadata: bool) -> Json:
        reactions = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in self.reactions.items()
        ]
        return {
            "subtype": "thread_broadcast" if self.broadcast else self.subtype,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "metadata": self.metadata if with_metadata else None,
            "edited": self.edited,
            "reactions": reactions,
            "files": [{"id": file_id} for file_id in self.files],
        }


@dataclass(slots=True)
class Channel:
    """A channel, or a direct message when `is_im`; `log` holds all of it, oldest first.

    One that is `shared` has members of another organisation.
    """

    id: str
    name: str
    private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    shared: bool = False
    created: int = 0
    creator: str = ""
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    log: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        if self.is_im or self.is_mpim:
            return "im" if self.is_im else "mpim"
        return "private" if self.private else "public"

    @property
    def messages(self) -> list[Message]:
        """Return what people and apps posted, without "set the topic" and its kind."""
        return [message for message in self.log if message.subtype is None]

    def find(self, ts: str) -> Message | None:
        return next((m for m in reversed(self.log) if m.ts == ts), None)

    def as_api(self) -> Json:
        creator = self.creator or BOT_USER
        base: Json = {"id": self.id, "created": self.created, "is_archived": self.archived}
        if self.is_im:
            person = next((m for m in self.members if m != BOT_USER), BOT_USER)
            return base | {"is_im": True, "user": person, "is_open": True}
        return base | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_im": False,
            "is_mpim": self.is_mpim,
            "is_private": self.private,
            "is_general": self.name == "general",
            "is_member": BOT_USER in self.members,
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_org_shared": False,
            "creator": creator,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": creator, "last_set": self.created},
            "purpose": {"value": self.purpose, "creator": creator, "last_set": self.created},
            "context_team_id": TEAM_ID,
        }


@dataclass(slots=True)
class View:
    """A modal as it stands on one person's screen; `typed` is what each input holds."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)
    offered: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.content["title"]["text"])

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.content.get("private_metadata", ""))

    def as_api(self) -> Json:
        values: dict[str, Json] = {}
        for (block_id, action_id), value in self.typed.items():
            values.setdefault(block_id, {})[action_id] = value
        absent = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "submit": None,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return (
            absent
            | self.content
            | {
                "id": self.id,
                "team_id": TEAM_ID,
                "app_id": APP_ID,
                "app_installed_team_id": TEAM_ID,
                "bot_id": BOT_ID,
                "hash": self.hash,
                "root_view_id": self.root_id,
                "previous_view_id": self.previous_id,
                "state": {"values": values},
            }
        )


@dataclass(slots=True)
class Trigger:
    id: str
    user: str
    made_at: float
    used: bool = False
    view_id: str | None = None


@dataclass(slots=True)
class Hook:
    """One response_url: five uses within thirty minutes."""

    id: str
    user: str
    channel: str
    made_at: float
    message_ts: str | None = None
    uses: int = 0


@dataclass(slots=True)
class File:
    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    channels: list[str] = field(default_factory=list)

    def as_api(self, origin: str) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "size": self.length,
            "user": BOT_USER,
            "permalink": f"{origin}/files/{self.id}",
            "url_private": f"{origin}/files/{self.id}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the Web API: `ok` when the workspace took it, whatever the caller then saw."""

    method: str
    args: Json
    at: float
    ok: bool
    error: str | None = None
    channel: str | None = None
    fault: str | None = None
    answer: Json = field(default_factory=dict)
