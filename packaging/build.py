"""Builds and tests the installers of this system; used by `make installers`.

Each step uses the output of earlier steps in build/ and dist/.
"""

from __future__ import annotations

import argparse
import os
import shutil
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
    from pathlib import Path

_TOOLS = ("binutils", "dpkg-dev", "lintian")
_ONE = "one_system"
_TEST_TOOLS = ("xvfb", "xdotool", "imagemagick", "weston")
# Tools for checking the desktop integration and for testing the Windows installer under Wine.
_MORE_TEST_TOOLS = (
    *("desktop-file-utils", "appstream", "groff-base", "libglib2.0-bin", "shared-mime-info"),
    *("nsis", "wine", "wine64", "gcc-mingw-w64-x86-64-win32", "osslsigncode"),
)


def _wheel() -> str:
    # Everything released is built from this wheel; no output of another build may remain.
    shutil.rmtree(DIST, ignore_errors=True)
    wheel = freeze.make_wheel()
    return run([sys.executable, PACKAGING / "check_wheel.py", DIST]).splitlines()[-1] or wheel.name


def _onedir() -> str:
    freeze.make_onedir()
    found = needed.needs(ONEDIR)
    needed.check(found)
    return f"{freeze.size_mb(ONEDIR):.1f} MB, glibc {found.c_library_text} or newer"


def _told(made: Path) -> str:
    return f"{made.name}, {made.stat().st_size / 1e6:.1f} MB"


def _sums() -> str:
    made = checksums.write()
    files = len(made.read_text(encoding="utf-8").splitlines())
    return f"{made.name} of {files} files; {checksums.sign()}"


def _lint() -> str:
    said = run(["lintian", "--allow-root", "--fail-on", "error,warning", deb.path(version())])
    return said.strip() or "nothing to say"


def _test(chosen: str) -> str:
    if reason := roots.ready(*_TEST_TOOLS, *(() if chosen == _ONE else _MORE_TEST_TOOLS)):
        raise Failed(f"The installers cannot be tested here: {reason}")
    for suite in roots.TESTED_ON if chosen != _ONE else roots.TESTED_ON[:1]:
        roots.current(suite)
    # The suites' own runner counts the tests and prints the counts as its last line.
    runner = [sys.executable, str(ROOT / "tests" / "run_suites.py"), "installers", "--"]
    # faulthandler is off: a slow test reports itself and does not hang.
    words = [*runner, "-m", chosen, "-o", "faulthandler_timeout=0"]
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        raise Failed("The tests of the installers failed; what they said stands above")
    # Empty, so that the runner's counts remain the last output.
    return ""


STEPS: dict[str, tuple[Callable[[], str], str]] = {
    "wheel": (_wheel, "the wheel, made of what git knows"),
    "onedir": (_onedir, "the program as one folder, frozen from the installed wheel"),
    "deb": (lambda: _told(deb.make()), "the .deb of that folder"),
    "quick-deb": (lambda: _told(deb.make(quick=True)), "the same, sooner made and larger"),
    "rpm": (lambda: _told(rpm.make()), "the .rpm"),
    "appimage": (lambda: _told(bundle.make()), "the AppImage"),
    "sbom": (lambda: _told(bill.make()), "the bill of materials of all three"),
    "lint": (_lint, "Debian's own checks of the .deb"),
    "reproduce": (reproduce.same_again, "everything once more, and every byte compared"),
    "test": (lambda: _test("not parts"), "installs and uses it on clean systems"),
    "test-one": (lambda: _test(_ONE), "the same on one system only"),
    "parts": (lambda: _test("parts"), "takes out every part in turn: does the self-test miss it?"),
    "sums": (_sums, "SHA256SUMS, signed where there is a key"),
}
_MADE = ("wheel", "onedir", "deb", "rpm", "appimage", "sbom", "sums")
USUAL = (*_MADE, "lint", "reproduce", "test", "parts")


def main() -> int:
    lines = "\n".join(f"  {name:11} {about}" for name, (_make, about) in STEPS.items())
    parser = argparse.ArgumentParser(
        description=f"Builds the installers of {NAME} and tests them.",
        epilog=f"steps:\n{lines}\nWithout any: {' '.join(USUAL)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help="what to do, in this order")
    parser.add_argument("--can", action="store_true", help="only say whether it works here")
    given = parser.parse_args()
    if given.can:
        return _can()
    wanted = given.steps or USUAL
    if unknown := [name for name in wanted if name not in STEPS]:
        parser.error(f"no such step: {', '.join(unknown)}")
    if not sys.platform.startswith("linux"):
        print("On this system the workflows in .github/workflows build the installer.")
        return 1
    return _take(wanted)


def _can() -> int:
    """Returns exit code 0 if installers can be built here and tested on one system.

    Otherwise it prints the reason and returns 1.
    """
    try:
        reason = roots.ready(*_TOOLS, *_TEST_TOOLS)
        if not reason:
            freeze.build_root()
            roots.current(roots.TESTED_ON[0])
    except Failed as failure:
        reason = " ".join(str(failure).split())[-300:]
    if reason:
        print(f"The installers are not built and tried here: {reason}")
    return 1 if reason else 0


def _take(wanted: list[str] | tuple[str, ...]) -> int:
    os.umask(0o022)
    try:
        if reason := roots.ready(*_TOOLS):
            raise Failed(f"Installers cannot be built here: {reason}")
        for name in wanted:
            start_s = time.monotonic()
            print(f"=== {name}", flush=True)
            if said := STEPS[name][0]():
                print(f"    {said} ({time.monotonic() - start_s:.0f} s)", flush=True)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
