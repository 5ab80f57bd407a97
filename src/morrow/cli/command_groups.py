"""The headings under which help lists the commands."""

HEADINGS = {
    "Every night": ("nightly", "ingest", "train", "judge", "forecast", "export", "monitor", "replay"),
    "Judging": (
        "backtest", "champion", "promote", "rollback", "retire", "ledger", "tune", "audit", "recipes",
        "reproduce",
    ),
    "Looking": ("status", "show", "plot", "explain", "asof", "board", "ui"),
    "Data": ("check", "quarantine", "symbols", "features"),
    "Setting up": ("init", "clean"),
}  # fmt: skip
OTHER = "Other"


def find_heading(name: str) -> tuple[int, str]:
    """The place and the words of the heading of a command, named by its first word."""
    first = name.partition(" ")[0]
    for place, (heading, names) in enumerate(HEADINGS.items()):
        if first in names:
            return place, heading
    return len(HEADINGS), OTHER
