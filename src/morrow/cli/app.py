"""Every command by name, its help and where it lives; and the one way in, from arguments to an exit code."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from morrow import __version__
from morrow.cli.complaints import INTERRUPTED, complain, error

# Name, what it does, an example.
COMMANDS = (
    (
        "init",
        "Write a commented morrow.toml: both shipped universes, your own file, or a live source.",
        "morrow init prices --csv prices.csv",
    ),
    (
        "nightly",
        "Take every universe through the night: ingest, retrain if due, forecast, export, monitor.",
        "morrow nightly --universe us5 --as-of 2013-03-01 --json",
    ),
    (
        "ingest",
        "Take in what the source has, and quarantine what the raw gate refuses.",
        "morrow ingest --universe ecb-fx",
    ),
    (
        "check",
        "Show what the raw gate would refuse of the source, and why; nothing is stored.",
        "morrow check --universe us5",
    ),
    (
        "features",
        "Describe the features and say who can be forecast, from the stored prices; --list lists them all.",
        "morrow features --universe us5",
    ),
    (
        "audit",
        "Prove every feature and scaler causal on the stored prices, or name what sees the future.",
        "morrow audit --universe us5",
    ),
    (
        "train",
        "Train every recipe out of fold, though it may not be due; nothing is judged.",
        "morrow train --universe us5",
    ),
    (
        "backtest",
        "Train every recipe and show the leaderboard in full; nothing is promoted or logged.",
        "morrow backtest --universe us5 --json",
    ),
    (
        "judge",
        "Train every recipe, hold the contest, and refit and register its winner.",
        "morrow judge --universe us5",
    ),
    (
        "forecast",
        "Forecast with the reigning champion into the forecasts table.",
        "morrow forecast --universe us5",
    ),
    (
        "export",
        "Forecast, and write the export that consumers read.",
        "morrow export --universe us5",
    ),
    (
        "monitor",
        "Score the forecasts whose sessions have come.",
        "morrow monitor --universe us5",
    ),
    (
        "quarantine list",
        "List the rows that the raw gate refused, with the reason and an id to type.",
        "morrow quarantine list --universe us5 --rule jump",
    ),
    (
        "quarantine show",
        "Show one refused row: as received, as it would be stored, and the bars around it.",
        "morrow quarantine show 3fa2c1d0:1245",
    ),
    (
        "quarantine accept",
        "Store refused rows though a rule refused them; every other rule still judges them.",
        'morrow quarantine accept 3fa2c1d0:1245 --reason "checked against the exchange"',
    ),
    (
        "quarantine drop",
        "Keep refused rows out for good, whatever the gate says on later nights.",
        "morrow quarantine drop --symbol AAPL --session 2013-02-15",
    ),
    (
        "asof",
        "Show what was known of a symbol at the end of a day, and what was revised since.",
        "morrow asof 2008-09-15 AAPL --universe us5",
    ),
    (
        "symbols list",
        "Show the symbols of each universe: first and last bar, spells, earlier names.",
        "morrow symbols list --universe us5",
    ),
    (
        "symbols rename",
        "Give a symbol's history a new name from a session on; no stored row is rewritten.",
        "morrow symbols rename FB META --from 2022-06-09",
    ),
    (
        "tune",
        "Search for a network's options on inner folds, and write the best as a recipe file.",
        "morrow tune --universe us5 --trials 30 --minutes 10",
    ),
    (
        "status",
        "Say where every universe stands, and what to do next.",
        "morrow status --json",
    ),
    (
        "recipes",
        "List the kinds of recipes with their options and ranges, or validate a recipe's file.",
        "morrow recipes recipes/mine.toml",
    ),
    (
        "replay",
        "Play the last sessions night by night, each with only what was known then.",
        "morrow replay --last 10 --universe us5",
    ),
    (
        "ui",
        "Open MLflow's pages on loopback, to compare the runs.",
        "morrow ui --port 5000",
    ),
)  # fmt: skip

GROUPS = {
    "quarantine": "Look at the rows that the raw gate refused, and decide about them.",
    "symbols": "See who is in a universe, and rename a symbol; alone it lists them.",
}

_HOMES = {
    "init": "start:init", "check": "looks:check", "features": "looks:features",
    "backtest": "backtest:backtest", "audit": "audit:audit",
    "asof": "asof:asof", "status": "status:status", "recipes": "recipes:recipes",
    "replay": "replay:replay", "ui": "ui:ui",
    "quarantine list": "quarantine:listed", "quarantine show": "quarantine:show",
    "quarantine accept": "quarantine:accept", "quarantine drop": "quarantine:drop",
    "symbols list": "symbols:listed", "symbols rename": "symbols:rename",
    "tune": "tune:tune",
}  # fmt: skip


def application() -> App:
    """The parser; a command's module is imported when the command is called."""
    app = App(
        name="morrow",
        version=__version__,
        help="Tonight's models, the morrow's prices: a nightly pipeline of price forecasts.",
        help_epilogue="Start with: morrow init DIR, then: morrow nightly --config DIR/morrow.toml",
        help_format="plaintext",
        help_flags=["--help", "-h"],
        version_flags=["--version"],
        suppress_keyboard_interrupt=False,
        default_parameter=Parameter(negative=(), show_default=False),
    )
    groups: dict[str, App] = {}
    for place, (words, text, example) in enumerate(COMMANDS):
        group, _, name = words.rpartition(" ")
        home = _HOMES.get(words, f"night:{words}")
        if group and group not in groups:
            groups[group] = App(
                name=group,
                help=GROUPS[group],
                help_epilogue=f"Start with: morrow {words}",
                sort_key=place,
            )
            app.command(groups[group])
        (groups[group] if group else app).command(
            f"morrow.cli.{home}", name=name, help=text, help_epilogue=f"Example: {example}", sort_key=place
        )
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: of the command line; None takes the process's own.

    Returns:
        0 done, 1 the night failed, 2 the user's error, 130 interrupted. Whatever is wrong is one line on
        stderr, without a traceback unless ``--debug`` is among the arguments.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["symbols"] and (given[1:2] or ["--"])[0].startswith("--") and "--help" not in given:
        given.insert(1, "list")
    try:
        code = application()(given, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as wrong:
        error(f"{wrong}; see: {' '.join(('morrow', *_named(given), '--help'))}")
        return 2
    except KeyboardInterrupt:
        error("interrupted; run it again to finish")
        return INTERRUPTED
    except Exception as wrong:  # noqa: BLE001 (the last edge: no traceback reaches a person unasked)
        return complain(wrong, debug="--debug" in given)
    return int(code or 0)


def _named(given: Sequence[str]) -> Sequence[str]:
    """The words of the arguments that name a command, or a group of commands."""
    known = {name for name, _, _ in COMMANDS} | set(GROUPS)
    return next((given[:size] for size in (2, 1) if " ".join(given[:size]) in known), ())
