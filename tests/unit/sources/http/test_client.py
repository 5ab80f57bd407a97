"""Waiting between requests and between tries: all by an injected clock."""

from collections.abc import Callable

import pytest

from morrow.sources.http.client import Pacing
from morrow.sources.http.reply import FetchError


class Clock:
    """A clock that moves when somebody sleeps, and remembers for how long."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pacing_by(clock: Clock, retries: int = 3, rate: float = 1e9, scatter: float = 1.0) -> Pacing:
    """A pacing of one second at first, by a clock."""
    return Pacing(retries, 1.0, rate, clock, clock.sleep, lambda: scatter)


def failing(times: int, **about: object) -> Callable[[], str]:
    """An attempt that fails so often, then succeeds."""
    left = [times]

    def attempt() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise FetchError("503 Service Unavailable", **({"again": True} | about))  # type: ignore[arg-type]
        return "done"

    return attempt


def test_waits_double() -> None:
    """Each wait is twice the one before, and the attempt that succeeds is answered."""
    clock = Clock()
    assert pacing_by(clock).retry(failing(3)) == "done"
    assert [round(wait, 6) for wait in clock.slept] == [1, 2, 4]


def test_waits_are_scattered() -> None:
    """A wait is between a half and the whole of what it doubled to."""
    clock = Clock()
    pacing_by(clock, scatter=0.0).retry(failing(2))
    assert [round(wait, 6) for wait in clock.slept] == [0.5, 1]


def test_the_last_fault_says_how_often_it_was_tried() -> None:
    """When no try is left, the fault carries the number of tries."""
    with pytest.raises(FetchError, match="503 Service Unavailable, after 4 tries"):
        pacing_by(Clock()).retry(failing(9))


def test_what_is_not_worth_it_is_tried_once() -> None:
    """A fault that will not go away is not waited for."""
    clock = Clock()
    with pytest.raises(FetchError, match=r"^503 Service Unavailable$"):
        pacing_by(clock).retry(failing(1, again=False))
    assert clock.slept == []


def test_a_server_is_left_alone_for_as_long_as_it_asks() -> None:
    """Retry-After wins over a shorter wait, and a longer wait over it."""
    clock = Clock()
    pacing_by(clock).retry(failing(2, wait_s=1.5))
    assert clock.slept == [1.5, 2.0]


def test_an_hour_is_not_waited_for() -> None:
    """A server that asks for more than a minute is given up at once, and what it asked is said."""
    clock = Clock()
    with pytest.raises(FetchError, match=r"asks to wait 3,600 s"):
        pacing_by(clock).retry(failing(1, wait_s=3600.0))
    assert clock.slept == []


def test_requests_keep_their_distance() -> None:
    """At two requests a second, the third of three at once comes a second after the first."""
    clock = Clock()
    pacing = pacing_by(clock, rate=2.0)
    for _ in range(3):
        pacing.retry(lambda: None)
    assert clock.now == 1.0
