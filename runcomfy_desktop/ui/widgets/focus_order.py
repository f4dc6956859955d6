"""Tab order of the window: reading order, whenever the parts were created.

Qt's own order is the order of creation, and the window creates most of its widgets late.
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
"""Property of areas that the window's Tab order skips because they move the focus themselves."""


def focus_next(areas: Sequence[QWidget], *, forward: bool) -> bool:
    """Moves the focus in `areas` as Tab (or Shift+Tab) does; returns False if it stays."""
    stop = next_stop(areas, forward=forward)
    if stop is None:
        return False
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    stop.setFocus(reason)
    return True


def focus_area(areas: Sequence[QWidget], *, forward: bool) -> None:
    """Moves the focus to the next of `areas`, as F6 (or Shift+F6) does.

    The widget that had the focus there before gets it again, else the main widget of the area. A
    floating dock is reached as well.
    """
    # The tab bar of docks is skipped: its content is in the dock below it.
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
    """Returns the widget that last had the focus, else a list, else any field.

    Buttons are used only if there is nothing else: Qt gives a floating dock's focus to its first
    widget, which is the close button.
    """
    fields = [stop for stop in stops if not isinstance(stop, QAbstractButton)]
    if last is not None and last in (fields or stops):
        return last
    lists = [stop for stop in fields if isinstance(stop, QAbstractItemView)]
    return (lists or fields or stops)[0]


def _contains(area: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (area is widget or area.isAncestorOf(widget))


def next_stop(areas: Sequence[QWidget], *, forward: bool) -> QWidget | None:
    """Returns the widget that Tab (or Shift+Tab) leads to; None if `areas` have none.

    `areas` are the parts of a window in reading order.
    """
    window = areas[0].window() if areas else None
    # A floating dock is a separate window, which Tab does not enter.
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
    """Returns the Tab stops in the nearest visible ancestor of `hidden`, which was just hidden.

    If a button disappears when pressed, the focus stays near it instead of going to the top.
    """
    ancestor = hidden if hidden is not None and not hidden.isVisible() else None
    while ancestor is not None and not ancestor.isWindow():
        stops = list(reading_order(ancestor))
        if stops:
            return stops
        ancestor = ancestor.parentWidget()
    return []


def reading_order(area: QWidget) -> Iterator[QWidget]:
    """Yields every Tab stop in `area`, row by row, each row from left to right.

    WORKAROUND: Qt's chain (`nextInFocusChain`) is not used. PySide takes each widget that the
    method returns for a child of the previous one, and destroys it together with that one.
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
    """Returns True for a dock behind another one's tab: Qt places it outside of the window."""
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
