"""What every run records so that it can be traced: versions of code and packages, source of membership."""

import hashlib
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import morrow
from morrow.sources.membership import table_name
from morrow.steps.context import Night
from morrow.steps.results import Plan

THREADS = 1  # of each training: sums do not depend on the number of cores then
SURVIVORS = "membership is as of today: symbols that are gone are not in it (survivorship bias)"
_PACKAGES = (
    "torch", "numpy", "pandas", "scikit-learn", "arch", "scipy", "mlflow", "deltalake",
)  # fmt: skip


@cache
def code_version() -> str:
    """Git revision of the running code, with a hash of uncommitted changes; else the package's version."""
    try:
        _git("ls-files", "--error-unmatch", "__init__.py")
        revision = _git("describe", "--always", "--dirty", "--abbrev=12").decode().strip()
        change = _git("diff", "HEAD", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return morrow.__version__
    return f"{revision}-{hashlib.sha256(change).hexdigest()[:8]}" if revision.endswith("-dirty") else revision


def _git(*words: str) -> bytes:
    source = Path(morrow.__file__).resolve().parent
    return subprocess.run(["git", "-C", str(source), *words], capture_output=True, check=True).stdout  # noqa: S607


@cache
def package_versions() -> Mapping[str, str]:
    """Versions of the packages that numbers depend on, by name."""
    return {name: version(name) for name in _PACKAGES}


@cache
def describe_processor() -> str:
    """The processor's name, and the instruction set that torch chose on it, on which the last bits depend."""
    import torch  # noqa: PLC0415 (a quiet night does without)

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


def describe_environment() -> dict[str, Any]:
    """What numbers depend on beside data and options: code, packages, Python, threads and processor."""
    return {
        "code_version": code_version(),
        "packages": dict(package_versions()),
        "python": platform.python_version(),
        "threads": THREADS,
        "processor": describe_processor(),
    }


def describe_membership(night: Night) -> str:
    """One line that says where membership comes from, for reports and runs."""
    options = night.options.membership
    if options is None:
        return SURVIVORS
    return f"membership by session, from {options.kind}:{table_name(options)}"


def lineage_tags(night: Night, plan: Plan) -> dict[str, str]:
    """Tags that a run needs so that it can be traced and reproduced."""
    return {
        "data_version": plan.data_version,
        "membership": describe_membership(night),
        "code_version": code_version(),
        "seed": str(night.config.training.seed),
        "threads": str(THREADS),
        "cutoff": str(plan.cutoff),
        "as_of": str(night.clock.resolve(plan.cutoff)),
        "python": platform.python_version(),
        "processor": describe_processor(),
        "packages": ", ".join(f"{name} {number}" for name, number in package_versions().items()),
    }
