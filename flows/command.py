"""The command of every flow here: run it once, print the summary, and exit with 0, 1 or 2."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from flows.server import at_hand
from flows.tasks import NightFlow, UniversesError, describe_error, logger
from morrow.config import load
from morrow.errors import MorrowError, UserError
from morrow.steps import summary

INTERRUPTED = 130


UI = "make ui"


def run(function: NightFlow) -> NoReturn:
    """Run a flow once as a command, print the summary and exit with 0, 1 or 2."""
    sys.exit(command(function, sys.argv[1:]))


def command(function: NightFlow, arguments: Sequence[str]) -> int:
    """Run a flow once with the available server.

    Args:
        function: a flow of this package.
        arguments: of the command line.

    Returns:
        0 done, 1 the night failed, 2 the user's error.
    """
    debug = "--debug" in arguments
    _say_progress()
    try:
        asked = _parser(function.name).parse_args(arguments)
        load(Path(asked.config)).universe_names(tuple(asked.universe))  # a slip must not wait for a server
        with at_hand():
            state = function(asked.universe or None, asked.as_of, asked.config, return_state=True)
            played: Any = state.result()
    except MorrowError as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, UniversesError) and error.reports:
            sys.stdout.write(summary(list(error.reports), UI) + "\n")
        sys.stderr.write(f"error: {describe_error(error)}\n")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (the last edge: no traceback reaches a person unasked)
        if debug:
            traceback.print_exc()
        sys.stderr.write(f"error: {describe_error(error)}; run again with --debug to see where\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted; run it again to finish the night\n")
        return INTERRUPTED
    sys.stdout.write(summary(played, UI) + "\n")
    return 0


def _say_progress() -> None:
    """Send the flows' own lines, and not Prefect's, to stderr with the time of day."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments in the format of all other errors."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"python -m flows.{name}",
        description=f"Run the flow {name} once.",
        epilog=f"example: python -m flows.{name} --config morrow.toml --universe us5 --as-of 2013-03-01",
    )
    parser.add_argument("--config", default="morrow.toml", help="the run configuration")
    parser.add_argument("--universe", action="append", default=[], help="repeatable; default: all")
    parser.add_argument("--as-of", type=date.fromisoformat, help="a date; default: the last session")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser
