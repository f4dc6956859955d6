"""Application id under which Windows' taskbar knows the program."""

from __future__ import annotations

import re
from pathlib import Path

from runcomfy_desktop import APP_ID
from runcomfy_desktop.platform import taskbar_identity

INSTALLER = Path(__file__).resolve().parents[3] / "packaging" / "windows" / "installer.nsi"


class Shell32:
    """Replaces Windows' shell32."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def SetCurrentProcessExplicitAppUserModelID(self, name: str) -> int:  # noqa: N802
        self.names.append(name)
        return 0


def test_windows_is_told_the_name() -> None:
    shell = Shell32()
    taskbar_identity.set_app_id(shell)
    assert shell.names == [APP_ID]


def test_it_is_the_name_that_the_shortcut_has() -> None:
    match = re.search(r'!define APP_ID "(.+)"', INSTALLER.read_text(encoding="utf-8"))
    assert match is not None
    assert match[1] == APP_ID


def test_windows_takes_names_of_this_form() -> None:
    assert len(APP_ID) <= 128
    assert " " not in APP_ID


def test_nothing_happens_on_the_system_of_this_test_or_windows_takes_it() -> None:
    taskbar_identity.set_app_id()
