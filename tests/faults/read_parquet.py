"""Read Parquet files and print one line per file: its number of rows, or the error that refuses it.

Run as a program, so that a crash inside a library's C++ ends this process and not the tests.
"""

import json
import sys
import traceback
from pathlib import Path

from tests.faults.comparison import fetch_file


def main(paths: list[str]) -> None:
    """Read one after another."""
    for path in map(Path, paths):
        try:
            found = fetch_file(path, {"kind": "parquet", "path": path.name})
            said = found if isinstance(found, str) else f"rows {len(found.rows)}"
        except Exception:  # noqa: BLE001 (that is what is looked for)
            said = traceback.format_exc()
        print(json.dumps({"path": str(path), "said": said}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
