"""A command that decides about the champion, in a process that kills itself at a moment of the decision."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from mlflow import MlflowClient

from morrow.cli import main
from morrow.steps import manual_decisions

MOMENTS = {
    "before the ledger": (manual_decisions, "append_entry", 0),
    "after the ledger": (manual_decisions, "follow_ledger", 0),
    "between the aliases": (MlflowClient, "set_registered_model_alias", 1),
    "before its entry is noted": (MlflowClient, "set_registered_model_tag", 0),
    "before a version is tagged": (MlflowClient, "set_model_version_tag", 0),
}


def decide_until(moment: str, words: list[str]) -> None:
    """Run a command until it would make the call of this moment, then die by SIGKILL."""
    owner, name, calls = MOMENTS[moment]
    _die_at(owner, name, calls)
    sys.exit(main(words))


def _die_at(owner: Any, name: str, calls: int) -> None:
    """Let so many calls of a function pass, and kill the process at the next one."""
    real: Callable[..., Any] = getattr(owner, name)
    passed: list[int] = []

    def call(*arguments: Any, **options: Any) -> Any:
        if len(passed) == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        passed.append(1)
        return real(*arguments, **options)

    setattr(owner, name, call)
