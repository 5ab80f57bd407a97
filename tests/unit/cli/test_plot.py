"""``morrow plot``: the fan of a stored forecast as a picture and as a page, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from tests.commands import run
from tests.projects import play, project


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after a night of two baselines."""
    root = project(tmp_path_factory.mktemp("plot") / "project")
    play(root)
    return root


def test_the_fan_is_a_picture_or_a_page(toy: Path, tmp_path: Path) -> None:
    """The ending says which; the page has the last close and as many steps as the horizon."""
    picture, page = tmp_path / "fan.png", tmp_path / "fan.html"
    assert run("plot", "toy", "S0", "--to", picture, "--config", toy)[0] == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, _ = run("plot", "toy", "S0", "--to", page, "--config", toy)
    assert (code, out.strip().endswith(str(page))) == (0, True)
    text = page.read_text(encoding="utf-8")
    assert all(f"(+{step})" in text for step in (1, 2, 3))
    assert "(+4)" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("toy", "s0"), 'no forecast of "s0" is stored in universe "toy"; did you mean "S0"?'),
        (("toi", "S0"), 'universe "toi" is not in morrow.toml; known: toy; did you mean "toy"?'),
        (("toy", "S0", "--to", "fan.pdf"), "must end in .png or .html"),
        (("toy", "S0", "--as-of", str(date(2020, 1, 2))), "up to 2020-01-02"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(toy: Path, words: tuple[str, ...], said: str) -> None:
    """A mistyped symbol or universe, another ending, and a day before the first forecast."""
    code, out, err = run("plot", *words, "--config", toy)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
