"""Runs a command's work on each universe; one that fails does not stop the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from morrow.cli.options import Options
from morrow.cli.output import print_json, print_text, report_error, worst_exit_code
from morrow.cli.progress import make_presenter
from morrow.steps import Night

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The result of a command: one document per universe that was finished, and the exit code."""

    documents: tuple[Document, ...]
    exit_code: int


def run_each(options: Options, work: Callable[[Night], Document], *, forced: bool = False) -> Outcome:
    """Do the work on one universe after another, and print errors to stderr.

    Args:
        options: the command's options.
        work: done on one universe's night; returns what is to be printed of it.
        forced: retrain though it is not due.

    Raises:
        ConfigError: the configuration cannot be used; nothing was done.
    """
    config, names = options.load_universes()
    documents, codes = [], []
    with make_presenter(config) as progress:
        for name in names:
            now = datetime.now(UTC)
            tell = partial(progress.tell, name)
            night = Night(
                config, name, options.as_of, now,
                forced=forced, tell=tell, config_file=options.config_option,
            )  # fmt: skip
            try:
                documents.append(work(night))
            except Exception as error:  # noqa: BLE001 (a fault in one universe must not stop the others)
                codes.append(report_error(error, debug=options.debug, universe=name))
    return Outcome(tuple(documents), worst_exit_code(codes))


def print_outcome(options: Options, outcome: Outcome, text: Callable[[Sequence[Document]], str]) -> int:
    """Write the documents to stdout, as JSON or as text; returns the exit code."""
    if options.json:
        print_json(outcome.documents)
    elif outcome.documents:
        print_text(text(outcome.documents))
    return outcome.exit_code
