"""Notifications of the desktop's own service (org.freedesktop.Notifications 1.2).

https://specifications.freedesktop.org/notification-spec/latest/
A new message takes the place of the last one, so that they do not pile up while nobody looks.
"""

from __future__ import annotations

import asyncio
import html
import logging
from typing import TYPE_CHECKING, Any

from runcomfy_desktop import APP_ID, APP_NAME
from runcomfy_desktop.desktop.bus import LIMIT_S, Bus, Silence
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.attention import Message

_NAME = "org.freedesktop.Notifications"
_BUS = "org.freedesktop.DBus"
_OWNER_CHANGED = "NameOwnerChanged"
_SHOW = "default"
# The same deed as a press on the message itself, where the server draws buttons.
_SHOW_BUTTON = "show"
_AS_THE_SERVER_LIKES = -1
_log = logging.getLogger(__name__)


class Notifications:
    """Shows messages; `wanted` is called with the job_id of one that was pressed."""

    def __init__(self, wanted: Callable[[str], object], *, limit_s: float = LIMIT_S) -> None:
        self._wanted = wanted
        self._bus = Bus(self._on_signal, limit_s=limit_s)
        self._last = 0
        self._job_ids: dict[int, str] = {}
        self._is_listening = False
        # One at a time: each has to know which message it replaces.
        self._turn = asyncio.Lock()

    async def show(self, message: Message) -> bool:
        """Whether a server took the message."""
        async with self._turn:
            return await self._show(message)

    async def _show(self, message: Message) -> bool:
        if not self._bus.is_open:
            self._forget()
        try:
            await self._listen()
            can = set((await self._bus.call(self._method("GetCapabilities")))[0])
            body = (await self._bus.call(self._notify(message, can)))[0]
        except Silence as silence:
            _log.info("No notification was shown: %s", silence)
            return False
        self._last = int(body)
        # Older ones are gone or replaced; their presses would lead to somewhere else.
        self._job_ids = {self._last: message.job_id}
        return True

    async def withdraw(self) -> None:
        """Takes back the last message: it was seen in the window."""
        async with self._turn:
            last = self._last
            self._forget()
            if last == 0:
                return
            try:
                await self._bus.call(self._method("CloseNotification", "u", (last,)))
            except Silence as silence:
                _log.debug("The notification was gone: %s", silence)

    async def close(self) -> None:
        await self._bus.close()

    async def _listen(self) -> None:
        if self._is_listening:
            return
        from jeepney import MatchRule  # type: ignore[import-untyped]  # ships no types

        self._is_listening = True
        pressed = MatchRule(type="signal", sender=_NAME, interface=_NAME, member="ActionInvoked")
        await self._bus.listen(pressed)
        owner = MatchRule(type="signal", sender=_BUS, interface=_BUS, member=_OWNER_CHANGED)
        owner.add_arg_condition(0, _NAME)
        await self._bus.listen(owner)

    def _forget(self) -> None:
        """A server that began anew counts anew: an old number may be another program's by now."""
        self._last = 0
        self._job_ids.clear()

    def _notify(self, message: Message, can: set[str]) -> Any:
        body = html.escape(message.detail, quote=False) if "body-markup" in can else message.detail
        actions = [_SHOW, _("Show"), _SHOW_BUTTON, _("Show")] if "actions" in can else []
        hints = {"desktop-entry": ("s", APP_ID), "category": ("s", "transfer.complete")}
        facts = (APP_NAME, self._last, APP_ID, message.title, body, actions, hints)
        return self._method("Notify", "susssasa{sv}i", (*facts, _AS_THE_SERVER_LIKES))

    def _method(self, name: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        from jeepney import DBusAddress, new_method_call

        place = DBusAddress("/org/freedesktop/Notifications", _NAME, _NAME)
        return new_method_call(place, name, signature or None, body)

    def _on_signal(self, signal: Any) -> None:
        # Every connection is told its own name, too, by a signal that nobody asked for.
        if len(signal.body) == 3 and signal.body[0] == _NAME:
            self._forget()
        if len(signal.body) != 2 or signal.body[0] not in self._job_ids:
            return
        if signal.body[1] in (_SHOW, _SHOW_BUTTON):
            self._wanted(self._job_ids[signal.body[0]])
