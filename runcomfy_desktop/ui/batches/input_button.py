"""A button that names an input, and leads to a list of all of them to choose another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.palette.entries import Entry, Goals, Kind
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.ui.palette.panel import Palette

# Borders, the icon, and the room between.
_AROUND = 12 * STEP
_NONE = Entry(Kind.ACTION, "", "", "", None)


class InputPicker(QObject):
    """Lies over a dialog while somebody chooses. `entries` tells which inputs there are."""

    def __init__(self, dialog: QWidget, entries: Callable[[], Sequence[Entry]]) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._entries = entries
        self._palette: Palette | None = None
        self._named: Sequence[Entry] = ()
        self._names: dict[object, str] = {}
        self._then: Callable[[InputKey | None], object] = lambda _key: None

    def pick(self, then: Callable[[InputKey | None], object], none: str = "") -> None:
        """Calls `then` with what is chosen; `none` is the text for none, if one may."""
        # Late: few who open the dialog choose another input.
        from runcomfy_desktop.ui.palette.panel import Palette

        if self._palette is None:
            title, wanted = _("Choose an input"), _("Input or node…")
            self._palette = Palette(self._dialog, title, wanted)
            self._palette.chosen.connect(self._on_palette_chosen)
        self._then = then
        first = [_NONE._replace(text=none)] if none else []
        self._palette.open_with(Goals([*first, *self._entries()]))

    def name_of(self, key: InputKey) -> str:
        """`steps of KSampler`, "" when there is no such input."""
        entries = self._entries()
        if entries is not self._named:
            self._named = entries
            self._names = {each.target: _("%s of %s") % (each.text, each.about) for each in entries}
        return self._names.get(key, "")

    def _on_palette_chosen(self, entry: Entry) -> None:
        self._then(entry.target if isinstance(entry.target, InputKey) else None)


class InputButton(QPushButton):
    """Emits `chosen` when a person chose. `none` is the text for no input, if one may."""

    chosen = Signal()

    def __init__(
        self, picker: InputPicker, name: str, spoken: str, parent: QWidget, none: str = ""
    ) -> None:
        super().__init__(parent)
        self._picker = picker
        self._none = none
        self._spoken = spoken
        self._text = ""
        self.key: InputKey | None = None
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.setProperty("aligned", True)
        self.setIconSize(ICON_SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: picker.pick(self._take, none))
        self._dress()
        self.show_key(None)

    def show_key(self, key: InputKey | None) -> None:
        """Names another input, without telling."""
        self.key = key
        self._text = self._none or _("Choose an input…")
        if key is not None:
            self._text = self._picker.name_of(key) or _("%s (not there)") % key.name
        self.setAccessibleName(f"{self._spoken}: {self._text}")
        self._fit()

    def _take(self, key: InputKey | None) -> None:
        self.show_key(key)
        self.setFocus()
        self.chosen.emit()

    def _fit(self) -> None:
        room = max(0, self.width() - _AROUND)
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, room)
        self.setText(literal(shown))
        self.setToolTip(tooltip(self._text) if shown != self._text else "")
        self.setAccessibleDescription(self._text if shown != self._text else "")

    def _dress(self) -> None:
        self.setIcon(icons.icon("search", colours(self.palette()).muted))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
