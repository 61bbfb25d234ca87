"""Shell blocks of the documentation as single commands: continued lines joined, comments and variables taken off."""

import re
import shlex
from dataclasses import dataclass

ASSIGNMENT = re.compile(r"^[A-Z_]+=")


@dataclass(frozen=True)
class ShellCommand:
    """One command of a block: its words without leading variables, and the line as written."""

    words: tuple[str, ...]
    line: str

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2]


def split_commands(block: str) -> list[ShellCommand]:
    """Return the commands of a shell block. Raises ValueError for a quote that is not closed."""
    commands = []
    for line in block.replace("\\\n", " ").splitlines():
        for part in line.split("&&"):
            words = shlex.split(part, comments=True)
            while words and ASSIGNMENT.match(words[0]):
                words = words[1:]
            if words:
                commands.append(ShellCommand(tuple(words), line))
    return commands
