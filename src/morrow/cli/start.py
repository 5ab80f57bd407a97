"""``morrow init``: writes the first configuration: shipped universes, a person's own file, a live source."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.complaints import warning
from morrow.cli.live import live
from morrow.cli.output import say, say_json
from morrow.cli.written import own_file, template
from morrow.errors import ConfigError, UserError

FILE = "morrow.toml"


Folder = Annotated[Path, Parameter(help="Where to write morrow.toml; made if it is not there.")]
Csv = Annotated[
    Path | None, Parameter(help="Your prices: CSV, plain or gzipped, a row a bar or a column a symbol.")
]
Parquet = Annotated[Path | None, Parameter(help="Your prices as a Parquet file.")]
Yahoo = Annotated[
    list[str] | None, Parameter(help="Symbols to fetch from Yahoo every night.", consume_multiple=1)
]
Ecb = Annotated[
    list[str] | None, Parameter(help="Currencies of the ECB's reference rates.", consume_multiple=1)
]
Tiingo = Annotated[
    list[str] | None,
    Parameter(help="Symbols to fetch from Tiingo; needs TIINGO_API_KEY.", consume_multiple=1),
]
BaseUrl = Annotated[str | None, Parameter(help="Another server than the live source's own, as a mirror.")]


def init(
    folder: Folder,
    /,
    *,
    csv: Csv = None,
    parquet: Parquet = None,
    yahoo: Yahoo = None,
    ecb: Ecb = None,
    tiingo: Tiingo = None,
    base_url: BaseUrl = None,
    json: Annotated[bool, Parameter(help="End stdout with one line of JSON.")] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> int:
    """Write the configuration, say what was found and what to type next."""
    files = {"csv": csv, "parquet": parquet}
    asked = {"yahoo": yahoo, "ecb": ecb, "tiingo": tiingo}
    _refuse_several([name for name, value in (files | asked).items() if value is not None], base_url)
    target = folder / FILE
    if target.exists():
        raise ConfigError(f'"{target}" exists and is left as it is; choose another folder, or move it away')
    found: dict[str, Any] = {}
    warnings: list[str] = []
    text, own = template(), csv or parquet
    if own is not None:
        text, found, warnings = own_file(own, folder)
    for kind, symbols in asked.items():
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
    if base_url is not None and given not in (["yahoo"], ["ecb"], ["tiingo"]):
        raise UserError("--base-url goes with a live source: --yahoo, --ecb or --tiingo")


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(
            f'"{target}" cannot be written: {error.strerror or error}; choose another folder'
        ) from None
