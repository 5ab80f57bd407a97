"""Progress on stderr: bars on a terminal, plain lines with the time of day elsewhere."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TextIO

from morrow.config import Config, NetworkRecipe

if TYPE_CHECKING:
    from rich.progress import TaskID

LINE_EVERY_S = 2.0


class Presenter(Protocol):
    """Shows progress while its context is open."""

    def __enter__(self) -> Self:
        """Start."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the terminal back as it was."""
        ...

    def tell(self, universe: str, event: str, facts: Mapping[str, Any]) -> None:
        """Show that a step begins (event "step") or that a training epoch is over (event "epoch")."""
        ...


def make_presenter(config: Config, stream: TextIO | None = None) -> Presenter:
    """Make bars if the stream (stderr by default) is a terminal, else lines."""
    stream = stream or sys.stderr
    return Bars(config, stream) if stream.isatty() else Lines(stream)


class Lines:
    """Shows progress as lines: one per step, and at most one per recipe every two seconds.

    Args:
        stream: where the lines go.
        clock: monotonic seconds.
        wall: the time of day that a line begins with.
    """

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._stream, self._clock, self._wall = stream, clock, wall
        self._last: dict[tuple[str, str], float] = {}

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put back."""

    def tell(self, universe: str, event: str, facts: Mapping[str, Any]) -> None:
        """Write a line, unless the recipe had one within two seconds."""
        if event == "step":
            self._write(f"{universe} {facts['step']}")
        elif event == "epoch" and self._is_due(universe, facts["recipe"]):
            self._write(f"{universe} train {facts['recipe']} {_format_epoch(facts)}")

    def _is_due(self, universe: str, recipe: str) -> bool:
        now = self._clock()
        if now - self._last.get((universe, recipe), -LINE_EVERY_S) < LINE_EVERY_S:
            return False
        self._last[universe, recipe] = now
        return True

    def _write(self, line: str) -> None:
        self._stream.write(f"{self._wall():%H:%M:%S} {line}\n")
        self._stream.flush()


class Bars:
    """Shows progress as bars: one per recipe, over all epochs of all its networks, with steps as lines above.

    Args:
        config: says how many epochs a recipe may take.
        stream: a terminal.
    """

    def __init__(self, config: Config, stream: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415 (most runs have no terminal)
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._recipes = config.recipes
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[facts]}"),
            TimeElapsedColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Start to draw."""
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and clear the bars."""
        self.progress.stop()

    def tell(self, universe: str, event: str, facts: Mapping[str, Any]) -> None:
        """Move the recipe's bar; a new step clears the bars."""
        if event == "step":
            for bar in self._bars.values():
                self.progress.remove_task(bar)
            self._bars.clear()
            self.progress.console.print(f"{universe} {facts['step']}", highlight=False, markup=False)
        elif event == "epoch":
            self._move(universe, facts["recipe"], facts)

    def _move(self, universe: str, recipe: str, facts: Mapping[str, Any]) -> None:
        options = self._recipes[recipe]
        epochs, total = 0, None
        if isinstance(options, NetworkRecipe):
            epochs, total = options.epochs, options.epochs * options.networks
        if recipe not in self._bars:
            self._bars[recipe] = self.progress.add_task(f"{universe} {recipe}", total=total, facts="")
        done = int(facts["network"]) * epochs + int(facts["epoch"]) + 1
        self.progress.update(self._bars[recipe], completed=done, facts=_format_epoch(facts))


def _format_epoch(facts: Mapping[str, Any]) -> str:
    """Word one epoch's result; networks and epochs are counted from 0 in the facts."""
    which = f"network {int(facts['network']) + 1} " if facts["network"] else ""
    return f"{which}epoch {int(facts['epoch']) + 1} stop {facts['stop_loss']:.4f}"
