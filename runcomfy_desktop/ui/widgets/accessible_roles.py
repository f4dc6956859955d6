"""Roles for screen readers, for widgets of our own that Qt would call a mere filler.

Qt tells what a widget is by its class; of one that is drawn here it knows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAccessibleWidget, QWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAccessibleInterface

_PROPERTY = "spoken_role"


class _AccessibleFactory:
    """Qt keeps the factories it was given for ever, so this one is given once."""

    is_installed = False


def set_accessible_role(widget: QWidget, role: QAccessible.Role) -> None:
    """Makes `widget` known as a picture, an alert and so on; its name stays what it is."""
    widget.setProperty(_PROPERTY, role.value)
    if not _AccessibleFactory.is_installed:
        _AccessibleFactory.is_installed = True
        QAccessible.installFactory(_create_interface)


def _create_interface(_class_name: str, target: QObject | None) -> QAccessibleInterface | None:
    role = target.property(_PROPERTY) if isinstance(target, QWidget) else None
    if role is None:
        return None
    assert isinstance(target, QWidget)
    return QAccessibleWidget(target, QAccessible.Role(role))
