"""Walk-forward folds over sessions, as a splitter of scikit-learn."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import indexable

Indices = NDArray[np.int64]


class WalkForward(BaseCrossValidator):  # type: ignore[misc]  # scikit-learn has no types
    """Folds that test on later sessions than they train on, purged of labels that reach into the test.

    Every fold tests on the sessions right after those of the fold before. It trains on all sessions before
    its test without the last ``horizon + embargo``, or on the last ``max_train_size`` of these: the label of
    a session is known ``horizon`` sessions later.

    Args:
        n_splits: number of folds, 1 or more.
        test_size: sessions that each fold tests on, the last fold up to the last session; None divides the
            sessions from ``start`` on evenly, the first folds getting those that are left over.
        start: number of the first tested session, from 0, where ``test_size`` is None; by default as many
            sessions are left before it as each fold tests on.
        horizon: sessions that a label reaches ahead; 0 purges nothing.
        embargo: more sessions that are left out between training and test.
        max_train_size: sessions that a fold trains on at most (a sliding window); None for all (expanding).

    >>> import numpy as np
    >>> folds = WalkForward(3, test_size=2, horizon=1)
    >>> for train, test in folds.split(np.zeros(9)):
    ...     print(train, test)
    [0 1] [3 4]
    [0 1 2 3] [5 6]
    [0 1 2 3 4 5] [7 8]
    >>> sliding = WalkForward(2, test_size=2, horizon=1, embargo=1, max_train_size=3)
    >>> for train, test in sliding.split(np.zeros(9)):
    ...     print(train, test)
    [0 1 2] [5 6]
    [2 3 4] [7 8]

    Rows of the same session, such as bars of several symbols, stay together. ``groups`` names the session of
    each row, in any order of rows; without it every row is a session of its own:

    >>> session = [0, 1, 2, 3, 0, 1, 2, 3]  # two symbols, one after the other
    >>> for train, test in WalkForward(1, test_size=1, horizon=1).split(np.zeros(8), groups=session):
    ...     print(train, test)
    [0 1 4 5] [3 7]
    """

    __metadata_request__split = {"groups": True}  # noqa: RUF012 (how scikit-learn is told that groups are read)

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_size: int | None = None,
        start: int | None = None,
        horizon: int = 1,
        embargo: int = 0,
        max_train_size: int | None = None,
    ) -> None:
        """Keep the options as they are; they are checked by ``split``."""
        self.n_splits = n_splits
        self.test_size = test_size
        self.start = start
        self.horizon = horizon
        self.embargo = embargo
        self.max_train_size = max_train_size

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: ARG002, N803
        """Number of folds; the arguments are there for compatibility."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Indices, Indices]]:  # noqa: N803
        """Yield the row indices to train on and those to test on, fold after fold.

        Args:
            X: (N, ...) rows.
            y: not used.
            groups: (N,) session of each row, as numbers, dates or anything that can be ordered; None if every
                row is a session and they are in order.

        Raises:
            ValueError: an option is out of its range, or there are too few sessions.
        """
        given, _, groups = indexable(X, y, groups)
        code = np.arange(given.shape[0] if hasattr(given, "shape") else len(given))
        if groups is not None:
            _, code = np.unique(np.asarray(groups), return_inverse=True)
        sessions = int(code.max()) + 1 if len(code) else 0
        for train, test in self.split_sessions(sessions):
            yield tuple(  # type: ignore[misc]
                np.flatnonzero((code >= low) & (code < high)) for low, high in (train, test)
            )

    def split_sessions(self, sessions: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The half-open ranges of session numbers to train on and to test on, fold after fold.

        Raises:
            ValueError: as :meth:`split`.
        """
        self._check_options()
        edges = self._find_edges(sessions)
        folds = []
        for low, high in pairwise(edges):
            end = low - self.horizon - self.embargo
            first = 0 if self.max_train_size is None else max(0, end - self.max_train_size)
            folds.append(((first, end), (low, high)))
        if folds[0][0][1] < 1:
            raise ValueError(
                f"{sessions} sessions are too few for {self.n_splits} folds: the first would test from "
                f"session {edges[0]} on, and with horizon {self.horizon} and embargo {self.embargo} nothing "
                "is left to train on"
            )
        return folds

    def _find_edges(self, sessions: int) -> list[int]:
        """First tested session of each fold, and the end of the last one."""
        if self.test_size is not None:
            return [sessions - back * self.test_size for back in range(self.n_splits, -1, -1)]
        start = sessions // (self.n_splits + 1) if self.start is None else self.start
        each, more = divmod(sessions - start, self.n_splits)
        if each < 1:
            raise ValueError(
                f"{sessions} sessions are too few for {self.n_splits} folds that begin at session {start}"
            )
        lengths = [each + (place < more) for place in range(self.n_splits)]
        return [int(edge) for edge in start + np.cumsum([0, *lengths])]

    def _check_options(self) -> None:
        lowest = {"n_splits": 1, "test_size": 1, "start": 0, "horizon": 0, "embargo": 0, "max_train_size": 1}
        for name, least in lowest.items():
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int | np.integer) or value < least):
                raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")
        if self.test_size is not None and self.start is not None:
            raise ValueError("give test_size or start, not both: the first follows from the other")
