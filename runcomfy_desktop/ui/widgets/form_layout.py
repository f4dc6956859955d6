"""Form rows with hints and errors below their fields, and scrolling form pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

# Together with the dialog's other rows, a page fits on a screen of 600 px.
_MAX_PAGE_HEIGHT, _MIN_PAGE_HEIGHT = 105 * STEP, 40 * STEP


class FormLayout(QGridLayout):
    """Layout with rows of a label and a field, with hints and errors below the field.

    QFormLayout is not used: when an error of two lines appears, it takes the space from other rows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(4 * STEP)
        self.setVerticalSpacing(4 * STEP)
        self.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QWidget]] = []

    def add_row(self, text: str, buddy: QWidget | None, *below: QWidget) -> int:
        """Adds a row; the label's buddy is `buddy`. Returns the row's number."""
        holder = QWidget(below[0].parentWidget())
        column(*below, owner=holder, spacing=STEP)
        label = QLabel(text, holder.parentWidget())
        if buddy is not None:
            label.setBuddy(buddy)
        # Aligned with the text of the field; a check box is lower than a field.
        top_margin = 1 if isinstance(below[0], QCheckBox) else STEP + STEP // 2
        label.setContentsMargins(0, top_margin, 0, 0)
        number = len(self._rows)
        self.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
        self.addWidget(holder, number, 1)
        self._rows.append((label, holder))
        return number

    def label(self, number: int) -> QLabel:
        return self._rows[number][0]

    def truncate(self, rows: int) -> None:
        """Removes all rows after the first `rows`."""
        for label, holder in self._rows[rows:]:
            for widget in (label, holder):
                self.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        del self._rows[rows:]

    def set_row_visible(self, number: int, *, visible: bool) -> None:
        for widget in self._rows[number]:
            widget.setVisible(visible)


class ScrolledPage(QScrollArea):
    """Form page that scrolls vertically when it is higher than `max_height`."""

    def __init__(self, page: QWidget, parent: QWidget, max_height: int = _MAX_PAGE_HEIGHT) -> None:
        super().__init__(parent)
        self._page = page
        self._max_height = max_height
        self.setObjectName(f"{page.objectName()}_scroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        layout = self._page.layout()
        assert layout is not None
        wraps = layout.hasHeightForWidth()
        needed = layout.totalHeightForWidth(width) if wraps else layout.totalSizeHint().height()
        return min(self._max_height, needed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._page and event.type() is QEvent.Type.LayoutRequest:
            # Qt does not notify the area's parents that its content needs another height.
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        width = self._page.minimumSizeHint().width()
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def minimumSizeHint(self) -> QSize:
        # Never higher than the content, which would leave blank space.
        min_height = min(_MIN_PAGE_HEIGHT, self.heightForWidth(self.width()))
        return QSize(self._page.minimumSizeHint().width(), min_height)


def hint_label(text: str, parent: QWidget) -> QLabel:
    return muted_label(text, "settings_hint", parent, wrap=True)


def set_field_name(widget: QWidget, name: str, accessible_name: str) -> None:
    widget.setObjectName(name)
    widget.setAccessibleName(accessible_name)


def error_label(name: str, parent: QWidget) -> QLabel:
    label = plain_label("", name, parent, wrap=True)
    label.setForegroundRole(parent.palette().ColorRole.BrightText)
    label.hide()
    return label


def show_field_error(field: QLineEdit, label: QLabel, error: str) -> None:
    """Shows an error below its field and sets it as the field's accessible description."""
    label.setText(error)
    label.setVisible(bool(error))
    field.setAccessibleDescription(error)
    if field.property("fault") is not bool(error):
        field.setProperty("fault", bool(error))
        field.style().unpolish(field)
        field.style().polish(field)


def field_with_button(parent: QWidget, field: QWidget, button: QWidget) -> QWidget:
    """Returns a widget with a field and a button next to it."""
    holder = QWidget(parent)
    row((field, 1), button, owner=holder)
    return holder
