"""Operates the menu of the output panel's last button, with the actions that have no button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QPushButton

from tests.gui.support.jobs_panel import choose_entry, menu_entries
from tests.gui.support.user_input import find, press, process_events

if TYPE_CHECKING:
    from runcomfy_desktop.ui.results.panel import OutputPanel


def open_output_menu(panel: OutputPanel) -> QMenu:
    press(find(panel, QPushButton, "more_output_actions"))
    process_events()
    return find(panel, QMenu, "output_menu")


def output_menu_entries(panel: OutputPanel) -> list[str]:
    """Returns the names of the entries, without their prefix, and closes the menu."""
    return menu_entries(open_output_menu(panel))


def choose_in_output_menu(panel: OutputPanel, name: str) -> None:
    choose_entry(open_output_menu(panel), f"menu_{name}")
