"""What a feature is, and how one is declared: a function with its inputs, its warm-up and a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

ENDLESS = 1_000_000_000  # the reach of a feature whose values depend on all bars before
FIELDS = ("open", "high", "low", "close", "volume")

Function = Callable[..., Any]
Declared = TypeVar("Declared", bound=Function)
Scope = Literal["block", "market", "series"]


@dataclass(frozen=True)
class Feature:
    """One feature: causal, of a bar and what came before it.

    Attributes:
        name: of its column.
        group: that a configuration may select whole.
        inputs: fields of the bars that it needs, of ``FIELDS``.
        warm_up: bars of a series before the first whose value is known.
        unit: of its values.
        source: of the formula.
        why: it is worth having, in one sentence.
        compute: answers the values: (S, T) of a block of series, (R,) of a market, or (T,) of the bars of
            one series, as ``scope`` says.
        scope: what ``compute`` is given.
        reach: bars back that a value depends on, apart from a block's own recursions; None is all of them.
        needs: features that a market must be given for it.
    """

    name: str
    group: str
    inputs: tuple[str, ...]
    warm_up: int
    unit: str
    source: str
    why: str
    compute: Function
    scope: Scope = "series"
    reach: int | None = None
    needs: tuple[str, ...] = ()


DECLARED: dict[str, list[Feature]] = {}  # by the module that declares them, in its order


def feature(
    *,
    warm_up: int,
    why: str,
    name: str = "",
    group: str = "own",
    inputs: tuple[str, ...] = ("close",),
    unit: str = "none",
    source: str = "own",
    reach: int | None = None,
    needs: tuple[str, ...] = (),
    scope: Scope = "series",
) -> Callable[[Declared], Declared]:
    """Declare a function as a feature.

    Args:
        warm_up: bars of a series before the first whose value is known.
        why: it is worth having, in one sentence.
        name: of its column; by default the function's.
        group: that a configuration may select whole.
        inputs: fields of the bars that it needs.
        unit: of its values.
        source: of the formula.
        reach: bars back that a value depends on; None is all of them of a user's series, which costs a
            full computation every night, and the warm-up of everything else.
        needs: features that a feature of the market must be given.
        scope: what the function is given.
    """

    def declare(function: Declared) -> Declared:
        found = Feature(
            name=name or function.__name__,
            group=group,
            inputs=inputs,
            warm_up=warm_up,
            unit=unit,
            source=source,
            why=why,
            compute=function,
            scope=scope,
            reach=warm_up if reach is None and scope != "series" else reach,
            needs=needs,
        )
        DECLARED.setdefault(function.__module__, []).append(found)
        return function

    return declare


def declaring(group: str, scope: Scope) -> Callable[..., Callable[[Declared], Declared]]:
    """:func:`feature` for the features of one group and scope."""
    return partial(feature, group=group, scope=scope)
