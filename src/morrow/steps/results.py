"""What each step of a night returns: small facts, versions, ids and paths, never frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from morrow.steps.delivery_results import Cleaning, ExportResult, MonitorResult
from morrow.store.actions import Action

if TYPE_CHECKING:
    from morrow.completeness import Completeness


@dataclass(frozen=True)
class Gate:
    """One gate's run in short.

    Attributes:
        gate: raw, panel, features, forecasts or refit.
        passed: nothing was refused and nothing stops the night.
        refused: rows.
        warnings: sentences.
        stops: sentences.
        page: of the run, relative to the folder of ``morrow.toml``; empty if it could not be written.
    """

    gate: str
    passed: bool
    refused: int
    warnings: int
    stops: int
    page: str


@dataclass(frozen=True)
class IngestResult:
    """Counts of the fetched rows by outcome, and notes for a person.

    Every received row is one of accepted (stored tonight), revised (a stored bar that the source has
    changed), unchanged (stored before), duplicates (collapsed), quarantined (refused tonight),
    refused_before, early (left for a later night, because the session is not final) and carried (no bar,
    because it only repeats the close before). Late are those of
    the accepted whose session was over for the others before; released are rows that were refused on an
    earlier night and that the gate let pass now. Inferred are the actions that were read out of prices.
    """

    batch: str
    received: int
    accepted: int
    revised: int
    unchanged: int
    duplicates: int
    quarantined: int
    refused_before: int
    early: int
    late: int
    released: int
    symbols: int
    notes: tuple[str, ...]
    carried: int = 0
    gates: tuple[Gate, ...] = ()
    inferred: tuple[Action, ...] = ()


@dataclass(frozen=True)
class FirstContest:
    """What a universe with too short a history for the parts of time still waits for.

    Attributes:
        sessions: of history that there are.
        needed: how many a contest needs.
        session: the first at whose end there will be as many.
    """

    sessions: int
    needed: int
    session: date

    @property
    def reason(self) -> str:
        """Why there is no contest yet, in words."""
        return (
            f"{self.sessions} sessions of history, and a contest needs {self.needed}; "
            f"the first one is possible on {self.session}"
        )


@dataclass(frozen=True)
class Plan:
    """The plan of the night.

    Attributes:
        cutoff: last session known.
        data_version: of all rows known at the cutoff.
        identity: of data, configuration and code, if the night retrains.
        stale: the data are older than the date that was asked for.
        due: whether to retrain, and ``why`` in a sentence.
        champion: recipe of the reigning champion, if any.
        reshaped: whether it answers another horizon, levels, window or gap than are configured, or reads
            features of another module.
        completeness: of the known bars; None if not counted.
        calendar_advice: sentences on days that the bars and the calendar disagree about.
        later_bars: the last session of each symbol whose newest bars are later than the cutoff.
        first_contest: what a retraining that would be due still waits for; None where it need not wait.
    """

    cutoff: date
    data_version: str
    identity: str
    stale: bool
    due: bool
    why: str
    champion: str | None
    reshaped: bool = False
    completeness: "Completeness | None" = None
    calendar_advice: tuple[str, ...] = ()
    later_bars: tuple[tuple[str, date], ...] = ()
    first_contest: FirstContest | None = None

    @property
    def is_zero_shot(self) -> bool:
        """Whether a pretrained network forecasts, because no champion can and none can be made yet."""
        return self.first_contest is not None and (self.champion is None or self.reshaped)


@dataclass(frozen=True)
class CausalityProof:
    """What a night knows of its features' causality.

    Attributes:
        identity: of the features: their names, their code, and what they are made with.
        new: audited tonight, because the features had changed.
        features, scalers: how many are proven causal.
        cutoffs: at which.
        seconds: that it took, on the night of the audit.
    """

    identity: str
    new: bool
    features: int
    scalers: int
    cutoffs: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """Which recipes were trained and scored out of fold, and which failed with the reason.

    Attributes:
        folder: of the work.
        recipes: that succeeded.
        failed: recipe and reason.
        held: symbols that the panel's gate holds, with the reason; nothing was learnt from them.
        gates: of the panel and of the features.
        dropped: the selected features that the bars cannot carry, with the reason.
        proof: that the features see no future.
    """

    folder: Path
    recipes: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...] = ()
    gates: tuple[Gate, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    proof: CausalityProof | None = None


@dataclass(frozen=True)
class Judgement:
    """The leaderboard and the verdict of a retraining, and where they are on record.

    Attributes:
        leaderboard: one row per recipe with its measures, lowest test pinball first.
        verdict: promoted, refreshed, challenger, champion_before, reason, judged_at.
        winner: the recipe to refit.
        refit: whether a new version shall be made.
        run_id: the night's run; ``runs`` has the recipes'.
        ledger: what the ledger keeps of it: rules, figures, evidence and windows.
    """

    leaderboard: tuple[Mapping[str, Any], ...]
    verdict: Mapping[str, Any]
    winner: str
    refit: bool
    run_id: str
    runs: Mapping[str, str]
    ledger: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Champion:
    """The version that forecasts from now on."""

    name: str
    version: str
    run_id: str
    trained_through: str
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class FallbackForecast:
    """A symbol that no champion forecasts: its flags and, in words, the reason."""

    symbol: str
    flags: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class LeftOut:
    """A symbol that is not forecast.

    Attributes:
        symbol: its name.
        reason: in words.
        last_bar: its last session, where it is left out because it has no bar at the cutoff.
    """

    symbol: str
    reason: str
    last_bar: date | None = None


@dataclass(frozen=True)
class ForecastResult:
    """The forecast at the cutoff: its version, and the symbols with and without a forecast.

    ``calibration`` is where that of the version began, a hash and the session; ``calendar_end`` is the last
    day whose sessions the calendar knows, if targets lie beyond it. With ``is_zero_shot`` a pretrained
    network forecast in a champion's place, which no run has trained.
    """

    model: str
    version: str
    run_id: str
    rows: int
    fresh: bool
    fallback: tuple[FallbackForecast, ...]
    left_out: tuple[LeftOut, ...]
    calibration: str
    calendar_end: date | None = None
    gates: tuple[Gate, ...] = ()
    is_zero_shot: bool = False


class Results(TypedDict, total=False):
    """What the steps taken so far returned, by the step's name; None from a retraining that is not due."""

    ingest: IngestResult
    plan: Plan
    train: TrainingResult | None
    judge: Judgement | None
    refit: Champion | None
    forecast: ForecastResult
    export: ExportResult
    monitor: MonitorResult
    clean: Cleaning | None


def list_gates(results: Results) -> tuple[Gate, ...]:
    """The runs of all gates so far, in order."""
    return tuple(gate for result in results.values() for gate in getattr(result, "gates", ()))
