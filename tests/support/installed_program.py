"""The program as installed: its own Python, its dependencies, and its wheel.

Created once per test session, from links to the packages installed here. A test removes a part and
checks the effect; then the part is restored.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import runcomfy_desktop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(runcomfy_desktop.__file__).resolve().parents[1]
_NAME = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)
# Each test chooses the display itself.
_UNSET = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "PYTHONPATH")


@dataclass(frozen=True)
class InstalledProgram:
    """An installed copy of the program: its folder, and the folder of its packages."""

    folder: Path
    site_packages: Path

    @classmethod
    def make(cls, folder: Path) -> InstalledProgram:
        venv.EnvBuilder(symlinks=True).create(folder / "python")
        site = next((folder / "python").glob("lib/python*/site-packages"))
        for name in _NAME.findall((PROJECT / "requirements.lock").read_text(encoding="utf-8")):
            _link(name, site)
        _lay_out(site)
        return cls(folder, site)

    @property
    def python(self) -> Path:
        return self.folder / "python" / "bin" / "python"

    def run(self, *words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs the program outside the checkout; only `environment` can name a display."""
        return self._run("-m", "runcomfy_desktop", *words, environment=environment)

    def _run(
        self, *words: str, environment: Mapping[str, str], limit_s: float = 100
    ) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if name not in _UNSET}
        return subprocess.run(
            [self.python, *words],
            cwd=self.folder,
            env={**clean, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def self_test(
        self, file: Path, *groups: str, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Runs the self-test for some groups of parts; each group runs in its own process."""
        program = (
            "import sys; from pathlib import Path; "
            "from runcomfy_desktop.selftest.runner import run_self_test; "
            "sys.exit(run_self_test(Path(sys.argv[1]), sys.argv[2:]))"
        )
        return self._run("-c", program, str(file), *groups, environment=environment)

    @contextmanager
    def without(self, *patterns: str) -> Iterator[None]:
        """Removes files within the context; each pattern, relative to the packages, must match."""
        backup_folder = self.folder / "aside"
        taken: list[tuple[Path, Path]] = []
        try:
            for pattern in patterns:
                found = sorted(self.site_packages.glob(pattern))
                assert found, f"there is no {pattern}"
                for path in found:
                    target = backup_folder / path.relative_to(self.site_packages)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    path.rename(target)
                    taken.append((path, target))
            yield
        finally:
            for path, target in taken:
                target.rename(path)


def _link(name: str, site: Path) -> None:
    """Adds a package as links: a copy of Qt would take seconds.

    Compiled files are included; they stay valid, as a linked file keeps its time.
    """
    try:
        files = distribution(name).files or ()
    except PackageNotFoundError:
        return  # for another system or another Python
    for file in files:
        source, target = Path(str(file.locate())), site / file
        # Paths outside the packages are commands, and some lists name a file twice.
        if ".." not in file.parts and source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target) if _is_same_filesystem(source, site) else shutil.copy2(
                source, target
            )


def _is_same_filesystem(source: Path, site: Path) -> bool:
    return source.stat().st_dev == site.stat().st_dev


def _lay_out(site: Path) -> None:
    """Lays out this program's wheel: the package, its resources, and its metadata."""
    package = site / "runcomfy_desktop"
    shutil.copytree(
        PROJECT / "runcomfy_desktop",
        package,
        # Another process may be compiling: its temporary files can be gone before they are copied.
        ignore=shutil.ignore_patterns("*.pyc.*"),
    )
    shutil.copytree(PROJECT / "resources", package / "resources")
    version = runcomfy_desktop.__version__
    facts = site / f"runcomfy_desktop-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: runcomfy-desktop\nVersion: {version}\n", encoding="utf-8"
    )
    # Compiled files that are up to date are left unchanged.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(package)], check=True)
