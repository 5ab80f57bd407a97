"""The options that the night's commands share."""

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
class Asked:
    """Which configuration, which universes, which night, and how to answer."""

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

    def read(self) -> tuple[Config, tuple[str, ...]]:
        """The configuration, and the universes that are asked for.

        Raises:
            ConfigError: the configuration cannot be used, or it has not all of the universes.
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

    def next(self, command: str) -> str:
        """The line to type for a command on the same configuration."""
        return f"morrow {command}" + ("" if self.config == CONFIG else f" --config {self.config}")


ALL = Asked()
