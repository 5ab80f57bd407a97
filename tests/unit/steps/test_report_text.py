"""The report for people."""

from morrow.steps.report_text import hold_lines

COMMAND = "morrow quarantine list --universe toy --config 'my file.toml'"


def test_more_holds_than_fit_name_the_command_of_their_universe() -> None:
    """Ten of eleven holds have their lines, and the last line lists the rest of this configuration."""
    hold = {
        "since": "2020-02-12", "rows": 3, "rule": "jump", "reason": "why", "purpose": "end it with",
        "command": "morrow quarantine accept", "advice": "or else",
    }  # fmt: skip
    holds = [{**hold, "symbol": f"S{number}"} for number in range(11)]
    lines = hold_lines({"holds": holds, "newest_refused": [], "list_refused": COMMAND})
    assert len(lines) == 3 * 10 + 1
    assert lines[-1].strip() == f"held       and 1 more symbols; see: {COMMAND}"
    assert len(hold_lines({"holds": holds[:10], "newest_refused": [], "list_refused": COMMAND})) == 30
