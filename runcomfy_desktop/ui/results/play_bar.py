"""Play and pause button for the animation in the viewer; hidden without an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.buttons import flat_button
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from runcomfy_desktop.ui.results.picture_view import PictureView


class PlayBar(QWidget):
    """Bar with one button that names its action."""

    def __init__(self, view: PictureView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._button = flat_button("", "play_pause", self)
        self._icon = TintedIcon(self._button)
        self.setObjectName("play_bar")
        row(STRETCH, self._button, STRETCH, owner=self)
        self._button.clicked.connect(lambda: view.set_playing(not view.is_playing))
        view.playing_changed.connect(lambda _playing: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Updates the button to the viewer's state."""
        self.setVisible(self._view.is_animation)
        playing = self._view.is_playing
        text = _("Pause") if playing else _("Play")
        self._button.setText(text)
        self._button.setAccessibleName(text)
        self._icon.show("pause" if playing else "play")
