"""The features that a configuration chooses: its own module loaded, its names known."""

from collections.abc import Mapping
from typing import Any

from morrow.config import Config
from morrow.steps.night import Night


def chosen(config: Config) -> tuple[str, ...]:
    """Load the configured module, and answer the names and groups that are selected.

    Raises:
        ConfigError: the module cannot be used, or a name is neither a feature nor a group.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn)

    load_module(config)
    features.expand_selection(config.features.select)
    return config.features.select


def module(config: Config) -> str:
    """The identity of the configured module of features, empty without one; it is not executed.

    Raises:
        ConfigError: it cannot be read or parsed.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn)

    path = config.features.module
    return features.identify_module(None if path is None else config.folder(path))


def load_module(config: Config) -> str:
    """Register the features of the configured module, once per process; returns its identity.

    Raises:
        ConfigError: it cannot be used.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn)

    path = config.features.module
    return features.load_module(None if path is None else config.folder(path))


def checked(night: Night) -> None:
    """Refuse a selection or a module that cannot be used before anything costly is done.

    Raises:
        ConfigError: what is wrong with it.
    """
    if night.config.features != type(night.config.features)():
        chosen(night.config)


def foreign(document: Mapping[str, Any], config: Config) -> bool:
    """Whether a fitted model reads features of another module than is configured."""
    from morrow import features  # noqa: PLC0415 (scikit-learn)

    trained_with = document.get("features_module", "")
    if not trained_with and config.features.module is None:
        return False
    own = [name for name in document["features"] if not features.comes_with_morrow(name)]
    return bool(own) and load_module(config) != trained_with
