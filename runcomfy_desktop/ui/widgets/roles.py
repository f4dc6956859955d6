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


class _Factory:
    """Qt keeps the factories it was given for ever, so this one is given once."""

    installed = False


def speak_as(widget: QWidget, role: QAccessible.Role) -> None:
    """Makes `widget` known as a picture, an alert and so on; its name stays what it is."""
    widget.setProperty(_PROPERTY, role.value)
    if not _Factory.installed:
        _Factory.installed = True
        QAccessible.installFactory(_make)


def _make(_class_name: str, what: QObject | None) -> QAccessibleInterface | None:
    role = what.property(_PROPERTY) if isinstance(what, QWidget) else None
    if role is None:
        return None
    assert isinstance(what, QWidget)
    return QAccessibleWidget(what, QAccessible.Role(role))
