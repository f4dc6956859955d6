"""The centre of the window: the welcome page, a message, or the inputs of the workflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.main_window.welcome import WelcomePage


_MIN_PAGE_HEIGHT = 11 * STEP


class CentralAction(Enum):
    """Actions of the button below a message."""

    NONE = "none"
    OPEN_FILE = "open_file"
    ASK_AGAIN = "ask_again"
    DEMO = "demo"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class CentralMessage:
    """Message in an empty centre, with at most one button."""

    text: str
    icon: str = ""
    button: str = ""
    action: CentralAction = CentralAction.NONE


class CentralWidget(QWidget):
    """Shows one page at a time, each built when first needed, with `notice_line` below it.

    Emits the requests of its pages: `connect_requested`, `demo_requested`, `retry_requested` (for a
    session that could not start), `open_file_requested`, `file_dropped` with a workflow's path, and
    `notified` with a message for the user. `inputs_created` is emitted once, when `inputs` exists.
    """

    connect_requested = Signal()
    demo_requested = Signal()
    retry_requested = Signal()
    open_file_requested = Signal()
    file_dropped = Signal(object)  # a path, see MainWindow
    notified = Signal(str)
    runs_requested = Signal(object, str, object)  # see MediaPrompts
    inputs_created = Signal()

    def __init__(self, parent: QWidget, preferences: Preferences) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._subscriptions = Subscriptions()
        self._services: SessionServices | None = None
        self._pages = QStackedWidget(self)
        self.notice_line = NoticeLine(self)
        self._message = EmptyState(parent=self)
        self._message_action = CentralAction.NONE
        self._welcome: WelcomePage | None = None
        self._inputs: InputsPanel | None = None
        self._build()
        self._connect()

    @property
    def inputs(self) -> InputsPanel | None:
        """Panel with the input tree; None until a workflow has been opened."""
        return self._inputs

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._subscriptions.add(services.draft_editor.changed, self._on_anything_changed)
        self._subscriptions.add(services.catalogue.changed, self._on_anything_changed)
        self._subscriptions.add(services.account.changed, self._on_anything_changed)
        if self._inputs is not None:
            self._inputs.attach(services.draft_editor, services.media_store, services.pins)
        self._show_page()

    def preload_modules(self) -> Iterator[None]:
        """Imports, step by step, the modules that the first workflow needs."""
        yield from import_steps(
            "runcomfy_desktop.ui.input_tree.editors.number",
            "runcomfy_desktop.ui.input_tree.editors",
            "runcomfy_desktop.ui.input_tree.inputs_model",
            "runcomfy_desktop.ui.input_tree.delegate",
            "runcomfy_desktop.ui.input_tree.view",
            "runcomfy_desktop.ui.media_fields.media_field_layer",
            "runcomfy_desktop.ui.main_window.inputs_panel",
        )

    def detach(self) -> None:
        self._subscriptions.close()
        self._services = None
        if self._inputs is not None:
            self._inputs.detach()
        self.show_message(CentralMessage(_("Starting…")))

    def show_message(self, message: CentralMessage) -> None:
        self._message_action = message.action
        self._message.show_message(message.text, icon=message.icon, button=message.button)
        self._pages.setCurrentWidget(self._message)

    def _build(self) -> None:
        self.setObjectName("centre")
        self._pages.addWidget(self._message)
        _ShrinkingPagesLayout(self._pages, self).addWidget(self.notice_line)

    def _connect(self) -> None:
        self._message.pressed.connect(self._on_message_pressed)

    def _on_message_pressed(self) -> None:
        if self._message_action is CentralAction.OPEN_FILE:
            self.open_file_requested.emit()
        elif self._message_action is CentralAction.DEMO:
            self.demo_requested.emit()
        elif self._message_action is CentralAction.RETRY:
            self.show_message(CentralMessage(_("Starting…")))
            self.retry_requested.emit()
        elif self._message_action is CentralAction.ASK_AGAIN and self._services is not None:
            self._services.account.check(restarts=True)

    def _on_anything_changed(self, _state: object) -> None:
        self._show_page()

    def _show_page(self) -> None:
        if self._services is None:
            return
        editor_state = self._services.draft_editor.state
        account, catalogue = self._services.account.state, self._services.catalogue.state
        if editor_state.draft is not None:
            self._pages.setCurrentWidget(self._ensure_inputs(self._services))
        elif needs_key(account):
            welcome = self._ensure_welcome()
            welcome.show_problem(account.problem.sentence() if account.problem else "")
            welcome.show_key_storage(has_keyring=account.has_keyring)
            self._pages.setCurrentWidget(welcome)
        else:
            self.show_message(message_for(account, catalogue))

    def _ensure_welcome(self) -> WelcomePage:
        if self._welcome is None:
            from runcomfy_desktop.ui.main_window.welcome import WelcomePage

            self._welcome = WelcomePage(self)
            self._welcome.connect_requested.connect(self.connect_requested)
            self._welcome.demo_requested.connect(self.demo_requested)
            self._pages.addWidget(self._welcome)
        return self._welcome

    def _ensure_inputs(self, services: SessionServices) -> InputsPanel:
        if self._inputs is None:
            from runcomfy_desktop.ui.main_window.inputs_panel import InputsPanel

            self._inputs = InputsPanel(self, self._preferences)
            self._inputs.workflow_dropped.connect(self.file_dropped)
            self._inputs.message_sent.connect(self.notified)
            self._inputs.runs_requested.connect(self.runs_requested)
            self._inputs.open_requested.connect(self.open_file_requested)
            self.inputs_created.emit()
            self._inputs.attach(services.draft_editor, services.media_store, services.pins)
            self._pages.addWidget(self._inputs)
        return self._inputs


class _ShrinkingPagesLayout(QVBoxLayout):
    """Layout in which `pages` shrink for the widgets below.

    In a low window, nothing else makes space for those widgets.
    """

    def __init__(self, pages: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._pages = pages
        pages.setMinimumHeight(_MIN_PAGE_HEIGHT)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.addWidget(pages, 1)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        return super().minimumSize().expandedTo(self._pages.minimumSizeHint())


def needs_key(account: AccountState) -> bool:
    """Returns True if nothing can be done before a key is connected."""
    # By name, because importing the enum would also import the network modules.
    return not account.is_demo and account.phase.name in ("SIGNED_OUT", "REJECTED")


def message_for(account: AccountState, catalogue: DeploymentCatalogueState) -> CentralMessage:
    """Returns the message for an empty centre while there is a key but no workflow."""
    if catalogue.opening_id:
        names = {each.deployment_id: each.name for each in catalogue.deployments}
        name = one_line(names.get(catalogue.opening_id, "")) or catalogue.opening_id
        return CentralMessage(_("Opening %s…") % name)
    if account.phase.name == "UNREACHABLE" and account.problem is not None:
        return CentralMessage(
            account.problem.sentence(), "cloud-off", _("Try again"), CentralAction.ASK_AGAIN
        )
    if account.phase.name == "CHECKING" and not catalogue.deployments:
        return CentralMessage(_("Connecting…"))
    return CentralMessage(
        _("Choose a deployment on the left, or open a workflow file."),
        "list",
        _("Open workflow…"),
        CentralAction.OPEN_FILE,
    )
