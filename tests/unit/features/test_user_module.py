"""A user's module: what it is identified by, how often it is executed, and how its faults are reported."""

import importlib
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from morrow import features
from morrow import panel as panels
from morrow.errors import ConfigError
from morrow.features import user_module
from tests.conftest import FORECAST, TIME, market, weekdays

OWN = """
from pathlib import Path

import numpy
from local_scaling import FACTOR
from morrow.features import feature

with (Path(__file__).parent / "executions").open("a") as file:
    file.write("mine ")


@feature(warm_up=0, why="The close, many times over.")
def many_closes(bars):
    import late_import
    return FACTOR * bars.close + late_import.NOTHING
"""
SCALING = """
import local_package.units
FACTOR = local_package.units.HUNDRED
with open(__file__.replace("local_scaling.py", "executions"), "a") as file:
    file.write("scaling ")
"""


@pytest.fixture(autouse=True)
def _no_module() -> Iterator[None]:
    """No user's module is left behind."""
    yield
    features.load_module(None)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module that imports a file beside it, a package beside it, and another file in a function."""
    (tmp_path / "mine.py").write_text(OWN)
    (tmp_path / "local_scaling.py").write_text(SCALING)
    (tmp_path / "late_import.py").write_text("NOTHING = 0\n")
    (tmp_path / "local_package").mkdir()
    (tmp_path / "local_package" / "__init__.py").write_text("from . import other\n")
    (tmp_path / "local_package" / "other.py").write_text("")
    (tmp_path / "local_package" / "units.py").write_text("HUNDRED = 100\n")
    (tmp_path / "unused.py").write_text("")
    return tmp_path / "mine.py"


def executions(module: Path) -> list[str]:
    """What was executed beside a module, in order."""
    file = module.with_name("executions")
    return file.read_text().split() if file.exists() else []


def test_an_identity_executes_nothing(module: Path) -> None:
    """The identity is 16 hex digits of the source; nothing of the module has run."""
    identity = features.identify_module(module)
    assert len(identity) == 16
    assert set(identity) <= set("0123456789abcdef")
    assert executions(module) == []
    assert features.identify_module(None) == ""


@pytest.mark.parametrize(
    "name", ["mine.py", "local_scaling.py", "late_import.py", "local_package/__init__.py",
             "local_package/other.py", "local_package/units.py"],
)  # fmt: skip
def test_the_identity_changes_with_every_local_import(module: Path, name: str) -> None:
    """A change in the module, or in a file beside it that it imports, is another identity."""
    before = features.identify_module(module)
    file = module.parent / name
    file.write_text(file.read_text() + "\n# another line\n")
    assert features.identify_module(module) != before
    assert executions(module) == []


def test_other_files_do_not_change_the_identity(module: Path) -> None:
    """A file that is not imported, or that is new beside the module, changes nothing."""
    before = features.identify_module(module)
    module.with_name("unused.py").write_text("import os\n")
    module.with_name("new.py").write_text("")
    assert features.identify_module(module) == before


def test_a_module_is_executed_once_per_process(module: Path) -> None:
    """However often it is asked for, also after another module or none: once, until its identity changes."""
    identity = features.load_module(module)
    assert executions(module) == ["scaling", "mine"]
    for _ in range(3):
        assert features.load_module(module) == identity
    features.load_module(None)
    assert "many_closes" not in features.REGISTRY
    features.load_module(module)
    assert "many_closes" in features.REGISTRY
    assert executions(module) == ["scaling", "mine"]
    module.with_name("local_scaling.py").write_text(SCALING.replace("HUNDRED", "HUNDRED + 1"))
    assert features.load_module(module) != identity
    assert executions(module) == ["scaling", "mine", "scaling", "mine"]
    assert not list(module.parent.rglob("*.pyc"))


def test_local_imports_are_those_beside_the_module(
    module: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Values come from the files beside the module, and from those beside another once that is loaded."""
    prices = market(2, 100)

    def first() -> float:
        panel = panels.build(prices, weekdays(100), FORECAST, TIME, names=("many_closes",))
        return float(panel.features[0, 0] / panel.adjusted[0])

    features.load_module(module)
    assert first() == pytest.approx(100)
    other = tmp_path_factory.mktemp("other")
    (other / "mine.py").write_text(OWN)
    (other / "local_scaling.py").write_text("FACTOR = 3\n")
    (other / "late_import.py").write_text("NOTHING = 1e6\n")
    features.load_module(other / "mine.py")
    assert first() > 1e3
    (other / "late_import.py").write_text("NOTHING = 0\n")
    features.load_module(other / "mine.py")
    assert first() == pytest.approx(3)
    assert str(module.parent) not in sys.path


