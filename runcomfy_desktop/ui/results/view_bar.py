"""Bar over the picture: zoom, rotation, play and pause, full view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.view_transform import KEY_ZOOM
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import flat_button, icon_button
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.ui.results.picture_view import PictureView

_HEIGHT = 34
# Below this width "Full view" has only its icon.
_MIN_TEXT_WIDTH = 360
_MIN_WIDTH = 64 * STEP


class ViewBar(QWidget):
    """Buttons for the picture in the viewer; without a picture they are disabled, never hidden.

    Only the full view is there for every kind of result.

    Emits `full_view_requested`.
    """

    full_view_requested = Signal()

    def __init__(self, view: PictureView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._zoom_out_button = icon_button(_("Zoom out"), "view_zoom_out", self)
        self._percent_button = flat_button("", "view_percent", self)
        self._zoom_in_button = icon_button(_("Zoom in"), "view_zoom_in", self)
        self._fit_button = flat_button(_("Fit"), "view_fit", self)
        self._rotate_button = icon_button(_("Rotate"), "view_rotate", self)
        self._play_button = icon_button(_("Pause"), "play_pause", self)
        self._play_icon = TintedIcon(self._play_button)
        self._full_view_button = flat_button("", "full_view", self)
        self._build()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Updates the buttons to the viewer's state."""
        view = self._view
        for button in (
            self._zoom_out_button,
            self._percent_button,
            self._zoom_in_button,
            self._fit_button,
            self._rotate_button,
        ):
            # Otherwise Qt would move the focus while the next picture is being read.
            button.setEnabled(view.picture is not None or button.hasFocus())
        percent = _("%d %%") % round(100 * view.zoom) if view.picture is not None else "–"
        self._percent_button.setText(percent)
        self._percent_button.setAccessibleName(_("Show at 100 %%, now %s") % percent)
        self._fit_button.setChecked(view.picture is not None and view.is_fitted)
        self._play_button.setVisible(view.is_animation)
        text = _("Pause") if view.is_playing else _("Play")
        self._play_button.setToolTip(text)
        self._play_button.setAccessibleName(text)
        self._play_icon.show("pause" if view.is_playing else "play", "text")

    def show_full_view(self, *, is_full: bool) -> None:
        """Shows whether the button leads to the full view, or back from it."""
        self._full_view_text = _("Back") if is_full else _("Full view")
        tooltip = _("Back (Escape)") if is_full else _("Full view (Space)")
        self._full_view_button.setToolTip(tooltip)
        self._full_view_button.setAccessibleName(self._full_view_text)
        self._fit_text()

    def _fit_text(self) -> None:
        is_wide = self.width() >= _MIN_TEXT_WIDTH
        self._full_view_button.setText(self._full_view_text if is_wide else "")

    def _build(self) -> None:
        self.setObjectName("view_bar")
        self.setFixedHeight(_HEIGHT)
        for button, name in (
            (self._zoom_out_button, "minus"),
            (self._zoom_in_button, "plus"),
            (self._rotate_button, "rotate"),
            (self._full_view_button, "expand"),
        ):
            TintedIcon(button, name, "text")
        # The other buttons stay where they are while the zoom changes.
        self._percent_button.setText(_("%d %%") % 3200)
        self._percent_button.setFixedWidth(self._percent_button.sizeHint().width())
        self._fit_button.setCheckable(True)
        for button, text in (
            (self._zoom_out_button, _("Zoom out (−)")),
            (self._percent_button, _("Show at 100 % (1)")),
            (self._zoom_in_button, _("Zoom in (+)")),
            (self._fit_button, _("Fit into the view (0)")),
            (self._rotate_button, _("Rotate to the right (R)")),
        ):
            button.setToolTip(text)
        self.show_full_view(is_full=False)
        row(
            self._zoom_out_button,
            self._percent_button,
            self._zoom_in_button,
            self._fit_button,
            self._rotate_button,
            self._play_button,
            STRETCH,
            self._full_view_button,
            owner=self,
            spacing=STEP,
            margins=(2 * STEP, 0, 2 * STEP, 0),
        )

    def _connect(self) -> None:
        view = self._view
        self._zoom_out_button.clicked.connect(lambda: view.zoom_by(1 / KEY_ZOOM))
        self._percent_button.clicked.connect(lambda: view.actual_size())
        self._zoom_in_button.clicked.connect(lambda: view.zoom_by(KEY_ZOOM))
        self._fit_button.clicked.connect(lambda: view.fit())
        self._rotate_button.clicked.connect(lambda: view.rotate())
        self._play_button.clicked.connect(lambda: view.set_playing(not view.is_playing))
        self._full_view_button.clicked.connect(self.full_view_requested)
        view.view_changed.connect(self.refresh)
        view.playing_changed.connect(lambda _playing: self.refresh())

    def minimumSizeHint(self) -> QSize:
        # The text of the last button gives way.
        return QSize(_MIN_WIDTH, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_text()
