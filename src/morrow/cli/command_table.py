"""The table of commands: how each is typed, where its function lives, and what its help says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: as it is typed; a word before it names its group.
        function: where it lives in this package, as ``module:function``.
        about: its help, in a sentence.
        example: a line to type.
    """

    name: str
    function: str
    about: str
    example: str


COMMANDS = (
    Command(
        "init",
        "init:init",
        "Write a commented morrow.toml: both shipped universes, your own file, or a live source.",
        "morrow init prices --csv prices.csv",
    ),
    Command(
        "nightly",
        "night:nightly",
        "Play the night of every universe: ingest, retrain if due, forecast, export, monitor.",
        "morrow nightly --universe us5 --as-of 2013-03-01 --json",
    ),
    Command(
        "ingest",
        "night:ingest",
        "Store what is new at the source, and quarantine what the raw gate refuses.",
        "morrow ingest --universe ecb-fx",
    ),
    Command(
        "check",
        "check:check",
        "Show what the raw gate would refuse of the source, and why; nothing is stored.",
        "morrow check --universe us5",
    ),
    Command(
        "features",
        "features:features",
        "Describe the features and say who can be forecast, from the stored prices; --list lists them all.",
        "morrow features --universe us5",
    ),
    Command(
        "audit",
        "audit:audit",
        "Check that no feature or scaler sees the future of the stored prices, or name those that do.",
        "morrow audit --universe us5",
    ),
    Command(
        "train",
        "night:train",
        "Train every recipe out of fold, due or not; nothing is judged.",
        "morrow train --universe us5",
    ),
    Command(
        "backtest",
        "backtest:backtest",
        "Train every recipe and show the leaderboard in full; nothing is promoted or logged.",
        "morrow backtest --universe us5 --json",
    ),
    Command(
        "judge",
        "night:judge",
        "Train every recipe, hold the contest, and refit and register its winner.",
        "morrow judge --universe us5",
    ),
    Command(
        "forecast",
        "night:forecast",
        "Forecast with the reigning champion into the forecasts table.",
        "morrow forecast --universe us5",
    ),
    Command(
        "export write",
        "night:export",
        "Forecast, and write the export that consumers read.",
        "morrow export write --universe us5",
    ),
    Command(
        "export verify",
        "export_proof:verify",
        "Prove that an export is what was written, or name what differs.",
        "morrow export verify exports/us5/2013-03-01",
    ),
    Command(
        "show",
        "show:show",
        "Show one symbol's exported forecast: a table, and a fan drawn with characters.",
        "morrow show us5 AAPL",
    ),
    Command(
        "monitor",
        "night:monitor",
        "Score the forecasts whose sessions have come.",
        "morrow monitor --universe us5",
    ),
    Command(
        "quarantine list",
        "quarantine:list_rows",
        "List the rows that the raw gate refused, with the reason and an id to type.",
        "morrow quarantine list --universe us5 --rule jump",
    ),
    Command(
        "quarantine show",
        "quarantine:show",
        "Show one refused row: as received, as it would be stored, and the bars around it.",
        "morrow quarantine show 3fa2c1d0:1245",
    ),
    Command(
        "quarantine accept",
        "quarantine:accept",
        "Store refused rows though a rule refused them; every other rule still judges them.",
        'morrow quarantine accept 3fa2c1d0:1245 --reason "checked against the exchange"',
    ),
    Command(
        "quarantine drop",
        "quarantine:drop",
        "Keep refused rows out for good, whatever the gate says on later nights.",
        "morrow quarantine drop --symbol AAPL --session 2013-02-15",
    ),
    Command(
        "asof",
        "symbols:asof",
        "Show what was known of a symbol at the end of a day, and what was revised since.",
        "morrow asof 2008-09-15 AAPL --universe us5",
    ),
    Command(
        "symbols list",
        "symbols:list_symbols",
        "Show the symbols of each universe: first and last bar, spells, earlier names.",
        "morrow symbols list --universe us5",
    ),
    Command(
        "symbols rename",
        "symbols:rename",
        "Give a symbol's history a new name from a session on; no stored row is rewritten.",
        "morrow symbols rename FB META --from 2022-06-09",
    ),
    Command(
        "tune",
        "tune:tune",
        "Search for a network's options on inner folds, and write the best as a recipe file.",
        "morrow tune --universe us5 --trials 30 --minutes 10",
    ),
    Command(
        "status",
        "status:status",
        "Say where every universe stands, and what to do next.",
        "morrow status --json",
    ),
    Command(
        "champion",
        "champion:champion",
        "Say who is champion, since when and why, and which versions could come back.",
        "morrow champion --universe us5",
    ),
    Command(
        "promote",
        "champion:promote",
        "Make the version that a run registered the champion, with a reason for the ledger.",
        'morrow promote 0f3c2b7a --because "calmer in June" --universe us5',
    ),
    Command(
        "rollback",
        "champion:rollback",
        "Return to the version that was champion before, or to the one named by --to.",
        "morrow rollback --universe us5 --dry-run",
    ),
    Command(
        "retire",
        "champion:retire",
        "Never use a version again; if it is champion, the version before it returns.",
        'morrow retire 3 --because "trained on a wrong split" --universe us5',
    ),
    Command(
        "ledger show",
        "ledger:show",
        "Show every decision about the champion, the newest last, with its rules and its reason.",
        "morrow ledger show --universe us5",
    ),
    Command(
        "ledger rebuild",
        "ledger:rebuild",
        "Make the aliases and tags in MLflow those of the ledger; --dry-run lists what differs.",
        "morrow ledger rebuild --universe us5 --dry-run",
    ),
    Command(
        "clean",
        "clean:clean",
        "Remove large files of old runs that never made a champion; --dry-run lists them with their size.",
        "morrow clean --universe us5 --dry-run",
    ),
    Command(
        "explain",
        "explain:explain",
        "Say why a symbol is forecast as it is: model, verdict, features, bars, recent scores, flags.",
        "morrow explain us5 AAPL --as-of 2013-03-01",
    ),
    Command(
        "reproduce",
        "reproduce:reproduce",
        "Train a recorded run again from its own data version, options and seed, and say what differs.",
        "morrow reproduce 0f3c2b7a --json",
    ),
    Command(
        "recipes",
        "recipes:recipes",
        "List the kinds of recipes with their options and ranges, or resolve a shipped recipe or a file.",
        "morrow recipes gru",
    ),
    Command(
        "replay",
        "replay:replay",
        "Play the last sessions night by night, each with only what was known then.",
        "morrow replay --last 10 --universe us5",
    ),
    Command(
        "board",
        "board:board",
        "Write the pages that people open in the morning, from the tables alone; they open from the disk.",
        "morrow board --universe us5",
    ),
    Command(
        "plot",
        "plot:plot",
        "Draw the newest forecast of a symbol as a fan, in a PNG or an HTML file.",
        "morrow plot us5 AAPL --to fan.html",
    ),
    Command(
        "ui",
        "ui:ui",
        "Open MLflow's pages on loopback, to compare the runs.",
        "morrow ui --port 5000",
    ),
)

GROUPS = {
    "export": "Write the export, or prove one; alone it writes it.",
    "quarantine": "Look at the rows that the raw gate refused, and decide about them.",
    "symbols": "See who is in a universe, and rename a symbol; alone it lists them.",
    "ledger": "See every decision about the champion, and make MLflow follow them; alone it shows them.",
}
ALONE = {"export": "write", "symbols": "list", "ledger": "show"}  # the command of a group that is named alone
