"""How often and how soon to ask: retries with growing, scattered waits, and a polite distance between."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from morrow.sources.http.reply import FetchError

Found = TypeVar("Found")

LONGEST_WAIT_S = 60.0


@dataclass
class Patience:
    """Waits between requests, and between tries of one.

    Attributes:
        retries: further tries where one is worth it.
        wait_s: before the first of them.
        rate_per_s: requests a second at most, tries included.
        clock: seconds that only ever grow.
        sleep: waits that many seconds.
        scatter: a random number from 0 to 1.
    """

    retries: int
    wait_s: float
    rate_per_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    scatter: Callable[[], float] = random.random
    _next: float = field(default=float("-inf"), init=False)

    def tried(self, attempt: Callable[[], Found]) -> Found:
        """Make an attempt until it succeeds, is not worth repeating, or patience ends.

        A wait doubles with each try, scattered between a half and the whole of it, and is never shorter
        than the server asks for. A server that asks for more than a minute is not waited for.

        Raises:
            FetchError: the last one, with the number of tries in its words.
        """
        for tries in range(self.retries + 1):
            self._keep_distance()
            try:
                return attempt()
            except FetchError as fault:
                wait = self._wait(fault, tries)
                if wait is None:
                    raise _counted(fault, tries + 1) from None
                self.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _keep_distance(self) -> None:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.rate_per_s

    def _wait(self, fault: FetchError, tries: int) -> float | None:
        """Seconds to wait after a fault; None to give up."""
        asked = fault.wait_s or 0.0
        if not fault.again or tries >= self.retries or asked > LONGEST_WAIT_S:
            return None
        grown = min(self.wait_s * 2**tries, LONGEST_WAIT_S)
        return float(max(asked, grown * (0.5 + self.scatter() / 2)))


def _counted(fault: FetchError, tries: int) -> FetchError:
    """The fault, saying how often it was tried and how long the server wants to be left alone."""
    words = [str(fault)]
    if fault.wait_s and fault.wait_s > LONGEST_WAIT_S:
        words.append(f"asks to wait {fault.wait_s:,.0f} s")
    if tries > 1:
        words.append(f"after {tries} tries")
    return FetchError(", ".join(words), again=False, everyone=fault.everyone, wait_s=fault.wait_s)
