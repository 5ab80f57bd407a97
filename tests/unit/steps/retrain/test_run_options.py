"""Which options become parameters of a night's runs, and under which group."""

from typing import Any

from morrow.baselines.ewma import EwmaRecipe
from morrow.config import NetworkRecipe
from morrow.steps.retrain.run_options import select_options


def network(**options: Any) -> NetworkRecipe:
    """A network of kind lstm with a raw target, so that no default depends on another option."""
    return NetworkRecipe(**{"kind": "lstm"} | options)


def test_an_option_that_one_network_sets_is_named_by_all() -> None:
    """A width that only one recipe sets is an axis: the other's default is logged beside it."""
    options = select_options({"a": network(width=32, rate=0.01), "b": network()})
    assert (options["a"]["network/width"], options["b"]["network/width"]) == (32, 16)
    assert (options["a"]["training/rate"], options["b"]["training/rate"]) == (0.01, 3e-4)
    assert not {"network/layers", "training/batch"} & (set(options["a"]) | set(options["b"]))


def test_an_option_that_all_share_counts_where_it_is_not_the_default() -> None:
    """Two networks of width 32 log it; what changes no answer is no parameter."""
    options = select_options({name: network(width=32, device="cpu", trials=3) for name in "ab"})
    assert options["a"]["network/width"] == 32
    assert not [name for name in options["a"] if name.endswith(("/device", "/trials", "/kind"))]


def test_a_baseline_is_compared_with_its_own_table_alone() -> None:
    """A baseline without options of its own has no parameter, whatever the networks set."""
    options = select_options({"a": network(width=32), "ewma": EwmaRecipe(kind="ewma")})
    assert options["ewma"] == {}
