"""The winner once more, on everything: the model that forecasts tomorrow, which nobody can judge any more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from morrow import training
from morrow.backtest.jobs import Result
from morrow.fitted import Fitted
from morrow.panel import Panel


def refit(panel: Panel, result: Result, settings: Mapping[str, Any], seed: int) -> Fitted:
    """The recipe on every session of a panel, for the steps and calibration that were found out of fold.

    Args:
        panel: through the cutoff.
        result: what the recipe's job left on the same panel.
        settings: what the fitted model must carry, with its ``forecast`` section.
        seed: of everything drawn at random.

    Raises:
        HistoryError, NightError: as :func:`morrow.training.fit`.
    """
    judged = result.fitted.document
    last = len(panel.sessions) - 1
    task = training.Assignment(
        name=result.name,
        recipe=result.recipe,
        fit=(0, last + 1),
        stop=None,
        through=last,
        seed=seed,
        levels=tuple(settings["forecast"]["levels"]),
        window=int(settings["forecast"]["window"]),
        courses=training.courses(judged),
        document=dict(settings),
    )
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        model = training.fit(panel, task).fitted
    return replace(model, document={**model.document, "calibration": judged["calibration"]})
