"""Collects Qt's warnings and the exceptions in slots during a test."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_REPORTED_TYPES = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
# Messages about the platform itself, which no program can prevent.
_PLATFORM_NOISE = (
    "This plugin does not support",
    "propagateSizeHints",
    "XDG_RUNTIME_DIR",
    "Could not connect to accessibility",
)


class QtMessageWatch:
    """Collects the warnings and exceptions of one test."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    @contextmanager
    def qt_messages(self) -> Iterator[None]:
        before = qInstallMessageHandler(self._on_message)
        try:
            yield
        finally:
            qInstallMessageHandler(before)

    def on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Acts as `sys.excepthook`, to which PySide passes exceptions from slots and overrides."""
        self.messages.append("".join(traceback.format_exception(kind, error, trace)))

    def _on_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in _REPORTED_TYPES and not any(part in text for part in _PLATFORM_NOISE):
            self.messages.append(f"Qt: {text}")
