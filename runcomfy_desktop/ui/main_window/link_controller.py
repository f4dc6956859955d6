"""Links from outside: each waits until its deployment is known, and then needs a confirmation.

A web page can send any number of links at any moment. So only the newest link waits, only one
confirmation is open at a time, and a waiting link is forgotten after 10 minutes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.main_window.pending_requests import PendingLink

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.open_link import OpenLinkDialog
    from runcomfy_desktop.ui.main_window.pending_requests import PendingRequests

MAX_WAIT_S = 600.0


class LinkController(QObject):
    """Opens the deployment of a link after the user has confirmed.

    A link that still waits when the session ends, or whose confirmation is still open, stays in
    `pending_requests` for the next session. Emits `connect_requested` if the user wants to connect
    a key for a link.
    """

    connect_requested = Signal()

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        pending_requests: PendingRequests,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._pending_requests = pending_requests
        self._clock_s = clock_s
        self._dialog: OpenLinkDialog | None = None
        self._blocking_dialog: QDialog | None = None
        if pending_requests.link is not None:
            pending_requests.link.has_refreshed, pending_requests.link.last_title = False, ""
        scope.connect_signal(pending_requests.link_arrived, self.open_link)
        scope.subscribe(services.account.changed, lambda _state: self._process_pending())
        scope.subscribe(services.catalogue.changed, lambda _state: self._process_pending())
        self._process_pending()

    def open_link(self, link: PendingLink) -> None:
        """Asks whether to open the deployment of a link."""
        if self._dialog is not None:
            if self._dialog.deployment_id != link.deployment_id:
                detail = _("Answer the question about the first one, then open it again.")
                self._notify(_("Another link came and was not opened."), detail)
            return
        self._pending_requests.link = link
        self._process_pending()

    # Internals

    def _process_pending(self) -> None:
        pending = self._pending_requests.link
        # A dialog that the end of the session rejects must not lead to the next one.
        if pending is None or self._dialog is not None or self._scope.is_closing:
            return
        if self._clock_s() - pending.since_s > MAX_WAIT_S:
            self._pending_requests.link = None
            return
        deployment = self._services.catalogue.state.find(pending.deployment_id)
        if deployment is None:
            self._wait_for_listing(pending)
        elif self._is_open(pending):
            self._pending_requests.link = None
            self._notify(_("The deployment that the link leads to is open already."))
        elif not self._is_blocked_by_dialog():
            self._ask_to_open(deployment)

    def _wait_for_listing(self, pending: PendingLink) -> None:
        """Waits for a list that contains the link's deployment, and reports the reason for waiting.

        The list may be missing or old: it is refreshed once. A deployment that is not in the
        refreshed list is reported as unknown.
        """
        account, catalogue = self._services.account.state, self._services.catalogue.state
        # By name, because importing the enum would also import the network modules.
        if account.phase.name in ("SIGNED_OUT", "REJECTED") and not account.is_demo:
            self._notify_once(
                pending,
                _("A link to a deployment waits for your key."),
                _("Connect a key of the account that the deployment belongs to."),
                (_("Connect a key"), self.connect_requested.emit),
            )
        elif catalogue.problem is not None or account.phase.name == "UNREACHABLE":
            problem = catalogue.problem or account.problem
            self._notify_once(
                pending,
                _("A link to a deployment waits until your deployments can be read."),
                problem.sentence() if problem is not None else "",
            )
        elif catalogue.loading or not catalogue.loaded_s:
            return
        elif not pending.has_refreshed:
            # The deployment may be newer than the list.
            pending.has_refreshed = True
            self._services.catalogue.refresh()
        else:
            self._pending_requests.link = None
            self._notify_unknown(pending.deployment_id, is_demo=account.is_demo)

    def _notify_unknown(self, deployment_id: str, *, is_demo: bool) -> None:
        if not is_demo:
            self._notify(
                _("The link leads to a deployment that your account does not have."),
                _("It was deleted, or it belongs to another account. Its ID is %s.")
                % deployment_id,
                is_warning=True,
            )
            return
        self._notify(
            _("The link leads to a deployment that the demo does not have."),
            _("Connect a key of the account that it belongs to. Its ID is %s.") % deployment_id,
            (_("Connect a key"), lambda: self._open_in_account(deployment_id)),
            is_warning=True,
        )

    def _open_in_account(self, deployment_id: str) -> None:
        self._pending_requests.link = PendingLink(deployment_id, self._clock_s())
        self.connect_requested.emit()

    def _is_open(self, pending: PendingLink) -> bool:
        editor_state = self._services.draft_editor.state
        shown, draft = editor_state.deployment, editor_state.draft
        is_file = draft is not None and draft.source.is_file
        return shown is not None and shown.deployment_id == pending.deployment_id and not is_file

    def _is_blocked_by_dialog(self) -> bool:
        """Returns True if a dialog is open; the link is processed after that dialog."""
        blocking = QApplication.activeModalWidget()
        if not isinstance(blocking, QDialog):
            return False
        if blocking is not self._blocking_dialog:
            self._blocking_dialog = blocking
            # The dialog may outlive the session.
            self._scope.connect_signal(blocking.finished, self._on_blocking_finished)
        return True

    def _on_blocking_finished(self, _result: int) -> None:
        self._blocking_dialog = None
        self._process_pending()

    def _ask_to_open(self, deployment: Deployment) -> None:
        from runcomfy_desktop.ui.main_window.open_link import OpenLinkDialog

        file_key = self._services.catalogue.bindable_file_key(deployment.deployment_id)
        draft = self._services.draft_editor.state.draft
        file_name = draft.source.name if draft is not None and file_key else ""
        dialog = OpenLinkDialog(deployment, file_name, self._scope.dialog_parent)
        self._dialog = dialog
        dialog.finished.connect(lambda result: self._on_dialog_finished(dialog, file_key, result))
        dialog.open()

    def _on_dialog_finished(self, dialog: OpenLinkDialog, file_key: str, result: int) -> None:
        if self._scope.is_closing:
            # The next session asks again.
            return
        self._dialog = self._pending_requests.link = None
        if result == QDialog.DialogCode.Accepted.value:
            # Opens what the dialog named, even if another file has been opened since.
            self._services.catalogue.open(dialog.deployment_id, file_key)

    def _notify_once(
        self,
        pending: PendingLink,
        title: str,
        detail: str,
        button: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        if pending.last_title != title:
            pending.last_title = title
            self._notify(title, detail, button)

    def _notify(
        self,
        title: str,
        detail: str = "",
        button: tuple[str, Callable[[], object]] | None = None,
        *,
        is_warning: bool = False,
    ) -> None:
        level = NoticeLevel.WARNING if is_warning else NoticeLevel.INFO
        text, action = button or ("", None)
        self._services.notices.post(Notice(level, title, detail, "", text, action))
