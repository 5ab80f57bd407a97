"""``morrow init``: writes the first configuration, for the shipped universes or for a person's own file."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.complaints import warning
from morrow.cli.output import say, say_json
from morrow.cli.written import own_file, template
from morrow.errors import ConfigError, UserError

FILE = "morrow.toml"


def init(
    folder: Annotated[Path, Parameter(help="Where to write morrow.toml; made if it is not there.")],
    /,
    *,
    csv: Annotated[
        Path | None, Parameter(help="Your prices: CSV, plain or gzipped, a row a bar or a column a symbol.")
    ] = None,
    parquet: Annotated[Path | None, Parameter(help="Your prices as a Parquet file.")] = None,
    json: Annotated[bool, Parameter(help="End stdout with one line of JSON.")] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> int:
    """Write the configuration, say what was found and what to type next."""
    if csv is not None and parquet is not None:
        raise UserError("--csv and --parquet are both given; a universe has one file: give one of them")
    target = folder / FILE
    if target.exists():
        raise ConfigError(f'"{target}" exists and is left as it is; choose another folder, or move it away')
    found: dict[str, Any] = {}
    warnings: list[str] = []
    text, own = template(), csv or parquet
    if own is not None:
        text, found, warnings = own_file(own, folder)
    _write(target, text)
    for line in warnings:
        warning(line)
    following = f"morrow nightly --config {target}"
    if json:
        say_json({"config": target, "found": found or None, "warnings": warnings, "next": following})
    else:
        about = found.get("about") or "both shipped universes, us5 and ecb-fx"
        say(f"Wrote {target} for {about}\nNext: {following}")
    return 0


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(
            f'"{target}" cannot be written: {error.strerror or error}; choose another folder'
        ) from None
