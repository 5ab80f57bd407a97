"""The work of a command on every universe that was asked for; one that fails does not stop the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from morrow.cli.asked import Asked
from morrow.cli.complaints import complain, worst
from morrow.cli.output import say, say_json
from morrow.cli.progress import presenter
from morrow.steps import Night

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """What came of it: an object a universe that was finished, and the exit code."""

    found: tuple[Found, ...]
    code: int


def every(asked: Asked, work: Callable[[Night], Found], *, forced: bool = False) -> Done:
    """Do the work on one universe after another, and write what goes wrong to stderr.

    Args:
        asked: the command's options.
        work: on one universe's night.
        forced: retrain though it is not due.

    Raises:
        ConfigError: the configuration cannot be used; nothing was done.
    """
    config, names = asked.read()
    found, codes = [], []
    with presenter(config) as shown:
        for name in names:
            now = datetime.now(UTC)
            night = Night(config, name, asked.as_of, now, forced=forced, tell=partial(shown.tell, name))
            try:
                found.append(work(night))
            except Exception as wrong:  # noqa: BLE001 (a fault in one universe must not stop the others)
                codes.append(complain(wrong, debug=asked.debug, universe=name))
    return Done(tuple(found), worst(codes))


def answer(asked: Asked, done: Done, text: Callable[[Sequence[Found]], str]) -> int:
    """Write what was found to stdout, as JSON or in words; returns the exit code."""
    if asked.json:
        say_json(done.found)
    elif done.found:
        say(text(done.found))
    return done.code
