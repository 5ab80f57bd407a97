"""The commands on symbols: what was known of one at the end of a day."""

import json
from pathlib import Path

from tests.commands import run
from tests.mirrors import Mirror, take_in

SINCE = 140


def test_asof_shows_an_inferred_split_once_it_was_known(tmp_path: Path) -> None:
    """The action stands with its session, ratio and reason; the day before there is none."""
    mirror = Mirror(3, 300)
    mirror.times("S2", SINCE, 0.5, 2)
    take_in(mirror.write(tmp_path))
    before, since = mirror.days[SINCE - 1], mirror.days[SINCE]
    code, out, _ = run("asof", f"{since:%Y-%m-%d}", "S2", "--config", tmp_path / "morrow.toml")
    assert code == 0
    assert f"action     {since:%Y-%m-%d} split 2:1, inferred: split_factor times 2" in out
    code, out, _ = run("asof", f"{before:%Y-%m-%d}", "S2", "--config", tmp_path / "morrow.toml", "--json")
    (document,) = json.loads(out.splitlines()[-1])
    assert (code, document["actions"]) == (0, [])
    code, _, err = run("asof", f"{since:%Y-%m-%d}", "s2", "--config", tmp_path)
    assert (code, 'did you mean "S2"?' in err) == (2, True)
    code, _, err = run("symbols", "rename", "S22", "T", "--from", f"{since:%Y-%m-%d}", "--config", tmp_path)
    assert (code, 'did you mean "S2"?' in err) == (2, True)
