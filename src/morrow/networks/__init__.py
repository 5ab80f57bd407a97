"""Recurrent networks as functions of their weights: cells, heads, and outputs for panel rows."""

from morrow.networks.answers import answer, chunk_rows, find_rows_read, read, window_rows
from morrow.networks.gradient_memory import gradient_by_distance
from morrow.networks.gradient_steps import STEPS_AN_EPOCH, Schedule, Stepper
from morrow.networks.network import Network, build, restore, weights

__all__ = [
    "STEPS_AN_EPOCH",
    "Network",
    "Schedule",
    "Stepper",
    "answer",
    "build",
    "chunk_rows",
    "find_rows_read",
    "gradient_by_distance",
    "read",
    "restore",
    "weights",
    "window_rows",
]
