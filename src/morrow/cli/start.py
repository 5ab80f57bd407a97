"""``morrow init``: writes the first configuration: shipped universes, a person's own file, a live source."""

from dataclasses import make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from morrow.cli.complaints import warning
from morrow.cli.live import live
from morrow.cli.output import say, say_json
from morrow.cli.written import own_file, template
from morrow.errors import ConfigError, UserError
from morrow.source_kinds import live_kinds

FILE = "morrow.toml"


Folder = Annotated[Path, Parameter(help="Where to write morrow.toml; made if it is not there.")]
Csv = Annotated[
    Path | None, Parameter(help="Your prices: CSV, plain or gzipped, a row a bar or a column a symbol.")
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
    """Write the configuration, say what was found and what to type next."""
    files = {"csv": csv, "parquet": parquet}
    symbols_by_kind = dict(vars(live_symbols))
    _refuse_several(
        [name for name, value in (files | symbols_by_kind).items() if value is not None], base_url
    )
    target = folder / FILE
    if target.exists():
        raise ConfigError(f'"{target}" exists and is left as it is; choose another folder, or move it away')
    found: dict[str, Any] = {}
    warnings: list[str] = []
    text, own = template(), csv or parquet
    if own is not None:
        text, found, warnings = own_file(own, folder)
    for kind, symbols in symbols_by_kind.items():
        if symbols is not None:
            text, found, warnings = live(kind, symbols, base_url)
    _write(target, text)
    return _told(target, found, warnings, json=json)


def _told(target: Path, found: dict[str, Any], warnings: list[str], *, json: bool) -> int:
    for line in warnings:
        warning(line)
    following = f"morrow nightly --config {target}"
    if json:
        say_json({"config": target, "found": found or None, "warnings": warnings, "next": following})
    else:
        about = found.get("about") or "both shipped universes, us5 and ecb-fx"
        say(f"Wrote {target} for {about}\nNext: {following}")
    return 0


def _refuse_several(given: list[str], base_url: str | None) -> None:
    if len(given) > 1:
        raise UserError(
            f"{' and '.join(f'--{name}' for name in given)} are both given; a universe has one source: "
            "give one of them"
        )
    if base_url is not None and (not given or given[0] not in live_kinds()):
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
