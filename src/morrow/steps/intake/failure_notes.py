"""Notes on the symbols that a source could not give."""

from collections.abc import Sequence

MOST_NOTES = 10


def list_failures(failed: Sequence[tuple[str, str]], fault: str) -> tuple[str, ...]:
    """One line per failed symbol, at most ten, and one line with the number of the others.

    Args:
        failed: symbol and reason of each.
        fault: what happened to them, such as "could not be read".
    """
    lines = [f"{symbol} {fault}: {why}" for symbol, why in failed[:MOST_NOTES]]
    if len(failed) > MOST_NOTES:
        lines.append(f"and {len(failed) - MOST_NOTES} more symbols {fault}")
    return tuple(lines)
