"""Prefect flows: order, retries, schedule and artifacts.

Prefect reads its settings when it is first imported, so they are defaulted here: its home inside the
project's folder, nothing sent anywhere, nothing kept of what a task returns.
"""

import os
from contextlib import suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

SETTINGS = {
    "PREFECT_HOME": str(PROJECT / ".cache" / "prefect"),
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    # Failures reach the terminal once, as a line of morrow's own; tracebacks are in the run's log.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)

# Prefect makes its home at import, but not the folders above it, and warns where they are missing.
with suppress(OSError):
    Path(os.environ["PREFECT_HOME"]).parent.mkdir(parents=True, exist_ok=True)
