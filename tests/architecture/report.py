"""Print what the architecture checks object to today: ``python -m tests.architecture.report [WORD]``.

With a word, only lines that contain it, for example ``src/morrow/sources``.
"""

import sys

from tests.architecture import circles, mirror, names

SECTIONS = {
    "Import circles": circles.find_circles,
    "Files with names that say nothing": names.find_bad_files,
    "Functions and classes with names that say nothing": names.find_bad_definitions,
    "Variables with names that say nothing": names.find_bad_variables,
    "Unit tests that mirror no module": mirror.find_unmirrored,
    "Modules without a test of their name (for information)": mirror.find_untested,
}


def main(word: str = "") -> None:
    """Print each section with the number of its lines."""
    for title, find in SECTIONS.items():
        lines = [line for line in map(str, find()) if word in line]
        sys.stdout.write("\n".join([f"\n{title}: {len(lines)}", *(f"  {line}" for line in lines)]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
