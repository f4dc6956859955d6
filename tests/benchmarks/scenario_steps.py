"""Steps of a scenario in the running program: finding, waiting, opening."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.main_window.session_view import SessionView

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.base.session_services import SessionServices

T = TypeVar("T", bound=QObject)


async def wait_until(what: str, condition: Callable[[], object], limit_s: float = 120.0) -> None:
    """Returns when `condition` is true; checks rarely, so that the checks are not measured.

    Raises TimeoutError after `limit_s` seconds.
    """
    ends_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > ends_s:
            raise TimeoutError(f"not in {limit_s:.0f} s: {what}")
        await asyncio.sleep(0.02)


async def open_window() -> MainWindow:
    """Returns the program's window once it is visible."""
    await wait_until("a window", lambda: _window() is not None)
    window = _window()
    assert window is not None
    return window


def _window() -> MainWindow | None:
    found = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
    return next((each for each in found if each.isVisible()), None)


async def session_services(window: MainWindow) -> SessionServices:
    """Returns the services of the session once it has begun."""
    await wait_until("a session", lambda: isinstance(window._session, SessionView))
    return session_view(window).services


def session_view(window: MainWindow) -> SessionView:
    """Returns the session's part of the window; there must be a session."""
    assert isinstance(window._session, SessionView)
    return window._session


async def open_deployment(services: SessionServices, name: str) -> Deployment:
    """Opens a deployment's workflow and waits for it and its schema."""
    await wait_until("deployments", lambda: services.catalogue.state.deployments)
    wanted = next(each for each in services.catalogue.state.deployments if each.name == name)
    services.catalogue.open(wanted.deployment_id)

    def is_open() -> bool:
        draft_editor = services.draft_editor.state
        listed = draft_editor.deployment
        return listed is not None and listed.name == name and draft_editor.schema is not None

    await wait_until(f"{name} is open", is_open)
    return wanted


def find(window: MainWindow, kind: type[T], name: str) -> T:
    found = window.findChild(kind, name)
    if found is None:
        raise LookupError(name)
    return found
