"""Tab goes through the window as one reads it, whenever its parts were built.

Qt's own order is the order in which widgets were made, and the window makes most of them late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDockWidget,
    QTabBar,
    QWidget,
)

from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TAB = Qt.FocusPolicy.TabFocus.value
HANDLES_TAB_ITSELF = "leads_tab_itself"
"""A property of places which are no stops of the window: they lead the keyboard on themselves."""


def focus_next(areas: Sequence[QWidget], *, forward: bool) -> bool:
    """What Tab (or Shift+Tab) does in a window of these `areas`; False when there is no way on."""
    stop = next_stop(areas, forward=forward)
    if stop is None:
        return False
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    stop.setFocus(reason)
    return True


def focus_area(areas: Sequence[QWidget], *, forward: bool) -> None:
    """What F6 (or Shift+F6) does: the keyboard goes to the next of these `areas`, where it was
    there before, else to what the part is for. A dock that floats is reached as well.
    """
    # The tabs of docks are no part: what they are for is in the dock below them.
    focusable_areas = [area for area in areas if not isinstance(area, QTabBar)]
    candidates = [(area, stops) for area in focusable_areas if (stops := list(reading_order(area)))]
    if not candidates:
        return
    current = QApplication.focusWidget()
    current_index = next(
        (at for at, (area, _s) in enumerate(candidates) if _contains(area, current)), None
    )
    if current_index is None:
        current_index = -1 if forward else 0
    area, stops = candidates[(current_index + (1 if forward else -1)) % len(candidates)]
    stop = _preferred_stop(stops, area.focusWidget())
    if not stop.isActiveWindow():
        stop.activateWindow()
    stop.setFocus(Qt.FocusReason.OtherFocusReason)


def _preferred_stop(stops: list[QWidget], last: QWidget | None) -> QWidget:
    """Where the keyboard was last, else a list, else any field. Buttons only where there is nothing
    else: Qt gives a dock that floats to the first in it, which is the button that closes it."""
    fields = [stop for stop in stops if not isinstance(stop, QAbstractButton)]
    if last is not None and last in (fields or stops):
        return last
    lists = [stop for stop in fields if isinstance(stop, QAbstractItemView)]
    return (lists or fields or stops)[0]


def _contains(area: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (area is widget or area.isAncestorOf(widget))


def next_stop(areas: Sequence[QWidget], *, forward: bool) -> QWidget | None:
    """The widget that Tab (or Shift+Tab) leads to; None when nothing in `areas` takes it.

    `areas` are the parts of a window in reading order.
    """
    window = areas[0].window() if areas else None
    # A dock that floats is a window of its own, into which Tab does not lead.
    stops = [stop for area in areas if area.window() is window for stop in reading_order(area)]
    if not stops:
        return None
    current = QApplication.focusWidget()
    if current is None or current not in stops:
        near = _stops_near(current) or stops
        return near[0] if forward else near[-1]
    step = 1 if forward else -1
    return stops[(stops.index(current) + step) % len(stops)]


def _stops_near(hidden: QWidget | None) -> list[QWidget]:
    """What takes Tab in the nearest place on screen that held `hidden`, which has just been hidden.

    A button that goes when it is pressed leaves the keyboard where it was, not at the top.
    """
    ancestor = hidden if hidden is not None and not hidden.isVisible() else None
    while ancestor is not None and not ancestor.isWindow():
        stops = list(reading_order(ancestor))
        if stops:
            return stops
        ancestor = ancestor.parentWidget()
    return []


def reading_order(area: QWidget) -> Iterator[QWidget]:
    """Every widget in `area` that Tab stops at: row by row, and in a row from left to right.

    WORKAROUND: Qt's chain (`nextInFocusChain`) is not walked. PySide takes each widget that it
    returns for a child of the one before, and destroys it together with that one.
    """
    if not area.isVisible() or area.property(HANDLES_TAB_ITSELF):
        return
    if isinstance(area, PanelDock) and not area.is_in_front:
        return
    if _takes_tab(area):
        yield area
    for child in _in_rows(_children(area)):
        yield from reading_order(child)


def _children(widget: QWidget) -> list[QWidget]:
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    found = widget.findChildren(QWidget, options=direct)
    visible = [each for each in found if each.isVisible() and not each.isWindow()]
    return [each for each in visible if not _is_behind_tab(each, widget)]


def _is_behind_tab(dock: QWidget, window: QWidget) -> bool:
    """Whether it is a dock behind another one's tab: Qt puts it outside of the window."""
    return isinstance(dock, QDockWidget) and not window.rect().intersects(dock.geometry())


def _in_rows(widgets: list[QWidget]) -> list[QWidget]:
    ordered: list[QWidget] = []
    row: list[QWidget] = []
    for widget in sorted(widgets, key=lambda each: each.y()):
        if row and widget.geometry().center().y() >= row[0].geometry().bottom():
            ordered += sorted(row, key=lambda each: each.x())
            row = []
        row.append(widget)
    return ordered + sorted(row, key=lambda each: each.x())


def _takes_tab(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy().value & _TAB)
        and widget.focusProxy() is None
        and widget.isEnabled()
    )
