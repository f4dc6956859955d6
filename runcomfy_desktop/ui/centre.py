"""The middle of the window: the welcome page, a sentence, or the inputs of the workflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.slices import imported
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.account import AccountState
    from runcomfy_desktop.core.catalogue import CatalogueState
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.ui.inputs.panel import InputsPanel
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.welcome import WelcomePage


_LEAST = 11 * STEP


class Way(Enum):
    """What the button under a sentence does."""

    NONE = "none"
    OPEN_FILE = "open_file"
    ASK_AGAIN = "ask_again"
    DEMO = "demo"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in an empty centre, with at most one button."""

    text: str
    icon: str = ""
    button: str = ""
    way: Way = Way.NONE


class Centre(QWidget):
    """Shows one page at a time, each built when it is first needed, and below it `notice_line`.

    Emits what the pages ask for: `connect_requested`, `demo_requested`, `retry_requested` (of a
    session that could not begin), `open_file_requested`,
    `file_dropped` with a workflow's path, `told` with a sentence for the person. `inputs_made`
    comes once, when `inputs` is there.
    """

    connect_requested = Signal()
    demo_requested = Signal()
    retry_requested = Signal()
    open_file_requested = Signal()
    file_dropped = Signal(object)  # a path, see Shell
    told = Signal(str)
    runs_wished = Signal(object, str, object)  # see WellTalks
    inputs_made = Signal()

    def __init__(self, parent: QWidget, preferences: Preferences) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._links = Subscriptions()
        self._parts: WindowParts | None = None
        self._pages = QStackedWidget(self)
        self.notice_line = NoticeLine(self)
        self._message = EmptyState(parent=self)
        self._way = Way.NONE
        self._welcome: WelcomePage | None = None
        self._inputs: InputsPanel | None = None
        self._build()
        self._connect()

    @property
    def inputs(self) -> InputsPanel | None:
        """The input tree, None until a workflow was opened."""
        return self._inputs

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.workbench.changed, self._on_anything_changed)
        self._links.add(parts.catalogue.changed, self._on_anything_changed)
        self._links.add(parts.account.changed, self._on_anything_changed)
        if self._inputs is not None:
            self._inputs.attach(parts.workbench, parts.shelf, parts.pins)
        self._show_page()

    def prepare(self) -> Iterator[None]:
        """Imports, step by step, what the first workflow will need."""
        yield from imported(
            "runcomfy_desktop.ui.inputs.numbers",
            "runcomfy_desktop.ui.inputs.editors",
            "runcomfy_desktop.ui.models.inputs",
            "runcomfy_desktop.ui.inputs.delegate",
            "runcomfy_desktop.ui.inputs.view",
            "runcomfy_desktop.ui.inputs.wells",
            "runcomfy_desktop.ui.inputs.panel",
        )

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        if self._inputs is not None:
            self._inputs.detach()
        self.say(Message(_("Starting…")))

    def say(self, message: Message) -> None:
        self._way = message.way
        self._message.tell(message.text, icon=message.icon, button=message.button)
        self._pages.setCurrentWidget(self._message)

    def _build(self) -> None:
        self.setObjectName("centre")
        self._pages.addWidget(self._message)
        _Column(self._pages, self).addWidget(self.notice_line)

    def _connect(self) -> None:
        self._message.pressed.connect(self._on_message_pressed)

    def _on_message_pressed(self) -> None:
        if self._way is Way.OPEN_FILE:
            self.open_file_requested.emit()
        elif self._way is Way.DEMO:
            self.demo_requested.emit()
        elif self._way is Way.RETRY:
            self.say(Message(_("Starting…")))
            self.retry_requested.emit()
        elif self._way is Way.ASK_AGAIN and self._parts is not None:
            self._parts.account.check(afresh=True)

    def _on_anything_changed(self, _state: object) -> None:
        self._show_page()

    def _show_page(self) -> None:
        if self._parts is None:
            return
        bench = self._parts.workbench.state
        account, catalogue = self._parts.account.state, self._parts.catalogue.state
        if bench.draft is not None:
            self._pages.setCurrentWidget(self._made_inputs(self._parts))
        elif needs_key(account):
            welcome = self._made_welcome()
            welcome.show_trouble(account.problem.sentence() if account.problem else "")
            welcome.show_key_place(has_keyring=account.has_keyring)
            self._pages.setCurrentWidget(welcome)
        else:
            self.say(message_for(account, catalogue))

    def _made_welcome(self) -> WelcomePage:
        if self._welcome is None:
            from runcomfy_desktop.ui.welcome import WelcomePage

            self._welcome = WelcomePage(self)
            self._welcome.connect_requested.connect(self.connect_requested)
            self._welcome.demo_requested.connect(self.demo_requested)
            self._pages.addWidget(self._welcome)
        return self._welcome

    def _made_inputs(self, parts: WindowParts) -> InputsPanel:
        if self._inputs is None:
            from runcomfy_desktop.ui.inputs.panel import InputsPanel

            self._inputs = InputsPanel(self, self._preferences)
            self._inputs.workflow_dropped.connect(self.file_dropped)
            self._inputs.told.connect(self.told)
            self._inputs.runs_wished.connect(self.runs_wished)
            self._inputs.open_requested.connect(self.open_file_requested)
            self.inputs_made.emit()
            self._inputs.attach(parts.workbench, parts.shelf, parts.pins)
            self._pages.addWidget(self._inputs)
        return self._inputs


class _Column(QVBoxLayout):
    """Lets `pages` give room to what is below them: in a low window nothing else moves for it."""

    def __init__(self, pages: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._pages = pages
        pages.setMinimumHeight(_LEAST)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.addWidget(pages, 1)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        return super().minimumSize().expandedTo(self._pages.minimumSizeHint())


def needs_key(account: AccountState) -> bool:
    """Whether nothing can be done here before a key is connected."""
    # By name: the module of the phases brings the network with it.
    return not account.is_demo and account.phase.name in ("SIGNED_OUT", "REJECTED")


def message_for(account: AccountState, catalogue: CatalogueState) -> Message:
    """What an empty centre says while there is a key but no workflow."""
    if catalogue.opening_id:
        names = {each.deployment_id: each.name for each in catalogue.deployments}
        name = one_line(names.get(catalogue.opening_id, "")) or catalogue.opening_id
        return Message(_("Opening %s…") % name)
    if account.phase.name == "UNREACHABLE" and account.problem is not None:
        return Message(account.problem.sentence(), "cloud-off", _("Try again"), Way.ASK_AGAIN)
    if account.phase.name == "CHECKING" and not catalogue.deployments:
        return Message(_("Connecting…"))
    return Message(
        _("Choose a deployment on the left, or open a workflow file."),
        "list",
        _("Open workflow…"),
        Way.OPEN_FILE,
    )
