"""Freezes the program on Windows and macOS, where no Debian system can be used.

It needs a Python with the packages of requirements.lock and packaging/requirements-build.lock.

usage: hosted.py FOLDER BILL
    FOLDER  parent folder of the one-folder program and, on macOS, of the .app
    BILL    bill of materials to write, a .cdx.json

It freezes twice: the collected files are known only after the first pass, and their notices have to
be included before everything is signed.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from project import BUILD, NAME, PACKAGE, PACKAGING, ROOT, Failed, reproducible, run
from trust import notices

_WORK = BUILD / "work"
_FACTS = BUILD / "facts.json"
_TOOLS = BUILD / "tools"


def install() -> Path:
    """Installs the wheel of this checkout without using a package index; returns its folder."""
    wheels = BUILD / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    run([*pip, "wheel", *offline, "--no-build-isolation", "-w", wheels, ROOT], env=reproducible())
    (wheel,) = wheels.glob("*.whl")
    run([*pip, "install", *offline, "--force-reinstall", wheel])
    return Path(str(importlib.metadata.distribution(NAME).locate_file(PACKAGE)))


def freeze(folder: Path) -> None:
    # Not `python -m PyInstaller`: that would search for the program in the current folder.
    pyinstaller = Path(sysconfig.get_path("scripts")) / "pyinstaller"
    words: list[str | Path] = [
        "--noconfirm",
        "--log-level",
        "WARN",
        "--distpath",
        folder,
        "--workpath",
        _WORK,
    ]
    spec = PACKAGING / "pyinstaller" / f"{NAME}.spec"
    run([pyinstaller, *words, spec], cwd=BUILD, env=reproducible())


def take_notice(installed: Path) -> None:
    """Writes the notices for everything collected into the installed program, to be frozen next."""
    run([sys.executable, PACKAGING / "trust" / "facts.py", _WORK / NAME, _FACTS])
    notices.write(installed / notices.PLACE, notices.read_facts(_FACTS))


def libraries(folder: Path) -> Path:
    """Returns the folder of the released libraries.

    The libraries of an .app are signed again inside it, so they differ from those outside.
    """
    bundles = [each / "Contents" / "Frameworks" for each in folder.glob("*.app")]
    return bundles[0] if bundles else folder / NAME / "_internal"


def make_bill(folder: Path, file: Path) -> None:
    """Writes the bill of materials with tools installed in a separate environment.

    If the tools were in this Python, PyInstaller could take them for parts of the program.
    """
    scripts = _TOOLS / ("Scripts" if sys.platform == "win32" else "bin")
    run([sys.executable, "-m", "venv", "--clear", _TOOLS])
    lock = ROOT / "requirements-dev.lock"
    run([scripts / "python", "-m", "pip", "install", "--require-hashes", "-r", lock])
    said = (
        "import sys; from pathlib import Path; from trust import notices, sbom; "
        "file, facts, inside = map(Path, sys.argv[1:]); "
        "sbom.write(file, notices.read_facts(facts), inside)"
    )
    inside = libraries(folder).resolve()
    run([scripts / "python", "-c", said, file.resolve(), _FACTS, inside], cwd=PACKAGING)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder, bill = (Path(word).resolve() for word in arguments)
    try:
        BUILD.mkdir(exist_ok=True)
        installed = install()
        shutil.rmtree(installed / notices.PLACE, ignore_errors=True)
        shutil.rmtree(_WORK, ignore_errors=True)
        freeze(folder)
        take_notice(installed)
        freeze(folder)
        make_bill(folder, bill)
    except (Failed, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder}: frozen; {bill}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
