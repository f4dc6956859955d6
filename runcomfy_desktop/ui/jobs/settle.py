"""The guard before what costs money: a double click, or a key that is held, is one wish."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer

# Nobody means a second run, or "Run again" on a button that said Cancel this moment: that is the
# second half of a double click, or a finger that was on its way.
SETTLE_MS = 500


class Settle:
    """Knows whether enough time went by since something changed or was done."""

    def __init__(self) -> None:
        self._since = QElapsedTimer()

    @property
    def is_over(self) -> bool:
        return not self._since.isValid() or self._since.elapsed() >= SETTLE_MS

    def begin(self) -> None:
        """It changed, or was done, now."""
        self._since.start()

    def forget(self) -> None:
        """Nothing of it concerns what is there now."""
        self._since.invalidate()
