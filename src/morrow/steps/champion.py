"""The registered champion, and whether it fits the configuration."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from morrow import fitted_model
from morrow.config import Config
from morrow.errors import ConfigError, LeakError, RegistryError, VersionError
from morrow.fitted_model import FittedModel
from morrow.steps.context import Night
from morrow.steps.feature_selection import load_module
from morrow.steps.ledger_agreement import find_champion

if TYPE_CHECKING:
    from morrow.registry import Champion

NOTE = "night"  # of a finished retraining: leaderboard, verdict and held symbols


def load_champion(night: Night) -> "tuple[Champion, FittedModel]":
    """Load the champion and its model, and check that it fits the configuration.

    Raises:
        RegistryError: there is no champion, or it cannot be used.
        ConfigError: its forecast or its features are not those that are configured.
    """
    champion = find_champion(night)
    if champion is None:
        raise RegistryError(
            f'universe "{night.universe}" has no champion to forecast with; make one with: '
            f"{night.command_line('nightly')}"
        )
    return champion, read_model(night, champion)


def read_model(night: Night, champion: "Champion") -> FittedModel:
    """Read the champion's model, and check that it fits the configuration.

    Raises:
        RegistryError: its files are not a model that this morrow can read.
        ConfigError: its forecast or its features are not those that are configured.
    """
    try:
        model = fitted_model.load(champion.folder)
    except VersionError as error:
        raise VersionError(f"{error}; retrain with: {night.command_line('judge')}") from None
    check_fit(night, model.document, f'the champion of "{night.universe}"')
    return model


def check_fit(night: Night, document: Mapping[str, Any], which: str) -> None:
    """Refuse a fitted model that is not of this universe and configuration; ``which`` names it.

    Raises:
        ConfigError: it belongs to another universe, or its forecast or features are not those configured.
    """
    if (owner := document.get("universe", night.universe)) != night.universe:
        raise ConfigError(
            f'{which} was trained on universe "{owner}"; go back to one of its own with: '
            f"{night.command_line('rollback')}"
        )
    if answers_another_forecast(document, night.config):
        raise ConfigError(
            f"{which} answers another horizon, levels, window or gap than are configured; retrain with: "
            f"{night.command_line('judge')}"
        )
    if reads_other_module(document, night.config):
        raise ConfigError(
            f"{which} reads features of another features.module than is configured; bring that module back, "
            f"or retrain with: {night.command_line('judge')}"
        )


def answers_another_forecast(document: Mapping[str, Any], config: Config) -> bool:
    """Whether a fitted model has another horizon, levels, window or gap than are configured."""
    configured = config.forecast.model_dump(mode="json")
    names = ("horizon", "levels", "window", "max_gap")
    return any(document["forecast"].get(name) != configured.get(name) for name in names)


def reads_other_module(document: Mapping[str, Any], config: Config) -> bool:
    """Whether a fitted model reads features of another module than is configured."""
    trained_with = document.get("features_module", "")
    if not trained_with and config.features.module is None:
        return False
    from morrow import features  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    own = [name for name in document["features"] if not features.comes_with_morrow(name)]
    return bool(own) and load_module(config) != trained_with


def refuse_past(night: Night, trained_through: str, cutoff: date) -> None:
    """Refuse a night whose champion has already seen later sessions.

    Raises:
        LeakError: it has.
    """
    if trained_through > str(cutoff):
        raise LeakError(
            f'the champion of "{night.universe}" was trained through {trained_through}, after the cutoff '
            f"{cutoff}; choose a later as_of, or play history in a folder of its own with: morrow replay"
        )


def read_last_note(night: Night) -> tuple[str | None, dict[str, Any] | None]:
    """Run and note of the last finished retraining; None without one."""
    last = night.registry.last_night(night.universe, noted=NOTE)
    return (last.run_id, night.registry.read_note(last.run_id, NOTE)) if last else (None, None)
