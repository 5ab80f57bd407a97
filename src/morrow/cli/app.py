"""The parser of the command line, and ``main``, which runs a command and returns its exit code."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group, Parameter

from morrow import __version__
from morrow.cli.command_groups import HEADINGS, OTHER, find_heading
from morrow.cli.command_table import ALONE, COMMANDS, GROUPS
from morrow.cli.mistyped_command import word_unknown_command
from morrow.cli.output import INTERRUPTED, USER_ERROR, print_error, report_error


def build_application() -> App:
    """Build the parser; a command's module is imported when the command is called."""
    app = App(
        name="morrow",
        version=__version__,
        help="Tonight's models, the morrow's prices: a nightly pipeline of price forecasts.",
        help_epilogue="Start with: morrow init DIR, then: morrow nightly --config DIR/morrow.toml",
        help_format="plaintext",
        help_flags=["--help", "-h"],
        version_flags=["--version"],
        suppress_keyboard_interrupt=False,
        default_parameter=Parameter(negative=(), show_default=False),
    )
    headings = [Group(words, sort_key=place) for place, words in enumerate((*HEADINGS, OTHER))]
    groups: dict[str, App] = {}
    for position, command in enumerate(COMMANDS):
        group, _, name = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = App(
                name=group,
                help=GROUPS[group],
                help_epilogue=f"Start with: morrow {command.name}",
                sort_key=position,
                group=headings[find_heading(group)[0]],
            )
            app.command(groups[group])
        (groups[group] if group else app).command(
            f"morrow.cli.{command.function}",
            name=name,
            help=command.about,
            help_epilogue=f"Example: {command.example}",
            sort_key=position,
            group=None if group else headings[find_heading(name)[0]],
        )
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: of the command line; None takes the process's own.

    Returns:
        0 done, 1 the night failed, 2 the user's error, 130 interrupted. An error is one line on stderr,
        without a traceback unless ``--debug`` is among the arguments.

    Raises:
        SystemExit: with 141: whoever read stdout has left.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    alone = ALONE.get(words[0]) if words else None
    if alone and (words[1:2] or ["--"])[0].startswith("--") and "--help" not in words:
        words.insert(1, alone)
    if unknown := word_unknown_command(words, {command.name for command in COMMANDS}, GROUPS):
        print_error(unknown)
        return USER_ERROR
    try:
        code = build_application()(
            words, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        print_error(f"{error}; see: {' '.join(('morrow', *_command_words(words), '--help'))}")
        return USER_ERROR
    except KeyboardInterrupt:
        print_error("interrupted; run it again to finish")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (the last edge: no traceback reaches a person unasked)
        return report_error(error, debug="--debug" in words)
    return int(code or 0)


def _command_words(words: Sequence[str]) -> Sequence[str]:
    """The words of the arguments that name a command, or a group of commands."""
    names = {command.name for command in COMMANDS} | set(GROUPS)
    return next((words[:size] for size in (2, 1) if " ".join(words[:size]) in names), ())
