"""The options that commands share."""

import shlex
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from morrow.config import Config, load
from morrow.errors import ConfigError

CONFIG = Path("morrow.toml")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Options:
    """Which configuration, which universes, which night, and in which form to answer."""

    config: Annotated[Path, Parameter(help="The run configuration; default: morrow.toml here.")] = CONFIG
    universe: Annotated[tuple[str, ...], Parameter(help="A universe by name; repeatable; default: all.")] = ()
    as_of: Annotated[
        date | None,
        Parameter(help="A date, YYYY-MM-DD: nothing later is seen; default: each universe's last session."),
    ] = None
    json: Annotated[
        bool, Parameter(help="End stdout with one line of JSON; everything else goes to stderr.")
    ] = False
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False

    def load_universes(self) -> tuple[Config, tuple[str, ...]]:
        """Load the configuration and the names of the universes to work on.

        Raises:
            ConfigError: the configuration cannot be used, or it lacks universes that are named; the message
                names all of them.
        """
        config = load(self.config)
        unknown = []
        for name in self.universe:
            try:
                config.universe_names((name,))
            except ConfigError as error:
                unknown.append(str(error))
        if unknown:
            raise ConfigError("; ".join(unknown))
        return config, config.universe_names(self.universe)

    @property
    def config_option(self) -> Path | None:
        """The configuration as a command line must name it; None where it need not."""
        return None if self.config == CONFIG else self.config

    def command_line(self, command: str) -> str:
        """Write the line that runs a command on the same configuration."""
        return f"morrow {command}" + (
            f" --config {shlex.quote(str(self.config))}" if self.config_option else ""
        )


DEFAULTS = Options()


def split_names(names: str | None) -> tuple[str, ...]:
    """Split names joined by commas, each once.

    >>> split_names("a, b,a"), split_names(None)
    (('a', 'b'), ())
    """
    return tuple(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))
