"""The environment that the frozen program passes on to the programs that it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[3] / "packaging" / "pyinstaller" / "launcher.py"
# Starts like the frozen program: the launcher is the main module, and exits by itself.
_BEGIN = """
import json, os, runpy, sys
sys.argv = [sys.argv[1], "--version"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    print(json.dumps(dict(os.environ)))
"""
# Variables that PyInstaller's bootloader sets before Python starts.
_OF_PYINSTALLER = {
    "LD_LIBRARY_PATH": "/usr/lib/runcomfy-desktop/_internal",
    "_PYI_ARCHIVE_FILE": "/usr/lib/runcomfy-desktop/runcomfy-desktop",
    "_PYI_PARENT_PROCESS_LEVEL": "1",
    "_PYI_LINUX_PROCESS_NAME": "runcomfy-deskto",
}


def remaining(**more: str) -> dict[str, str]:
    """Returns the environment once the program has started."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN, LAUNCHER],
        env={**os.environ, **_OF_PYINSTALLER, **more},
        cwd=LAUNCHER.parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("before", [None, "", "/opt/driver/lib"])
def test_other_programs_find_their_own_libraries(before: str | None) -> None:
    """A browser that inherited the path to the bundle's libssl would not start."""
    given = {} if before is None else {"LD_LIBRARY_PATH_ORIG": before}
    environment = remaining(**given)
    assert environment.get("LD_LIBRARY_PATH") == before
    # Without PyInstaller's variables, a helper process of the program sets up its own instead of
    # using inherited ones.
    assert [
        name for name in environment if name.startswith("_PYI_") or name.endswith("_ORIG")
    ] == []
