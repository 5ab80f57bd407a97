"""What MLflow says of a retraining whose winner was not installed after all."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morrow.steps.context import Night
from morrow.steps.results import Judgement, Plan
from morrow.steps.retrain import run_pages
from morrow.steps.retrain.record import VERDICT, write_brief_board

DESCRIPTION = "mlflow.note.content"


def correct_verdict(night: Night, plan: Plan, judged: Judgement, verdict: Mapping[str, Any]) -> None:
    """Let tags, descriptions and files say that the old version stays, or that nobody reigns.

    Args:
        night: of one universe.
        plan: of the retraining.
        judged: its judgement, as the contest made it.
        verdict: how it ended: neither promoted nor refreshed, with the reason.

    Raises:
        RegistryError: MLflow cannot be reached.
    """
    champion, windows = plan.champion or "", judged.ledger.get("windows", {})
    board = run_pages.tabulate(judged.leaderboard, champion, verdict)
    cutoff, registry = str(plan.cutoff), night.registry
    text = run_pages.describe_night(night.universe, cutoff, verdict, board, windows, night.config.time.folds)
    registry.tag(judged.run_id, {"verdict": run_pages.KEPT, "winner": champion, DESCRIPTION: text})
    for row in judged.leaderboard:
        if row["name"] in (judged.winner, champion):
            outcome = run_pages.word_verdict(row, champion, verdict)
            about = run_pages.describe_recipe(row, outcome, cutoff, windows)
            registry.tag(judged.runs[row["name"]], {"verdict": outcome, DESCRIPTION: about})
    document = {"verdict": verdict, "winner": plan.champion, "refit": False}
    with tempfile.TemporaryDirectory(prefix="morrow-verdict-") as folder:
        place = Path(folder)
        (place / VERDICT).write_text(json.dumps(document, indent=1), encoding="utf-8")
        write_brief_board(board, place)
        for file in sorted(place.iterdir()):
            registry.attach(judged.run_id, file, "")
