"""Parts of the window that outlive sessions, and the window's interface to a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runcomfy_desktop.ui.settings.session_settings import SessionSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_services import SettingsServices
    from runcomfy_desktop.ui.base.window_state import WindowState
    from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
    from runcomfy_desktop.ui.main_window.pending_requests import PendingRequests
    from runcomfy_desktop.ui.main_window.status_bar import StatusBar
    from runcomfy_desktop.ui.presets.preset_button import PresetButton
    from runcomfy_desktop.ui.run.run_bar import RunBar
    from runcomfy_desktop.ui.sweeps.batches_controller import BatchChoices


@dataclass(frozen=True, slots=True)
class WindowFrame:
    """Parts of the window that a session uses, and fills or updates while it lasts.

    `activated` is emitted when the user turns to the window. `open_settings` opens the settings at
    one of their pages, "" for the first; `request_demo` and `request_account` request the other
    kind of session.
    """

    window: QMainWindow
    main_actions: MainActions
    docks: Docks
    notice_line: NoticeLine
    run_bar: RunBar
    deployment_menu: DeploymentMenu
    preset_button: PresetButton
    status_bar: StatusBar
    window_state: WindowState
    opener: ExternalOpener
    preferences: Preferences
    settings_services: SettingsServices
    pending_requests: PendingRequests
    batch_choices: BatchChoices
    activated: SignalInstance
    open_settings: Callable[[str], object]
    request_demo: Callable[[], object]
    request_account: Callable[[], object]


class WindowSession(Protocol):
    """Questions of the window to the session that it shows."""

    def blocks_closing(self) -> bool:
        """Returns True if closing has to wait, for example because data would be lost."""
        ...

    def sending_count(self) -> int:
        """Returns the number of uploads in progress; closing has to wait for them."""
        ...

    def closing_text(self) -> str:
        """Returns the text about jobs that go on without the window; "" if there are none."""
        ...

    def settings(self) -> SessionSettings:
        """Returns the session's part of the settings dialog."""
        ...


class NoSession:
    """Answers of the window while no session is open."""

    def blocks_closing(self) -> bool:
        return False

    def sending_count(self) -> int:
        return 0

    def closing_text(self) -> str:
        return ""

    def settings(self) -> SessionSettings:
        return SessionSettings()
