"""The application object, in a separate process: each process can have only one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.e2e.program import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

CLOSED_AND_ASKED = """
import sys
from pathlib import Path
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from runcomfy_desktop.app.application import _Application
from runcomfy_desktop.ui.main_window.main_window import MainWindow
app = _Application(sys.argv[:1])
window = MainWindow(Path(sys.argv[1]))
app.set_window(window)
window.show()
window.close()
app.sendEvent(app, QFileOpenEvent(QUrl("file:///tmp/a.json")))
print(window.isVisible())
"""


def test_what_the_system_hands_over_at_the_end_brings_no_window_back(tmp_path: Path) -> None:
    """A second start would otherwise raise a window that is being closed."""
    ended = subprocess.run(
        [sys.executable, "-c", CLOSED_AND_ASKED, str(tmp_path / "window.ini")],
        cwd=PROJECT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("False\n", "", 0)
