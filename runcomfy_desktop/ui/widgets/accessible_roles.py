"""Accessible roles for custom-painted widgets.

Qt derives a widget's role from its class and reports a custom-painted one as mere filler.
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
    """Remembers that the factory is installed: Qt keeps factories for ever, so one is enough."""

    is_installed = False


def set_accessible_role(widget: QWidget, role: QAccessible.Role) -> None:
    """Gives `widget` an accessible role, such as picture or alert; its name is unchanged."""
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