def test_a_local_import_may_declare_features(module: Path) -> None:
    """Features of a file that the module imports are registered with its own."""
    declared = OWN[OWN.index("from morrow") :].replace("many_closes", "few_closes")
    declared = declared[: declared.index("with")] + declared[declared.index("@feature") :]
    module.with_name("local_scaling.py").write_text(f"FACTOR = 1\n{declared}")
    features.load_module(module)
    assert {"few_closes", "many_closes"} <= set(features.REGISTRY)


def test_an_execution_replaces_only_what_user_modules_imported(module: Path) -> None:
    """What the process imported from the same folder before stays, as do installed modules and morrow."""
    module.with_name("resident.py").write_text("")
    module.write_text(f"import resident\nimport morrow.features.bars\n{OWN}")
    (module.parent / "morrow" / "features").mkdir(parents=True)
    sys.path.insert(0, str(module.parent))
    importlib.import_module("resident")
    before = {name: sys.modules[name] for name in ("resident", "numpy", "morrow.features.bars")}
    features.load_module(module)
    scaling = sys.modules["local_scaling"]
    module.with_name("late_import.py").write_text("NOTHING = 1\n")
    features.load_module(module)
    assert executions(module) == ["scaling", "mine"] * 2
    assert sys.modules["local_scaling"] is not scaling
    assert {name: sys.modules[name] for name in before} == before
    assert sys.path.count(str(module.parent)) == 1
    sys.path.remove(str(module.parent))
    del sys.modules["resident"]


@pytest.mark.parametrize("folder", ["purelib", "stdlib"])
def test_installed_modules_are_not_local(folder: str) -> None:
    """What lies beside a module among installed packages is not taken out of the process."""
    root = Path(sysconfig.get_path(folder))
    assert not user_module._is_local("numpy", root, root)
    assert not user_module._is_local("json", root, root)


def test_morrow_is_not_local() -> None:
    """A module in the folder that holds morrow itself does not take morrow out of the process."""
    root = Path(features.__file__).parents[2]
    assert not user_module._is_local("morrow.features.bars", root, root)
    assert not user_module._is_local("numpy", root, root)


@pytest.mark.parametrize("text", ["import fractions\n", "from fractions import FACTOR\n"])
def test_a_file_with_the_name_of_an_installed_module_is_refused(module: Path, text: str) -> None:
    """A file that counts for the identity, while another of its name is executed, is named with that one."""
    module.with_name("fractions.py").write_text("FACTOR = 1\n")
    module.write_text(text + OWN)
    with pytest.raises(ConfigError, match=r"imports .*lib.*fractions.py instead of fractions.py; rename it$"):
        features.load_module(module)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mine.py", "\nimport nothing_of_the_sort\n",
         r"cannot be run at line 2: ModuleNotFoundError: No module named"),
        ("mine.py", "x = 1\ndef f(:\n", r"cannot be run at line 2: SyntaxError: "),
        ("local_scaling.py", "\n\nraise ValueError('no\\nlines')\n",
         r"cannot be run at line 3 of local_scaling\.py: ValueError: no$"),
        ("local_scaling.py", "FACTOR = (\n", r"cannot be run at line 1 of local_scaling\.py: SyntaxError: "),
        ("mine.py", "\0", r"cannot be run"),
    ],
)  # fmt: skip
def test_a_failing_import_names_line_and_cause(module: Path, name: str, text: str, message: str) -> None:
    """A module that fails is an error of one line, with the line of the user's file and the cause."""
    module.with_name(name).write_text(text)
    before = tuple(features.REGISTRY)
    with pytest.raises(ConfigError, match=message) as error:
        features.load_module(module)
    assert str(error.value).startswith(f'features.module "{module}" cannot be run')
    assert "\n" not in str(error.value)
    assert tuple(features.REGISTRY) == before


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    """A file that is not there cannot be read."""
    with pytest.raises(ConfigError, match=r'features.module ".*none.py" cannot be read: No such file'):
        features.identify_module(tmp_path / "none.py")


def test_an_unknown_value_is_nan(module: Path) -> None:
    """Values that are not finite are unknown."""
    module.with_name("late_import.py").write_text("NOTHING = float('inf')\n")
    features.load_module(module)
    panel = panels.build(market(2, 100), weekdays(100), FORECAST, TIME, names=("many_closes",))
    assert np.isnan(panel.features).all()
