"""Builds the installers of this system and tests them: the one way, behind `make installers`.

Each step takes what the steps before it left in build/ and dist/.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from linux import bill, deb, freeze, needed, reproduce, roots
from linux.appimage import bundle
from linux.rpm import package as rpm
from project import DIST, NAME, ONEDIR, PACKAGING, ROOT, Failed, run, version
from trust import checksums

if TYPE_CHECKING:
    from collections.abc import Callable

_TOOLS = ("binutils", "dpkg-dev", "lintian")
_TEST_TOOLS = ("xvfb", "xdotool", "imagemagick", "weston")


def _wheel() -> str:
    wheel = freeze.make_wheel()
    return run([sys.executable, PACKAGING / "check_wheel.py", DIST]).splitlines()[-1] or wheel.name


def _onedir() -> str:
    freeze.make_onedir()
    found = needed.needs(ONEDIR)
    needed.check(found)
    return f"{freeze.size_mb(ONEDIR):.1f} MB, glibc {found.c_library_text} or newer"


def _deb() -> str:
    made = deb.make()
    return f"{made.name}, {made.stat().st_size / 1e6:.1f} MB"


def _quick_deb() -> str:
    made = deb.make(quick=True)
    return f"{made.name}, less compressed than the one that is handed out"


def _appimage() -> str:
    made = bundle.make()
    return f"{made.name}, {made.stat().st_size / 1e6:.1f} MB"


def _rpm() -> str:
    made = rpm.make()
    return f"{made.name}, {made.stat().st_size / 1e6:.1f} MB"


def _sbom() -> str:
    made = bill.make()
    return f"{made.name}, {made.stat().st_size / 1e3:.0f} kB"


def _sums() -> str:
    made = checksums.write()
    files = len(made.read_text(encoding="utf-8").splitlines())
    return f"{made.name} of {files} files; {checksums.sign()}"


def _lint() -> str:
    said = run(["lintian", "--allow-root", "--fail-on", "error,warning", deb.path(version())])
    return said.strip() or "nothing to say"


def _reproduce() -> str:
    return reproduce.same_again()


def _test(*words: str) -> str:
    # Through the suites' own runner: it counts, and its last line says how it went.
    if reason := roots.ready(*_TEST_TOOLS):
        raise Failed(f"The installers cannot be tested here: {reason}")
    command = [sys.executable, str(ROOT / "tests" / "run_suites.py"), "installers", "--", *words]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Failed("The tests of the installers failed; what they said stands above")
    return "passed"


def _test_one() -> str:
    """What fits into a few minutes: one clean system."""
    return _test("-m", "one_system")


STEPS: dict[str, tuple[Callable[[], str], str]] = {
    "wheel": (_wheel, "the wheel, made of what git knows"),
    "onedir": (
        _onedir,
        "the program as one folder, frozen from the installed wheel",
    ),
    "deb": (_deb, "the .deb of that folder"),
    "quick-deb": (_quick_deb, "the same, less compressed and sooner made; for tests"),
    "appimage": (_appimage, "the AppImage of that folder, with its runtime"),
    "rpm": (_rpm, "the .rpm of that folder"),
    "sbom": (_sbom, "the bill of materials of that folder (CycloneDX)"),
    "sums": (_sums, "check sums of dist/, and their signature where there is a key"),
    "lint": (_lint, "Debian's own checks of the .deb"),
    "reproduce": (_reproduce, "everything once more, and every byte compared"),
    "test": (_test, "installs and uses it on clean systems"),
    "test-one": (_test_one, "the same on one system only"),
}
USUAL = ("wheel", "onedir", "deb", "appimage", "rpm", "sbom", "lint", "reproduce", "test", "sums")


def main() -> int:
    lines = "\n".join(f"  {name:11} {about}" for name, (_make, about) in STEPS.items())
    parser = argparse.ArgumentParser(
        description=f"Builds the installers of {NAME} and tests them.",
        epilog=f"steps:\n{lines}\nWithout any: {' '.join(USUAL)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help="what to do, in this order")
    wanted = parser.parse_args().steps or USUAL
    if unknown := [name for name in wanted if name not in STEPS]:
        parser.error(f"no such step: {', '.join(unknown)}")
    if not sys.platform.startswith("linux"):
        print("On this system the workflows in .github/workflows build the installer.")
        return 1
    return _take(wanted)


def _take(wanted: list[str] | tuple[str, ...]) -> int:
    os.umask(0o022)
    try:
        if reason := roots.ready(*_TOOLS):
            raise Failed(f"Installers cannot be built here: {reason}")
        for name in wanted:
            start_s = time.monotonic()
            print(f"=== {name}", flush=True)
            said = STEPS[name][0]()
            print(f"    {said} ({time.monotonic() - start_s:.0f} s)", flush=True)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
