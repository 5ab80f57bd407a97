"""The training engine's speed, and what it gets from it: ``python -m benchmarks.training --json``."""
