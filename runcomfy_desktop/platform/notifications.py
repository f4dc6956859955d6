"""Notifications through the desktop's service (org.freedesktop.Notifications 1.2).

https://specifications.freedesktop.org/notification-spec/latest/

Each notification replaces the previous one, so that they do not pile up unseen.
"""

from __future__ import annotations

import asyncio
import html
import logging
from typing import TYPE_CHECKING, Any

from runcomfy_desktop import APP_ID, APP_NAME
from runcomfy_desktop.i18n import _
from runcomfy_desktop.platform.session_bus import TIMEOUT_S, BusCallError, SessionBus

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.jobs.job_notifier import JobNotification

_NAME = "org.freedesktop.Notifications"
_BUS = "org.freedesktop.DBus"
_OWNER_CHANGED = "NameOwnerChanged"
_DEFAULT_ACTION = "default"
# Same action as a click on the notification itself, for servers that draw buttons.
_SHOW_ACTION = "show"
_DEFAULT_TIMEOUT = -1
_log = logging.getLogger(__name__)


class Notifications:
    """Shows notifications; `on_activated` is called with the job_id of one that was clicked."""

    def __init__(
        self, on_activated: Callable[[str], object], *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._on_activated = on_activated
        self._bus = SessionBus(self._on_signal, timeout_s=timeout_s)
        self._last_id = 0
        self._job_ids: dict[int, str] = {}
        self._is_listening = False
        # One at a time: each needs the id of the notification that it replaces.
        self._lock = asyncio.Lock()

    async def show(self, notification: JobNotification) -> bool:
        """Shows a notification; returns True if a server accepted it."""
        async with self._lock:
            return await self._show(notification)

    async def _show(self, notification: JobNotification) -> bool:
        if not self._bus.is_open:
            self._forget()
        try:
            await self._listen()
            capabilities = set((await self._bus.call(self._method_call("GetCapabilities")))[0])
            body = (await self._bus.call(self._notify_call(notification, capabilities)))[0]
        except BusCallError as error:
            _log.info("No notification was shown: %s", error)
            return False
        self._last_id = int(body)
        # Older notifications are gone or replaced; a click on one would lead to the wrong job.
        self._job_ids = {self._last_id: notification.job_id}
        return True

    async def withdraw(self) -> None:
        """Withdraws the last notification, after its job has been seen in the window."""
        async with self._lock:
            last = self._last_id
            self._forget()
            if last == 0:
                return
            try:
                await self._bus.call(self._method_call("CloseNotification", "u", (last,)))
            except BusCallError as error:
                _log.debug("The notification was gone: %s", error)

    async def close(self) -> None:
        await self._bus.close()

    async def _listen(self) -> None:
        if self._is_listening:
            return
        from jeepney import MatchRule  # type: ignore[import-untyped]  # no type hints

        self._is_listening = True
        action_rule = MatchRule(
            type="signal", sender=_NAME, interface=_NAME, member="ActionInvoked"
        )
        await self._bus.listen(action_rule)
        owner_rule = MatchRule(type="signal", sender=_BUS, interface=_BUS, member=_OWNER_CHANGED)
        owner_rule.add_arg_condition(0, _NAME)
        await self._bus.listen(owner_rule)

    def _forget(self) -> None:
        """Forgets the last notification.

        A restarted server counts from 1 again: the old id may belong to another program now.
        """
        self._last_id = 0
        self._job_ids.clear()

    def _notify_call(self, notification: JobNotification, capabilities: set[str]) -> Any:
        body = (
            html.escape(notification.detail, quote=False)
            if "body-markup" in capabilities
            else notification.detail
        )
        actions = (
            [_DEFAULT_ACTION, _("Show"), _SHOW_ACTION, _("Show")]
            if "actions" in capabilities
            else []
        )
        hints = {"desktop-entry": ("s", APP_ID), "category": ("s", "transfer.complete")}
        arguments = (APP_NAME, self._last_id, APP_ID, notification.title, body, actions, hints)
        return self._method_call("Notify", "susssasa{sv}i", (*arguments, _DEFAULT_TIMEOUT))

    def _method_call(self, name: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        from jeepney import DBusAddress, new_method_call

        address = DBusAddress("/org/freedesktop/Notifications", _NAME, _NAME)
        return new_method_call(address, name, signature or None, body)

    def _on_signal(self, signal: Any) -> None:
        # The bus also sends each connection its own name, in an unrequested signal.
        if len(signal.body) == 3 and signal.body[0] == _NAME:
            self._forget()
        if len(signal.body) != 2 or signal.body[0] not in self._job_ids:
            return
        if signal.body[1] in (_DEFAULT_ACTION, _SHOW_ACTION):
            self._on_activated(self._job_ids[signal.body[0]])
