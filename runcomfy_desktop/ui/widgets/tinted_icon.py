"""Icons in a colour of the theme: on a button or label, before a sentence, on a reveal button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QToolButton, QWidget

from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import row


class TintedIcon(QObject):
    """Sets the icon of a button or label, and again when the theme has changed.

    `role` is a colour of `theme.Colours`; `size` is the size on a label.
    """

    def __init__(
        self,
        widget: QAbstractButton | QLabel,
        name: str = "",
        role: str = "muted",
        size: QSize = ICON_SIZE,
    ) -> None:
        super().__init__(widget)
        self._size = size
        widget.installEventFilter(self)
        self.show(name, role)

    def show(self, name: str, role: str = "muted") -> None:
        """Shows another icon; "" leaves the last one."""
        self._name, self._role = name, role
        self._apply()

    def _apply(self) -> None:
        widget = self.parent()
        assert isinstance(widget, QAbstractButton | QLabel)
        if not self._name:
            return
        # Not the widget's palette, whose background may be transparent, which counts as dark; nor
        # the window's, which changes after that of its children.
        colour = getattr(colours(QGuiApplication.palette()), self._role)
        icon = icons.icon(self._name, colour)
        if isinstance(widget, QLabel):
            widget.setPixmap(icon.pixmap(self._size, widget.devicePixelRatioF()))
        else:
            widget.setIcon(icon)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.PaletteChange:
            self._apply()
        return False


class IconLine(QWidget):
    """Icon followed by a sentence that wraps.

    `reserved_lines` is the height that is kept for the sentence, so that a dialog does not jump
    when one appears; the icon is then next to the first line.
    """

    def __init__(self, name: str, parent: QWidget, *, reserved_lines: int = 0) -> None:
        super().__init__(parent)
        self._icon_label = QLabel(self)
        self._icon = TintedIcon(self._icon_label)
        self._text = plain_label("", name, self, wrap=True)
        if reserved_lines:
            layout = row((self._icon_label, Qt.AlignmentFlag.AlignTop), (self._text, 1), owner=self)
            # A minimum height of the label would limit longer sentences to that height.
            layout.addStrut(reserved_lines * self.fontMetrics().lineSpacing())
            self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        else:
            row(self._icon_label, (self._text, 1), owner=self)

    def show_text(self, text: str, icon: str = "", role: str = "muted") -> None:
        self._icon.show(icon, role)
        self._icon_label.setVisible(bool(icon))
        self._text.setText(text)

    def announce_text(self, text: str, icon: str = "", role: str = "muted") -> None:
        """Shows a text, and announces it if it is another one, an error at once."""
        if text and text != self._text.text():
            announce(self, text, urgent=role == "error")
        self.show_text(text, icon, role)


def reveal_button(
    field: QLineEdit, name: str, parent: QWidget, *, show_text: str, hide_text: str
) -> QToolButton:
    """Creates a button with an eye, which shows and hides the secret in `field`."""
    button = icon_button(show_text, name, parent)
    button.setCheckable(True)
    icon = TintedIcon(button, "eye")

    def on_toggled(checked: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if checked else QLineEdit.EchoMode.Password
        field.setEchoMode(mode)
        text = hide_text if checked else show_text
        button.setToolTip(text)
        button.setAccessibleName(text)
        icon.show("eye-off" if checked else "eye")

    button.toggled.connect(on_toggled)
    return button
