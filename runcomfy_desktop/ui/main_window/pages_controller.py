"""The session's pages in the centre: the welcome page, a message, or the inputs of the workflow."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.main_window.central_widget import CentralMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.main_window.central_widget import PageStack
    from runcomfy_desktop.ui.main_window.session_commands import SessionCommands
    from runcomfy_desktop.ui.main_window.welcome import WelcomePage
    from runcomfy_desktop.ui.main_window.window_frame import WindowFrame


class PagesController(QObject):
    """Shows one page at a time; the welcome page and the inputs are built when first needed.

    Emits `inputs_created` with the InputsPanel once, when it is built.
    """

    inputs_created = Signal(object)

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        frame: WindowFrame,
        commands: SessionCommands,
        stack: PageStack,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._frame = frame
        self._commands = commands
        self.stack = stack
        scope.subscribe(services.draft_editor.changed, lambda _state: self.show_page())
        scope.subscribe(services.catalogue.changed, lambda _state: self.show_page())
        scope.subscribe(services.account.changed, lambda _state: self.show_page())

    @cached_property
    def inputs(self) -> InputsPanel:
        """Panel with the input tree, built when a workflow is first shown."""
        from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel

        services = self._services
        panel = InputsPanel(
            self._scope,
            services.draft_editor,
            services.media_store,
            services.pins,
            self._frame.preferences,
            self.stack,
            thumbnail_files=services.thumbnail_files,
        )
        panel.open_requested.connect(self._commands.choose_file)
        self.inputs_created.emit(panel)
        return panel

    @property
    def has_inputs(self) -> bool:
        """True once a workflow has been shown."""
        return "inputs" in self.__dict__

    def preload_modules(self) -> Iterator[None]:
        """Imports, step by step, the modules that the first workflow needs."""
        yield from import_steps(
            "runcomfy_desktop.ui.input_tree.editors.number",
            "runcomfy_desktop.ui.input_tree.editors",
            "runcomfy_desktop.ui.input_tree.inputs_model",
            "runcomfy_desktop.ui.input_tree.delegate",
            "runcomfy_desktop.ui.input_tree.view",
            "runcomfy_desktop.ui.media_fields.media_field_layer",
            "runcomfy_desktop.ui.inputs_panel.inputs_panel",
        )

    def show_page(self) -> None:
        """Shows the page for the current state of account, catalogue and draft."""
        editor_state = self._services.draft_editor.state
        account, catalogue = self._services.account.state, self._services.catalogue.state
        if editor_state.draft is not None:
            self.stack.show_page(self.inputs)
        elif needs_key(account):
            self._welcome.show_problem(account.problem.sentence() if account.problem else "")
            self._welcome.show_key_storage(has_keyring=account.has_keyring)
            self.stack.show_page(self._welcome)
        else:
            check_again = partial(self._services.account.check, restarts=True)
            message = message_for(account, catalogue, check_again, self._commands.choose_file)
            self.stack.show_message(message)

    @cached_property
    def _welcome(self) -> WelcomePage:
        from runcomfy_desktop.ui.main_window.welcome import WelcomePage

        welcome = WelcomePage(self.stack)
        welcome.connect_requested.connect(self._commands.connect_key)
        welcome.demo_requested.connect(self._frame.request_demo)
        return welcome


def needs_key(account: AccountState) -> bool:
    """Returns True if nothing can be done before a key is connected."""
    # By name, because importing the enum would also import the network modules.
    return not account.is_demo and account.phase.name in ("SIGNED_OUT", "REJECTED")


def message_for(
    account: AccountState,
    catalogue: DeploymentCatalogueState,
    check_again: Callable[[], object],
    open_file: Callable[[], object],
) -> CentralMessage:
    """Returns the message for an empty centre while there is a key but no workflow."""
    if catalogue.opening_id:
        listed = catalogue.find(catalogue.opening_id)
        name = one_line(listed.name) if listed is not None else ""
        return CentralMessage(_("Opening %s…") % (name or catalogue.opening_id))
    if account.phase.name == "UNREACHABLE" and account.problem is not None:
        return CentralMessage(account.problem.sentence(), "cloud-off", _("Try again"), check_again)
    if account.phase.name == "CHECKING" and not catalogue.deployments:
        return CentralMessage(_("Connecting…"))
    text = _("Choose a deployment on the left, or open a workflow file.")
    return CentralMessage(text, "list", _("Open workflow…"), open_file)
