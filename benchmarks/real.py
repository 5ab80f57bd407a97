"""What the gate refuses of the real prices that are shipped: nearly nothing may be."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from morrow import config, steps
from morrow.frames import QUARANTINE
from morrow.steps.results import IngestResult

_TOML = """
[universes.us5]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
[universes.ecb-fx]
calendar = "ECB"
source = { kind = "bundled", dataset = "ecb-fx" }
"""


def measure() -> tuple[dict[str, object], list[str]]:
    """Take both shipped universes in.

    Returns:
        Refused rows per 10,000 and how many there were, and a line on each refused row.
    """
    rows, lines = 0, []
    with tempfile.TemporaryDirectory(prefix="morrow-real-") as name:
        (Path(name) / "morrow.toml").write_text(_TOML, encoding="utf-8")
        settings = config.load(Path(name) / "morrow.toml")
        for universe in settings.universes:
            night = steps.Night(settings, universe, None, datetime.now(UTC))
            ingested = steps.STEPS[0](night, {})
            if not isinstance(ingested, IngestResult):
                raise TypeError(f"the first step returned {type(ingested).__name__}, not Ingested")
            rows += ingested.received
            refused = night.store.read(QUARANTINE, universe)
            for _, rules in refused.groupby("row"):
                first = rules.iloc[0]
                lines.append(f"{first['symbol']} {first['session']:%Y-%m-%d}: {', '.join(rules['rule'])}")
    per = round(1e4 * len(lines) / rows, 4)
    return {"real_quarantined_per_10000": per, "real_rows": rows}, lines
