"""Progress on stderr: lines elsewhere, bars on a terminal."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from morrow.cli.progress import Bars, Lines, make_presenter
from morrow.config import Config, load

REPOSITORY = Path(__file__).parents[3]
EPOCH = {"recipe": "lstm", "network": 0.0, "epoch": 7.0, "fit_loss": 0.3, "stop_loss": 0.29131}


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def config() -> Config:
    """The shipped configuration."""
    return load(REPOSITORY / "morrow.toml")


def lines(stream: io.StringIO, clock: Clock) -> Lines:
    """Lines at three past six."""
    return Lines(stream, clock, lambda: datetime(2026, 1, 2, 18, 3, 11, tzinfo=UTC))


def test_lines_say_step_recipe_epoch_and_loss() -> None:
    """A line has the time of day, the universe, the step, and of an epoch, counted from 1, the stop loss."""
    stream, clock = io.StringIO(), Clock()
    with lines(stream, clock) as shown:
        shown.tell("us5", "step", {"step": "train"})
        shown.tell("us5", "epoch", EPOCH)
        shown.tell("us5", "epoch", {**EPOCH, "recipe": "gru", "network": 1.0})
    assert stream.getvalue().splitlines() == [
        "18:03:11 us5 train",
        "18:03:11 us5 train lstm epoch 8 stop 0.2913",
        "18:03:11 us5 train gru network 2 epoch 8 stop 0.2913",
    ]


def test_a_recipe_has_at_most_a_line_in_two_seconds() -> None:
    """Epochs that follow within two seconds are passed over, for each recipe on its own."""
    stream, clock = io.StringIO(), Clock()
    shown = lines(stream, clock)
    for seconds in (100.0, 101.9, 102.0, 103.0):
        clock.now = seconds
        shown.tell("us5", "epoch", {**EPOCH, "epoch": seconds})
    shown.tell("us5", "epoch", {**EPOCH, "recipe": "gru"})
    said = [line.split(maxsplit=3)[3] for line in stream.getvalue().splitlines()]
    assert said == ["lstm epoch 101 stop 0.2913", "lstm epoch 103 stop 0.2913", "gru epoch 8 stop 0.2913"]


def test_an_unknown_event_is_not_shown() -> None:
    """An event that the make_presenter has no words for leaves no trace."""
    stream = io.StringIO()
    lines(stream, Clock()).tell("us5", "other", {})
    assert stream.getvalue() == ""


def test_bars_are_for_terminals(config: Config) -> None:
    """A terminal gets bars, everything else lines."""
    assert isinstance(make_presenter(config, Terminal()), Bars)
    assert isinstance(make_presenter(config, io.StringIO()), Lines)


def test_bars_show_recipes_and_leave_the_steps(config: Config) -> None:
    """A recipe's bar names it with its epoch, is gone at the next step, and an epoch may be a baseline's."""
    stream = Terminal()
    with Bars(config, stream) as shown:
        shown.tell("us5", "step", {"step": "train"})
        shown.tell("us5", "epoch", {**EPOCH, "network": 1.0})
        shown.tell("us5", "epoch", {**EPOCH, "network": 1.0, "epoch": 8.0})
        shown.tell("us5", "epoch", {**EPOCH, "recipe": "ewma"})
        shown.tell("us5", "other", {})
        bars = shown.progress.tasks
        assert [(bar.description, bar.completed, bar.total) for bar in bars] == [
            ("us5 lstm", 16 + 9, 32),
            ("us5 ewma", 8, None),
        ]
        assert bars[0].fields["facts"] == "network 2 epoch 9 stop 0.2913"
        shown.tell("us5", "step", {"step": "judge"})
        assert not shown.progress.tasks
    text = stream.getvalue()
    assert "us5 train" in text
    assert "us5 judge" in text
