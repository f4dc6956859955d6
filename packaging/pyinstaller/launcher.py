"""Where the frozen program begins; outside the package, so that the installed one is frozen."""

from __future__ import annotations

import os
import sys

from runcomfy_desktop.__main__ import main


def forget_own_loading() -> None:
    """Lets the programs that are started from this one, a browser say, load their own libraries.

    On Linux PyInstaller leads the loader into the bundle by the environment. The loader has read
    that by now, and whatever inherits it gets our OpenSSL and Qt in place of its own. Without
    PyInstaller's notes the program's own helpers begin as it did, and find theirs again.
    """
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]


if __name__ == "__main__":
    if sys.platform.startswith("linux"):
        forget_own_loading()
    sys.exit(main())
