"""Links from outside: each waits until it is known what it leads to, is asked about, or refused.

A page can send as many as it likes, at any moment. So one waits at a time, the newest; one is
asked about at a time; and what waits is forgotten after a while.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.link import read_link
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.dialogs.open_link import OpenLinkDialog
    from runcomfy_desktop.ui.parts import WindowParts

WAIT_S = 600.0


@dataclass(slots=True)
class _Wish:
    """The link that waits, and what was done and said about it."""

    deployment_id: str
    since_s: float
    looked: bool = False
    told: str = ""


class LinkDesk(QObject):
    """Opens what a link leads to, once the person agreed. Emits `told` with a Notice, and
    `connect_requested` when a key is to be connected for it."""

    told = Signal(object)
    connect_requested = Signal()

    def __init__(self, window: QWidget, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window = window
        self._clock_s = clock_s
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._wish: _Wish | None = None
        self._dialog: OpenLinkDialog | None = None
        self._in_front: QDialog | None = None

    def attach(self, parts: WindowParts) -> None:
        """Begins a session; a link that waited for one is dealt with."""
        self._parts = parts
        self._links.add(parts.account.changed, lambda _state: self._consider())
        self._links.add(parts.catalogue.changed, lambda _state: self._consider())
        if self._wish is not None:
            self._wish.looked, self._wish.told = False, ""
        self._consider()

    def detach(self) -> None:
        """Ends it; what was being asked is asked again in the next."""
        self._links.close()
        self._parts = None
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.reject()

    def take(self, text: str) -> None:
        """A link has come, whatever is in it."""
        try:
            deployment_id = read_link(text).deployment_id
        except Problem as problem:
            self._tell(problem.title, f"{problem.detail} {problem.advice}", warns=True)
            return
        if self._dialog is not None:
            if self._dialog.deployment_id != deployment_id:
                self._tell(
                    _("Another link came and was not opened."),
                    _("Answer the question about the first one, then open it again."),
                )
            return
        self._wish = _Wish(deployment_id, self._clock_s())
        self._consider()

    # Inside

    def _consider(self) -> None:
        wish, parts = self._wish, self._parts
        if wish is None or parts is None or self._dialog is not None:
            return
        if self._clock_s() - wish.since_s > WAIT_S:
            self._wish = None
            return
        rows = parts.catalogue.state.deployments
        found = next((row for row in rows if row.deployment_id == wish.deployment_id), None)
        if found is None:
            self._look_for(wish, parts)
        elif self._is_open(wish, parts):
            self._wish = None
            self._tell(_("The deployment that the link leads to is open already."))
        elif not self._is_behind_another():
            self._ask(found, parts)

    def _look_for(self, wish: _Wish, parts: WindowParts) -> None:
        """It is not in the list: there may be no list yet, or an old one."""
        account, catalogue = parts.account.state, parts.catalogue.state
        # By name: the module of the phases brings the network with it.
        if account.phase.name in ("SIGNED_OUT", "REJECTED") and not account.is_demo:
            self._tell_once(
                wish,
                _("A link to a deployment waits for your key."),
                _("Connect a key of the account that the deployment belongs to."),
                (_("Connect a key"), self.connect_requested.emit),
            )
        elif catalogue.problem is not None or account.phase.name == "UNREACHABLE":
            problem = catalogue.problem or account.problem
            self._tell_once(
                wish,
                _("A link to a deployment waits until your deployments can be read."),
                problem.sentence() if problem is not None else "",
            )
        elif catalogue.loading or not catalogue.loaded_s:
            return
        elif not wish.looked:
            # It may be newer than the list.
            wish.looked = True
            parts.catalogue.refresh()
        else:
            self._wish = None
            self._tell_unknown(wish.deployment_id, is_demo=account.is_demo)

    def _tell_unknown(self, deployment_id: str, *, is_demo: bool) -> None:
        if not is_demo:
            self._tell(
                _("The link leads to a deployment that your account does not have."),
                _("It was deleted, or it belongs to another account. Its ID is %s.")
                % deployment_id,
                warns=True,
            )
            return
        self._tell(
            _("The link leads to a deployment that the demo does not have."),
            _("Connect a key of the account that it belongs to. Its ID is %s.") % deployment_id,
            (_("Connect a key"), lambda: self._take_to_account(deployment_id)),
            warns=True,
        )

    def _take_to_account(self, deployment_id: str) -> None:
        self._wish = _Wish(deployment_id, self._clock_s())
        self.connect_requested.emit()

    def _is_open(self, wish: _Wish, parts: WindowParts) -> bool:
        bench = parts.workbench.state
        shown = bench.deployment
        is_file = bench.draft is not None and bench.draft.source.is_file
        return shown is not None and shown.deployment_id == wish.deployment_id and not is_file

    def _is_behind_another(self) -> bool:
        """Whether a dialog is open, which is to be finished first; it is waited for then."""
        front = QApplication.activeModalWidget()
        if not isinstance(front, QDialog):
            return False
        if front is not self._in_front:
            self._in_front = front
            front.finished.connect(self._on_front_finished)
        return True

    def _on_front_finished(self, _result: int) -> None:
        self._in_front = None
        self._consider()

    def _ask(self, found: Deployment, parts: WindowParts) -> None:
        from runcomfy_desktop.ui.dialogs.open_link import OpenLinkDialog

        file_key = parts.catalogue.file_for(found.deployment_id)
        draft = parts.workbench.state.draft
        file_name = draft.source.name if draft is not None and file_key else ""
        dialog = OpenLinkDialog(found, file_name, self._window)
        self._dialog = dialog
        dialog.finished.connect(lambda result: self._on_dialog_finished(dialog, file_key, result))
        dialog.open()

    def _on_dialog_finished(self, dialog: OpenLinkDialog, file_key: str, result: int) -> None:
        if self._dialog is not dialog:
            # The session ended under it.
            return
        self._dialog = self._wish = None
        if result == QDialog.DialogCode.Accepted.value and self._parts is not None:
            # What the question named, and nothing that came into view while it was open.
            self._parts.catalogue.open(dialog.deployment_id, file_key)

    def _tell_once(
        self,
        wish: _Wish,
        title: str,
        detail: str,
        button: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        if wish.told != title:
            wish.told = title
            self._tell(title, detail, button)

    def _tell(
        self,
        title: str,
        detail: str = "",
        button: tuple[str, Callable[[], object]] | None = None,
        *,
        warns: bool = False,
    ) -> None:
        level = NoticeLevel.WARNING if warns else NoticeLevel.INFO
        text, deed = button or ("", None)
        self.told.emit(Notice(level, title, detail, "", text, deed))
