"""Print the script that has a shell complete what you type.

Have the shell read it at its start: docs/COMMAND_LINE.md says how.
"""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from incident_bot import cli
from incident_bot.cli._help import NAME, examples

_SHELLS: Final[dict[str, type[ShellComplete]]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


@click.command(
    help=__doc__, epilog=examples("completion bash", "completion zsh", "completion fish")
)
@click.argument("shell", type=click.Choice(list(_SHELLS)), help="The shell that you use.")
def command(shell: str) -> None:
    script = _SHELLS[shell](click.Command(NAME), {}, NAME, cli.COMPLETE)
    print(script.source_template % script.source_vars())
