"""Asks before the window closes on changes that could not be stored: they would be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.parts import WindowParts


class LastChance:
    """Once it was answered that they may be lost, it does not ask again."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._is_given_up = False
        self._is_asking = False

    def holds(self, parts: WindowParts | None) -> bool:
        """Whether the window must not close yet, as the person is asked."""
        if parts is None or self._is_given_up or not parts.drafts.is_behind:
            return False
        if not self._is_asking:
            self._ask()
        return True

    def _ask(self) -> None:
        from runcomfy_desktop.ui.dialogs.confirm import ask

        self._is_asking = True
        dialog = ask(
            self._window,
            "unstored",
            title=_("Your last changes are not stored."),
            text=_(
                "The disk refuses them, and closing the window loses them. It is tried again every "
                "few seconds: free some space and wait, or copy what matters to another place. "
                "Jobs that were sent go on, and nothing is billed twice."
            ),
            deed=_("Close and lose them"),
            leave=_("Keep the window open"),
            on_yes=self._give_up,
        )
        dialog.finished.connect(self._on_finished)

    def _give_up(self) -> None:
        self._is_given_up = True
        self._window.close()

    def _on_finished(self) -> None:
        self._is_asking = False
