"""The record of scores on the last quarter of each history: every evaluation is written down."""

import subprocess
from datetime import datetime
from pathlib import Path

from morrow.steps.lineage import code_version

HERE = Path(__file__).parents[2]
SHIPPED = HERE / "docs" / "final-looks.md"
HEADER = """# Looks at the last quarter

`python -m benchmarks.skill --final` and `python -m benchmarks.networks --final` score the last 25 % of each
history, and write here what they found: the date, the revision of the code ("dirty" where files differed from
it), which benchmark it was and the whole result.

The rule: the last quarter is for judging, not for choosing. Look once or twice, when the work is done.
Nothing may be changed because of what stands here and then be judged on the same sessions as if it were new.
"""


def record(file: Path, benchmark: str, result: str, now: datetime) -> None:
    """Append one look of a benchmark, under the header where the file is new."""
    before = file.read_text(encoding="utf-8") if file.exists() else HEADER
    file.parent.mkdir(parents=True, exist_ok=True)
    entry = f"\n## {now:%Y-%m-%d %H:%M} UTC, {revision()}, {benchmark}\n\n```json\n{result}\n```\n"
    file.write_text(before + entry, encoding="utf-8")


def revision() -> str:
    """The git revision of the benchmark's repository, and "dirty" beside it where anything differs."""
    try:
        result = _git("rev-parse", "--short=12", "HEAD")
        return f"{result} dirty" if _git("status", "--porcelain") else result
    except (OSError, subprocess.CalledProcessError):
        return code_version()


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(HERE), *words], capture_output=True, check=True, text=True)  # noqa: S607
    return done.stdout.strip()
