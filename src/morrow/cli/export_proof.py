"""``morrow export verify``: prove that an export is what was written."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from morrow import export
from morrow.cli.output import FAILED, print_error, print_json, print_text
from morrow.errors import ExportError


def verify(
    path: Annotated[Path, Parameter(name="PATH", help="A folder such as exports/us5/2013-03-01.")],
    /,
    *,
    json: Annotated[bool, Parameter(help="End with one line of JSON on stdout.")] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,
) -> int:
    """Prove an export, and every earlier revision in it; exit with 1 where something differs."""
    try:
        proved = export.verify(path)
    except ExportError as error:
        if debug:
            raise
        print_error(str(error))
        return FAILED
    manifest = proved.manifest
    document = {
        "path": proved.path,
        "schema_version": manifest["schema_version"],
        "revision": proved.revision,
        "rows": manifest["rows"],
        "revisions": proved.revisions,
        "sha256": manifest[export.SUMS],
    }
    if json:
        print_json(document)
    else:
        earlier = f", and {len(proved.revisions)} earlier" if proved.revisions else ""
        print_text(
            f"{proved.path}  proved: {manifest['rows']} rows, schema version {manifest['schema_version']}, "
            f"revision {proved.revision}{earlier}"
        )
    return 0
