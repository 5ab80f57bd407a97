"""What a manifest says beside rows and lineage: what to expect of the model, and of the calendar."""

from typing import Any

from morrow.frames import forecasts_schema
from morrow.sessions import known_through
from morrow.steps.champion import load_champion, read_last_note
from morrow.steps.context import Night
from morrow.steps.results import ForecastResult

_EXPECTED = (
    "coverage_80", "coverage_90", "coverage_95", "pinball", "skill_vs_ewma", "skill_vs_gjr_garch",
    "skill_vs_regression", "rows",
)  # fmt: skip


def describe_delivery(night: Night, forecast: ForecastResult) -> dict[str, Any]:
    """Facts of tonight's export, JSON-ready.

    Raises:
        RegistryError: the champion's files or the last contest's note cannot be read.
    """
    end = known_through(night.options.trading_calendar)
    return {
        "recipe": forecast.model,
        "alias": None if forecast.is_zero_shot else "champion",
        "delta_version": night.store.version(forecasts_schema(night.config.forecast.levels)),
        "calendar": {"name": night.options.trading_calendar, "known_through": str(end) if end else None},
        "currency": night.options.currency,
        "expected": _describe_expectation(night, forecast),
        "direction": _describe_direction(night, forecast),
    }


def _describe_expectation(night: Night, forecast: ForecastResult) -> dict[str, Any]:
    """What the recipe showed out of fold in the last contest; nothing of a pretrained network."""
    if forecast.is_zero_shot:
        return {
            "figures": None,
            "about": "a pretrained network, which no contest of this universe has judged",
        }
    run_id, document = read_last_note(night)
    board = document["leaderboard"] if document else []
    row = next((row for row in board if row.get("name") == forecast.model), None)
    if row is None:
        return {"figures": None, "about": "the last contest did not measure this recipe"}
    return {
        "figures": {name: row.get(name) for name in _EXPECTED},
        "about": "the recipe in the last contest, out of fold on its test sessions; coverage is the share of "
        "outcomes inside the central interval, skill the share of pinball loss that is saved",
        "contest_run_id": run_id,
    }


def _describe_direction(night: Night, forecast: ForecastResult) -> dict[str, Any]:
    """How much of its own view of direction the model may keep, and so why ``p_up`` can be one half."""
    if forecast.is_zero_shot:
        return {"share": None, "about": "p_up follows from the quantiles, unproved"}
    share = load_champion(night)[1].document.get("direction")
    if share is None:
        return {"share": None, "about": "p_up follows from the quantiles or the head direction, unshrunk"}
    if not share:
        about = (
            "p_up and p_down are one half in rows without a flag: on its calibrate sessions the model's "
            "probabilities of direction were no better than one half"
        )
    else:
        about = (
            "the distance of p_up from one half is multiplied by this share, as the calibrate sessions allow"
        )
    return {"share": share, "about": about}
