"""``morrow init``: write the first configuration, for shipped universes, own files or a live source."""

from dataclasses import make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from morrow.cli.new_configuration import (
    Configuration,
    configure_file,
    configure_live,
    configure_question,
    shipped_configuration,
)
from morrow.cli.output import print_json, print_text, print_warning
from morrow.errors import ConfigError, UserError
from morrow.source_kinds import live_kinds
from morrow.sources import QuestionError

FILE = "morrow.toml"

Folder = Annotated[Path, Parameter(help="Where to write morrow.toml; made if it is not there.")]
Csv = Annotated[
    Path | None,
    Parameter(help="Your prices: CSV, plain or gzipped, one row per bar or one column per symbol."),
]
Parquet = Annotated[Path | None, Parameter(help="Your prices as a Parquet file.")]
BaseUrl = Annotated[str | None, Parameter(help="Another server than the live source's own, as a mirror.")]

if TYPE_CHECKING:
    LiveSymbols = Any
else:  # one option per live source: --KIND SYMBOLS
    LiveSymbols = make_dataclass(
        "LiveSymbols",
        [
            (
                kind,
                Annotated[list[str] | None, Parameter(help=section.symbols_help, consume_multiple=1)],
                None,
            )
            for kind, section in live_kinds().items()
        ],
        namespace={"__module__": __name__},  # without which cyclopts does not take it apart
    )
NO_SYMBOLS = LiveSymbols()


def init(
    folder: Folder,
    /,
    *,
    csv: Csv = None,
    parquet: Parquet = None,
    live_symbols: Annotated[LiveSymbols, Parameter(name="*")] = NO_SYMBOLS,
    base_url: BaseUrl = None,
    json: Annotated[bool, Parameter(help="End stdout with one line of JSON.")] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> int:
    """Write the configuration, and print what the source contains and what to type next."""
    file_options = {"csv": csv, "parquet": parquet}
    live_options = dict(vars(live_symbols))
    kinds = [name for name, value in (file_options | live_options).items() if value is not None]
    _refuse_several(kinds, base_url)
    target = folder / FILE
    if target.exists():
        raise ConfigError(f'"{target}" exists and is left as it is; choose another folder, or move it away')
    configuration = shipped_configuration()
    if file := csv or parquet:
        configuration = _configure_or_ask(file, folder)
    for kind, symbols in live_options.items():
        if symbols is not None:
            configuration = configure_live(kind, symbols, base_url)
    _write(target, configuration.text)
    _print_result(target, configuration, json=json)
    return 0


def _configure_or_ask(file: Path, folder: Path) -> Configuration:
    """The configuration of a file; where it cannot be decided, one with the question is written.

    Raises:
        UserError: there is a question.
    """
    try:
        return configure_file(file, folder)
    except QuestionError as error:
        target = folder / FILE
        _write(target, configure_question(file, folder, error).text)
        todo = "with this question: answer it there" if error.answers else "with what can be set there"
        raise UserError(
            f"{error.problem}. Wrote {target} {todo}, then type: morrow check --config {target}"
        ) from None


def _print_result(target: Path, configuration: Configuration, *, json: bool) -> None:
    for line in configuration.warnings:
        print_warning(line)
    following, summary = f"morrow nightly --config {target}", configuration.summary
    if json:
        document = {"config": target, "found": summary or None, "warnings": configuration.warnings}
        print_json({**document, "next": following})
    else:
        about = summary.get("about") or "both shipped universes, us5 and ecb-fx"
        bars = [f"  {line}" for line in summary.get("preview", ())]
        print_text("\n".join([f"Wrote {target} for {about}", *bars, f"Next: {following}"]))


def _refuse_several(kinds: list[str], base_url: str | None) -> None:
    if len(kinds) > 1:
        raise UserError(
            f"{' and '.join(f'--{name}' for name in kinds)} are both given; a universe has one source: "
            "give one of them"
        )
    if base_url is not None and (not kinds or kinds[0] not in live_kinds()):
        *others, last = (f"--{kind}" for kind in live_kinds())
        raise UserError(f"--base-url goes with a live source: {', '.join(others)} or {last}")


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(
            f'"{target}" cannot be written: {error.strerror or error}; choose another folder'
        ) from None
