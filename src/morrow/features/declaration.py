"""Feature declarations: a function with its inputs, its warm-up and its purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

FIELDS = ("open", "high", "low", "close", "volume")

Function = Callable[..., Any]
Declared = TypeVar("Declared", bound=Function)
Scope = Literal["block", "market", "series"]


@dataclass(frozen=True)
class Feature:
    """One feature: its value at a bar depends on that bar and earlier ones only.

    Attributes:
        name: the column name.
        group: the group that selects it in a configuration.
        inputs: bar fields that it needs, from ``FIELDS``.
        warm_up: number of bars in a series before the first known value.
        unit: unit of the values.
        source: source of the formula.
        why: what it contributes, in one sentence.
        compute: returns the values: (S, T) for a block of series, (R,) for a market, or (T,) for the bars
            of one series, depending on ``scope``.
        scope: what ``compute`` receives.
        needs: features that the market must hold for it.
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
    needs: tuple[str, ...] = ()


DECLARED: dict[str, list[Feature]] = {}  # by declaring module, in order of declaration


def feature(
    *,
    warm_up: int,
    why: str,
    name: str = "",
    group: str = "own",
    inputs: tuple[str, ...] = ("close",),
    unit: str = "none",
    source: str = "own",
    reach: int | None = None,  # noqa: ARG001 (modules written for 0.1.0 may name it)
    needs: tuple[str, ...] = (),
    scope: Scope = "series",
) -> Callable[[Declared], Declared]:
    """Declare a function as a feature.

    Args:
        warm_up: number of bars in a series before the first known value.
        why: what it contributes, in one sentence.
        name: the column name; by default the function's name.
        group: the group that selects it in a configuration.
        inputs: bar fields that it needs.
        unit: unit of the values.
        source: source of the formula.
        reach: no longer used.
        needs: features that a market feature requires.
        scope: what the function receives.
    """

    def declare(function: Declared) -> Declared:
        one = Feature(
            name=name or function.__name__,
            group=group,
            inputs=inputs,
            warm_up=warm_up,
            unit=unit,
            source=source,
            why=why,
            compute=function,
            scope=scope,
            needs=needs,
        )
        DECLARED.setdefault(function.__module__, []).append(one)
        return function

    return declare


def make_decorator(group: str, scope: Scope) -> Callable[..., Callable[[Declared], Declared]]:
    """Make a :func:`feature` decorator with a fixed group and scope."""
    return partial(feature, group=group, scope=scope)
