"""Hears what Qt and slots complain about while a test runs."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LOUD = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
# What the platform says of itself; nothing a program could do about it.
_OF_THE_PLATFORM = (
    "This plugin does not support",
    "propagateSizeHints",
    "XDG_RUNTIME_DIR",
    "Could not connect to accessibility",
)


class Watch:
    """Keeps the complaints of one test."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

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
        """A `sys.excepthook`: PySide hands it what a slot or an override raised."""
        self.complaints.append("".join(traceback.format_exception(kind, error, trace)))

    def _on_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in _LOUD and not any(part in text for part in _OF_THE_PLATFORM):
            self.complaints.append(f"Qt: {text}")
