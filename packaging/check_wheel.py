"""Checks the wheel in a folder: it contains the program, its resources and its start command.

usage: check_wheel.py DIST
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
START = "runcomfy-desktop = runcomfy_desktop.__main__:main"


def faults(wheel: Path) -> list[str]:
    """Returns the faults of `wheel` as sentences; an empty list if there are none."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = [name for name in names if name.endswith("entry_points.txt")]
        starts = "".join(archive.read(name).decode() for name in entry_points)
    wanted = [
        path.relative_to(root).as_posix()
        for root, folder in ((PROJECT, "runcomfy_desktop"), (PROJECT, "resources"))
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    found = [
        f"{name} is not in the wheel"
        for name in wanted
        if (f"runcomfy_desktop/{name}" if name.startswith("resources/") else name) not in names
    ]
    if "[gui_scripts]" not in starts or START not in starts:
        found.append("the start command runcomfy-desktop is missing")
    found += [f"{name} does not belong in it" for name in names if name.startswith("tests/")]
    return found


def starts(wheel: Path) -> bool:
    """Returns True if the program in `wheel` passes its self-test outside of the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(wheel).extractall(folder)
        ended = subprocess.run(
            [sys.executable, "-m", "runcomfy_desktop", "--self-test"],
            cwd=folder,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            check=False,
            timeout=120,
        )
    return ended.returncode == 0


def main() -> int:
    wheels = list(Path(sys.argv[1]).glob("*.whl"))
    if len(wheels) != 1:
        print(f"Expected one wheel in {sys.argv[1]}, found {len(wheels)}")
        return 1
    found = faults(wheels[0])
    for fault in found:
        print(fault)
    if found or not starts(wheels[0]):
        return 1
    print(f"{wheels[0]}: complete, and it starts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
