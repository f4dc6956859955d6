"""Start script of the frozen program.

It is outside of the package, so that the installed package is frozen instead of the checkout.
"""

from __future__ import annotations

import os
import sys

from runcomfy_desktop.__main__ import main


def forget_own_loading() -> None:
    """Removes the loader settings that PyInstaller has put into the environment on Linux.

    They direct the loader into the bundle. The loader has already read them, and programs started
    from here, for example a browser, would load the bundled OpenSSL and Qt instead of their own.
    Without PyInstaller's variables the program's own helper processes start like the program itself
    and find their libraries again.
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
