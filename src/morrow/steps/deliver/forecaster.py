"""What forecasts a universe tonight: its champion, or without one a pretrained network as it is shipped."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from morrow import fitted_model, shipped_networks
from morrow.config import ZERO_SHOT, ZERO_SHOT_KIND
from morrow.fitted_model import FittedModel
from morrow.steps.champion import load_champion
from morrow.steps.context import Night
from morrow.steps.market import KnownMarket
from morrow.steps.results import Plan

if TYPE_CHECKING:
    import pandas as pd

    from morrow.panel import Eligibility, Panel

UNCALIBRATED = "none: raw quantiles"


@dataclass(frozen=True)
class Forecaster:
    """What forecasts a universe, and what its forecasts say of it.

    Attributes:
        name: of the champion's recipe, or ``zero-shot``.
        version: of the registered model, or ``pretrained-`` with the start of the shipped weights' sha256.
        run_id: of the recipe's run; empty for a pretrained network, which no run has trained.
        calibration: where that of the version began.
        model: the champion's; None for a pretrained network.
        untrained: why there is no model.
    """

    name: str
    version: str
    run_id: str
    calibration: str
    model: FittedModel | None = None
    untrained: str = ""

    def build_panel(self, market: KnownMarket) -> "Panel":
        """The panel with the features that the model reads; a pretrained network has inputs of its own."""
        return market.panel(None if self.model is None else tuple(self.model.document["features"]))

    def tabulate(
        self, night: Night, plan: Plan, market: KnownMarket, panel: "Panel"
    ) -> "tuple[pd.DataFrame, Eligibility]":
        """The forecasts at the cutoff, and the symbols that they cover.

        Raises:
            HistoryError: no symbol can be forecast.
            RegistryError: the pretrained network cannot be used.
        """
        from morrow import forecast as forecasts  # noqa: PLC0415 (torch: a quiet night does without)

        calendar, skip = night.options.trading_calendar, night.options.gaps == "leave_out"
        if self.model is not None:
            return forecasts.table(
                self.model,
                panel,
                stale=plan.stale,
                observed=market.sessions,
                calendar=calendar,
                leave_gaps_out=skip,
            )
        return forecasts.zero_shot_table(
            panel,
            night.config.forecast,
            self.untrained,
            stale=plan.stale,
            observed=market.sessions,
            calendar=calendar,
            leave_gaps_out=skip,
        )

    def assess(self, night: Night, panel: "Panel") -> "Eligibility":
        """Who is forecast at the cutoff, and how."""
        from morrow import panel as panels  # noqa: PLC0415 (scikit-learn: a quiet night does without)

        return panels.assess_eligibility(
            panel,
            night.config.forecast,
            training_range=self.model.document.get("range") if self.model else None,
            leave_gaps_out=night.options.gaps == "leave_out",
            untrained=self.untrained,
        )


def choose_forecaster(night: Night, plan: Plan) -> Forecaster:
    """The champion; where it cannot forecast and none can be made yet, a pretrained network.

    Raises:
        RegistryError: there is no champion, though one could be made; or its files are not a model.
        ConfigError: the champion makes another forecast than the configured one.
    """
    if plan.first_contest is not None and plan.is_zero_shot:
        version = shipped_networks.name_version(ZERO_SHOT_KIND)
        return Forecaster(ZERO_SHOT, version, "", UNCALIBRATED, untrained=plan.first_contest.reason)
    champion, model = load_champion(night)
    calibration = fitted_model.describe_calibration(model)
    return Forecaster(champion.name, champion.version, champion.run_id, calibration, model)
