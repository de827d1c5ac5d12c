"""A system to try the bot in: what is on its disk is read-only, and nobody has an account."""

from pathlib import Path

STRANGER = 42_420
"""A uid without an account: no name, no home."""


class Bare:
    """A Debian with nothing but Python, in namespaces of its own, where / is read-only."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root, self.cache = root, cache
        for folder in (root / "proc", root / "tmp", root / "var" / "cache" / "bot", cache):
            folder.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o777)

    def command(self, *words: str, uid: int = STRANGER) -> list[str]:
        """`words` as this uid in the system, with what is on disk read-only but for /var/cache/bot.

        What is mounted goes with the last process.
        """
        inside = (
            'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"'
            ' && mount --bind "$2" "$1/var/cache/bot" && mount -t tmpfs tmpfs "$1/tmp"'
            ' && mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev"'
            f' && root="$1" && shift 2 && exec chroot --userspec={uid}:{uid} "$root" "$@"'
        )
        places = [str(self.root), str(self.cache)]
        return ["unshare", "--mount", "sh", "-c", inside, "sh", *places, *words]
