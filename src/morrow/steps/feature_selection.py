"""The features that a configuration selects, and the identity of the user's own module."""

from morrow.config import Config


def select_features(config: Config) -> tuple[str, ...]:
    """Load the configured module, and return the names and groups that are selected.

    Raises:
        ConfigError: the module cannot be used, or a name is neither a feature nor a group.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    load_module(config)
    features.expand_selection(config.features.select)
    return config.features.select


def identify_module(config: Config) -> str:
    """The identity of the configured module of features, empty without one; it is not executed.

    Raises:
        ConfigError: it cannot be read or parsed.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    path = config.features.module
    return features.identify_module(None if path is None else config.folder(path))


def load_module(config: Config) -> str:
    """Register the features of the configured module, once per process; returns its identity.

    Raises:
        ConfigError: it cannot be used.
    """
    from morrow import features  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    path = config.features.module
    return features.load_module(None if path is None else config.folder(path))


def check_selection(config: Config) -> None:
    """Refuse a selection or a module that cannot be used before anything costly is done.

    Raises:
        ConfigError: what is wrong with it.
    """
    if config.features != type(config.features)():
        select_features(config)
