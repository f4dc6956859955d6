"""Lifetime of the objects that the window shows for one session."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.base.topic import Topic

T = TypeVar("T")


class SessionScope(QObject):
    """Parent of a session's controllers, and owner of all their subscriptions and connections.

    An object of a session takes its parts and the scope in its constructor, and subscribes through
    the scope. `close` rejects the open dialogs and ends everything else, the newest first. The
    scope is then deleted with `dialog_parent`, which is also the parent of the session's dialogs.
    """

    def __init__(self, dialog_parent: QWidget) -> None:
        super().__init__(dialog_parent)
        self._dialog_parent = dialog_parent
        self._stack = ExitStack()
        self._is_closing = False

    @property
    def is_closing(self) -> bool:
        """True once the session ends: a dialog that is rejected now has no answer of the user."""
        return self._is_closing

    @property
    def dialog_parent(self) -> QWidget:
        """Parent of the session's dialogs, so that none of them outlives the session."""
        return self._dialog_parent

    def subscribe(self, topic: Topic[T], subscriber: Callable[[T], object]) -> None:
        """Calls `subscriber` at every publish until the session ends."""
        self._stack.callback(topic.subscribe(subscriber))

    def connect_signal(self, signal: SignalInstance, slot: Callable[..., object]) -> None:
        """Connects a signal of an object that outlives the session, until the session ends."""
        connection = signal.connect(slot)
        self._stack.callback(QObject.disconnect, connection)

    def call_on_close(self, callback: Callable[[], object]) -> None:
        """Calls `callback` when the session ends, before what was subscribed earlier is ended."""
        self._stack.callback(callback)

    def close(self) -> None:
        """Rejects open dialogs, then runs the callbacks and ends what was subscribed or connected.

        An error of a callback is raised after all others have run.
        """
        self._is_closing = True
        for dialog in reversed(self._dialog_parent.findChildren(QDialog)):
            # Not `reject`, which may ask whether to discard the edits.
            if dialog.isVisible():
                dialog.done(QDialog.DialogCode.Rejected)
        self._stack.close()
