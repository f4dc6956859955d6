"""Where the frozen program begins; outside the package, so that the installed one is frozen."""

from __future__ import annotations

import sys

from runcomfy_desktop.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
