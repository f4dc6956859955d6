"""Lifetime of the objects that the window shows for one session."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.base.topic import Topic

T = TypeVar("T")


class SessionScope(QObject):
    """Parent of a session's controllers, and owner of all their subscriptions and connections.

    An object of a session takes its parts and the scope in its constructor, and subscribes through
    the scope. `close` ends everything at once, the newest first; the widgets and the scope itself
    are then deleted with `dialog_parent`, which is also the parent of the session's dialogs.
    """

    def __init__(self, dialog_parent: QWidget) -> None:
        super().__init__(dialog_parent)
        self._dialog_parent = dialog_parent
        self._stack = ExitStack()

    @property
    def dialog_parent(self) -> QWidget:
        """Parent of the session's dialogs: a dialog that is still open ends with the session."""
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
        """Ends all subscriptions and connections, the newest first, and runs the callbacks.

        An error of a callback is raised after all others have run.
        """
        self._stack.close()
