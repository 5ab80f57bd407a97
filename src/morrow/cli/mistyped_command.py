"""The error of a mistyped command, found without importing any: the parser would import all to word it."""

from collections.abc import Collection, Sequence

from morrow.errors import did_you_mean


def word_unknown_command(words: Sequence[str], names: Collection[str], groups: Collection[str]) -> str:
    """The error's line, empty where the words name a command or begin with an option.

    Args:
        words: of the command line.
        names: of all commands; a word before a name is its group.
        groups: that have commands.
    """
    if not words or words[0].startswith("-") or words[0] in names:
        return ""
    first, second = words[0], words[1] if len(words) > 1 else "-"
    if first not in groups:
        known = sorted({name.partition(" ")[0] for name in names} - {first})
        return f'unknown command "{first}"{did_you_mean(first, known)}; see: morrow --help'
    if second.startswith("-") or f"{first} {second}" in names:
        return ""
    known = sorted(name.partition(" ")[2] for name in names if name.startswith(f"{first} "))
    return f'unknown command "{first} {second}"{did_you_mean(second, known)}; see: morrow {first} --help'
