"""Recipes of the simple forecasters: their options, defaults, ranges and meanings."""

from typing import Annotated, Literal

from pydantic import Field

from morrow.section import Section

Lag = Annotated[int, Field(ge=1, le=250)]


class EwmaRecipe(Section):
    """Last price, EWMA volatility and the empirical quantiles of standardised returns."""

    kind: Literal["ewma"]


class UnconditionalRecipe(Section):
    """The quantiles of a symbol's past returns."""

    kind: Literal["unconditional"]


class GarchRecipe(Section):
    """GARCH(1,1) with Student t innovations, with or without GJR's term for falls; a model a symbol."""

    kind: Literal["gjr-garch-t", "garch-t"]


class EgarchRecipe(Section):
    """EGARCH(1,1,1) with Student t innovations, a model a symbol; later steps' widths are simulated."""

    kind: Literal["egarch-t"]
    paths: int = Field(2_000, ge=100, le=100_000, description="simulated for a symbol, seeded")


class HarRecipe(Section):
    """Range volatility of the last day, week and month, one regression for all symbols."""

    kind: Literal["har"]
    lags: tuple[Lag, Lag, Lag] = Field((1, 5, 22), description="sessions of the three means")
    form: Literal["auto", "log", "root"] = Field(
        "auto", description="of the variances; auto is log with high and low, root of squared returns without"
    )
    ridge: float = Field(0.0, ge=0, description="penalty on squared coefficients, a row; 0 is least squares")


class RegressionRecipe(Section):
    """Volatility regressed on the networks' features and a GJR-GARCH: what a regressed target starts from."""

    kind: Literal["regression"]


class FhsRecipe(Section):
    """Filtered historical simulation: paths of GJR-GARCH-t's own standardised residuals, a model a symbol."""

    kind: Literal["fhs"]
    paths: int = Field(2_000, ge=100, le=100_000, description="drawn for a symbol, seeded")
    residuals: Literal["own", "pooled"] = Field(
        "own", description="drawn from a symbol's own, or from those of all symbols"
    )


class BoostedRecipe(Section):
    """Gradient-boosted quantiles of scikit-learn on the networks' features."""

    kind: Literal["boosted"]
    rows: int = Field(20_000, ge=100, description="fit rows drawn at random, seeded")
    trees: int = Field(60, ge=1, description="rounds of boosting")
    leaves: int = Field(8, ge=2, description="of a tree, at most")
    rate: float = Field(0.06, gt=0, description="learning rate")


class LinearRecipe(Section):
    """Linear quantile regression of scikit-learn on the networks' features."""

    kind: Literal["linear"]
    rows: int = Field(2_000, ge=100, le=50_000, description="fit rows drawn at random, seeded")
    l1: float = Field(1e-3, ge=0, description="penalty on absolute coefficients")


class StatisticalRecipe(Section):
    """AutoARIMA or AutoETS of statsforecast on log prices, normal intervals; needs make setup-bench."""

    kind: Literal["arima", "ets"]
    sessions: int = Field(1_000, ge=100, le=10_000, description="last fit sessions of a symbol that are read")
