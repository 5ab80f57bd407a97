"""The audit in a project: before each training on changed features, and as a command."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from morrow.cli import main
from morrow.errors import NightError
from morrow.steps.retrain.causality import prove_causality
from tests.projects import night, play, project

OWN = '''
import numpy as np
from morrow.features import feature


@feature(warm_up=1, why="A planted leak, or its honest twin.")
def planted(bars):
    """Move of the session {when}."""
    moves = np.diff(np.log(bars.close), prepend=np.nan)
    return {values} / bars.unit
'''
HONEST = OWN.format(when="itself", values="moves")
LEAKY = OWN.format(when="after the next", values="np.append(moves[2:], [0.0, 0.0])")
SELECTED = '[features]\nselect = ["default", "planted"]\nmodule = "mine.py"\n'


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A project with a feature of the user's own."""
    root = project(tmp_path, recipes=("ewma",))
    file = root / "morrow.toml"
    file.write_text(file.read_text(encoding="utf-8") + SELECTED, encoding="utf-8")
    (root / "mine.py").write_text(HONEST, encoding="utf-8")
    return root


def test_changed_features_are_audited_once(toy: Path) -> None:
    """New features are audited, on the next night no more; those of a changed module are, and fail it."""
    play(toy, names=("ingest",))
    tonight = night(toy)
    names = tonight.market.panel().names
    first = prove_causality(tonight, tonight.market, names)
    assert first.new
    assert (first.features, first.scalers) == (len(names), 0)
    assert prove_causality(night(toy), tonight.market, names) == replace(first, new=False)
    (toy / "mine.py").write_text(LEAKY, encoding="utf-8")
    with pytest.raises(NightError, match=r'"toy": feature planted sees 2 sessions ahead: at S\d on 20'):
        prove_causality(night(toy), tonight.market, names)


@pytest.mark.no_cover  # other nights are measured; coverage doubles the seconds
def test_nights_execute_a_users_module_once_per_process(toy: Path) -> None:
    """Over a night that trains and one that does not, the module is executed once."""
    counted = (
        "import os, pathlib\npathlib.Path(__file__).with_name('pids').open('a').write(f'{os.getpid()}\\n')\n"
    )
    (toy / "mine.py").write_text(counted + HONEST, encoding="utf-8")
    for _ in range(2):
        play(toy)
    assert (toy / "pids").read_text().split() == [str(os.getpid())]


def test_the_command_names_leak_and_lag_and_fails(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``morrow audit`` ends with 0 on honest features, and with 1 and the leak's line on others."""
    words = ["audit", "--config", str(toy / "morrow.toml")]
    assert main(["ingest", *words[1:]]) == 0
    capsys.readouterr()
    monkeypatch.setenv("MORROW_TRAINING__RECIPES", '["ewma", "tiny"]')
    assert main(words) == 0
    out = capsys.readouterr().out
    named = [line.split()[-1] for line in out.splitlines() if " planted " in line or " of tiny " in line]
    assert named == ["causal", "causal"]
    (toy / "mine.py").write_text(LEAKY, encoding="utf-8")
    assert main([*words, "--json"]) == 1
    said = capsys.readouterr()
    (leak,) = json.loads(said.out.splitlines()[-1])[0]["leaks"]
    assert (leak["kind"], leak["what"], leak["lag"]) == ("feature", "planted", 2)
    assert "error: toy: feature planted sees 2 sessions ahead" in said.err


def test_the_tutorial_as_written_is_named_by_the_command(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scaled on its training part the tutorial passes; as it is written it is named, with exit code 1."""
    words = ["audit", "--symbols", "S0", "--config", str(toy / "morrow.toml"), "--recipes"]
    assert main([*words, "tutorial"]) == 0
    assert main([*words, "tutorial,tutorial-as-written"]) == 1
    said = capsys.readouterr().err
    assert "error: toy: scaler of tutorial-as-written sees the whole sample: at S0 on" in said
    assert main([*words, "lstm"]) == 2
    assert 'recipe "lstm" is no tutorial; those are tutorial, tutorial-as-written' in capsys.readouterr().err
