"""A user's feature module: identified from its source, and executed once per process.

Files beside the module that it imports belong to it: a change in one of them changes its identity. Packages
installed elsewhere do not count.
"""

import ast
import hashlib
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from morrow.errors import ConfigError
from morrow.features.declaration import DECLARED, Feature

MODULE_NAME = "morrow_features_of_user"  # name of a user's module in this process

_executed: dict[tuple[Path, str], tuple[Feature, ...]] = {}
_folder = ""
_roots: dict[str, Path] = {}  # maps every source of the modules executed so far to its module's folder
_loaded_before: set[str] = set()  # names in sys.modules before the last execution


def identify_module(path: Path | None) -> str:
    """Hash a module's source and the local files that it imports to 16 hex digits; empty without a module.

    Nothing is executed.

    Raises:
        ConfigError: a file cannot be read or parsed.
    """
    return "" if path is None else _hash(_read_sources(path))


def read_features(path: Path) -> tuple[tuple[Feature, ...], str]:
    """Read the features that a module and its local imports declare, and its identity.

    A module is executed on its first use in a process, and again when its identity changes.

    Raises:
        ConfigError: a file cannot be read, parsed or executed, or another module of the same name is loaded.
    """
    sources = _read_sources(path)
    main = next(iter(sources))
    key = main, _hash(sources)
    _make_importable(main.parent)
    if key not in _executed:
        _executed[key] = _execute(path, main, sources)
    return _executed[key], key[1]


def _hash(sources: dict[Path, bytes]) -> str:
    main, *others = sources.items()
    digest = hashlib.sha256(main[1])
    for file, content in sorted(others):
        digest.update(str(file.relative_to(main[0].parent)).encode() + b"\0" + content)
    return digest.hexdigest()[:16]


def _read_sources(path: Path) -> dict[Path, bytes]:
    """Read the module's own source, then those of its local imports, recursively."""
    main = path.absolute()
    sources: dict[Path, bytes] = {}
    waiting = [main]
    while waiting:
        file = waiting.pop()
        if file in sources:
            continue
        try:
            sources[file] = file.read_bytes()
            tree = ast.parse(sources[file], str(file))
        except OSError as error:
            raise ConfigError(f'features.module "{path}" cannot be read: {error.strerror}') from None
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            raise _error(path, main, file, line, error) from None
        waiting += _local_imports(tree, file, main.parent)
    return sources


def _local_imports(tree: ast.AST, file: Path, root: Path) -> list[Path]:
    """List the files below ``root`` that a file's import statements may load, in functions too."""
    names: list[tuple[Path, list[str]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [(root, alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            folder = file.parents[node.level - 1] if node.level else root
            parents = node.module.split(".") if node.module else []
            names += [(folder, [*parents, alias.name]) for alias in node.names]
    files = {file for folder, parts in names for file in _existing_files(folder, parts)}
    return sorted(one for one in files if one.is_relative_to(root))


def _existing_files(folder: Path, parts: list[str]) -> Iterator[Path]:
    """Yield a dotted name's module and each parent package's ``__init__.py``, where they exist."""
    if folder.is_dir() and (folder / "__init__.py").is_file():
        yield folder / "__init__.py"
    for depth in range(1, len(parts) + 1):
        base = folder.joinpath(*parts[:depth])
        for file in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
            if file.is_file():
                yield file


def _make_importable(folder: Path) -> None:
    """Make a module's neighbours importable, after installed packages, in place of an earlier module's."""
    global _folder  # noqa: PLW0603 (one user's module at a time is registered in a process)
    if _folder in sys.path:
        sys.path.remove(_folder)
    _folder = str(folder)
    if _folder in sys.path:
        _folder = ""  # it is not this function's to remove
    else:
        sys.path.append(_folder)


def _execute(path: Path, main: Path, sources: dict[Path, bytes]) -> tuple[Feature, ...]:
    _forget_local_modules(main.parent)
    _roots.update(dict.fromkeys(map(str, sources), main.parent))
    _loaded_before.update(sys.modules)
    module = ModuleType(MODULE_NAME)
    module.__file__ = str(main)
    sys.modules[MODULE_NAME] = module
    before = set(DECLARED)
    writes_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # it may outlive an edit
    try:
        exec(compile(sources[main], str(main), "exec"), module.__dict__)  # noqa: S102 (the user's own code)
    except Exception as error:  # noqa: BLE001 (any error in a user's file becomes one line)
        _check_executed_files(path, main, sources)
        frames = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename) in sources]
        file, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else (main, None)
        raise _error(path, main, file, line, error) from None
    finally:
        sys.dont_write_bytecode = writes_no_bytecode
        declared = [each for name in [*DECLARED] if name not in before for each in DECLARED.pop(name)]
    _check_executed_files(path, main, sources)
    return tuple(declared)


def _forget_local_modules(new: Path) -> None:
    """Remove from ``sys.modules`` the local files that user modules imported, before one in ``new`` runs."""
    added = [name for name in sys.modules if name not in _loaded_before]
    files = {name: str(getattr(sys.modules[name], "__file__", None)) for name in added}
    local = [name for name, file in files.items() if file in _roots and _is_local(name, _roots[file], new)]
    packages = {name.rpartition(".")[0] for name in local} & set(added)  # including namespace packages
    for name in {*local, *packages}:
        del sys.modules[name]
    _loaded_before.clear()


def _is_local(name: str, root: Path, new: Path) -> bool:
    """Return whether a module is found only in user modules' folders, not in morrow or installed."""
    top = name.partition(".")[0]
    installed = {Path(sysconfig.get_path(each)) for each in ("purelib", "platlib", "stdlib")}
    if top == "morrow" or root in installed:
        return False
    own = {root, new, *_roots.values()} - installed
    return PathFinder.find_spec(top, [each for each in sys.path if Path(each).absolute() not in own]) is None


def _check_executed_files(path: Path, main: Path, sources: Mapping[Path, bytes]) -> None:
    """Check that every file in the identity is the one that an import of its name loads.

    Raises:
        ConfigError: an installed module of the same name is loaded instead.
    """
    for file in [*sources][1:]:
        local = file.relative_to(main.parent)
        name = ".".join((local.parent if file.name == "__init__.py" else local.with_suffix("")).parts)
        other = getattr(sys.modules.get(name), "__file__", None)
        if other is not None and Path(other).resolve() != file.resolve():
            raise ConfigError(f'features.module "{path}" imports {other} instead of {local}; rename it')


def _error(path: Path, main: Path, file: Path, line: int | None, error: Exception) -> ConfigError:
    where = "" if file == main else f" of {file.relative_to(main.parent)}"
    at = f" at line {line}{where}" if line else ""
    reason = (error.msg if isinstance(error, SyntaxError) else str(error)).splitlines() or [""]
    return ConfigError(f'features.module "{path}" cannot be run{at}: {type(error).__name__}: {reason[0]}')
