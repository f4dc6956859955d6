"""What the window does with deployments: shows, switches, frees and deletes them, and asks first
where it costs money or cannot be undone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QUrl
    from PySide6.QtWidgets import QMainWindow, QWidget

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.deployment.details import DetailsDialog
    from runcomfy_desktop.ui.parts import WindowParts


class DeploymentDeeds(QObject):
    """Owns the dialogs about deployments.

    `open_page` hands an address to the browser.
    """

    def __init__(self, window: QMainWindow, open_page: Callable[[QUrl], object]) -> None:
        super().__init__(window)
        self._window = window
        self._open_page = open_page
        self._parts: WindowParts | None = None
        self._details: dict[str, DetailsDialog] = {}

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts

    def detach(self) -> None:
        """The dialogs show a session that is over."""
        for dialog in list(self._details.values()):
            dialog.force_close()
        self._parts = None

    # Questions

    def record(self, deployment_id: str) -> Deployment | None:
        """A deployment as the list has it, else as it was opened."""
        if self._parts is None:
            return None
        for each in self._parts.catalogue.state.deployments:
            if each.deployment_id == deployment_id:
                return each
        opened = self._parts.workbench.state.deployment
        if opened is not None and opened.deployment_id == deployment_id:
            return opened
        return None

    def is_busy(self, deployment_id: str) -> bool:
        return self._parts is not None and deployment_id in self._parts.upkeep.state.busy

    def why_no_memory(self, deployment_id: str) -> str:
        """Why there is no instance whose memory could be freed; "" when there is one."""
        if self._parts is None or self._parts.upkeep.instance_of(deployment_id):
            return ""
        if self._parts.upkeep.had_instance(deployment_id):
            return _("Its last instance has shut down, so its memory is free.")
        return _("No instance of it is known until a job has run here.")

    def toggle_text(self, record: Deployment) -> str:
        """The words of a menu; dots say that it asks first."""
        if not record.is_enabled:
            return _("Enable…") if record.min_instances else _("Enable")
        active = self._parts.upkeep.active_jobs(record.deployment_id) if self._parts else 0
        return _("Disable…") if active else _("Disable")

    # Deeds

    def show_menu(
        self, deployment_id: str, where: QPoint, open_it: Callable[[str], object]
    ) -> None:
        """What can be done with a row of the list, at a place on the screen."""
        record = self.record(deployment_id)
        if record is not None:
            from runcomfy_desktop.ui.deployment.menu import deployment_menu

            deployment_menu(self._window, record, self, open_it).popup(where)

    def show_details(self, deployment_id: str) -> None:
        record = self.record(deployment_id)
        if record is None or self._parts is None:
            return
        dialog = self._details.get(deployment_id)
        if dialog is None:
            from runcomfy_desktop.ui.deployment.details import DetailsDialog

            dialog = DetailsDialog(record, self._parts, self._window)
            self._details[deployment_id] = dialog
            dialog.finished.connect(lambda _result: self._details.pop(deployment_id, None))
            dialog.toggle_requested.connect(lambda: self.toggle(deployment_id))
            dialog.delete_requested.connect(lambda: self.ask_delete(deployment_id))
            dialog.link_chosen.connect(lambda url: self._ask_link(url, deployment_id))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def toggle(self, deployment_id: str) -> None:
        """Enables or disables. Asks when jobs would fail, or when it costs money."""
        record = self.record(deployment_id)
        if record is None or self._parts is None:
            return
        active = self._parts.upkeep.active_jobs(deployment_id)
        if not record.is_enabled:
            self.enable(deployment_id)
        elif active:
            self._ask_disable(record, active)
        else:
            self._disable(deployment_id)

    def enable(self, deployment_id: str) -> None:
        """Asks first when instances of it are always on then."""
        record = self.record(deployment_id)
        if record is None or self._parts is None or self.is_busy(deployment_id):
            return
        from runcomfy_desktop.ui.deployment.cost_question import ask_before_enabling

        agreed = partial(self._enable, record)
        ask_before_enabling(self._owner(deployment_id), self._parts.purse, record, agreed)

    def free(self, deployment_id: str, *, clear_cache: bool) -> None:
        if self._parts is not None:
            self._parts.upkeep.free_memory(deployment_id, clear_cache=clear_cache)

    def ask_delete(self, deployment_id: str) -> None:
        record = self.record(deployment_id)
        if record is None or self._parts is None:
            return
        from runcomfy_desktop.ui.deployment.delete import DeleteDialog

        dialog = DeleteDialog(
            record,
            self._owner(deployment_id),
            active_jobs=self._parts.upkeep.active_jobs(deployment_id),
            is_open=self._parts.workbench.opened(deployment_id) is not None,
        )
        dialog.accepted.connect(lambda: self._delete(deployment_id))
        dialog.open()

    # Inside

    def _delete(self, deployment_id: str) -> None:
        if self._parts is not None:
            self._parts.upkeep.delete(deployment_id)

    def _disable(self, deployment_id: str) -> None:
        if self._parts is not None:
            self._parts.upkeep.disable(deployment_id)

    def _enable(self, seen: Deployment) -> None:
        if self._parts is not None:
            self._parts.upkeep.enable(seen)

    def _owner(self, deployment_id: str) -> QWidget:
        return self._details.get(deployment_id, self._window)

    def _ask_disable(self, record: Deployment, active: int) -> None:
        from runcomfy_desktop.ui.dialogs.confirm import ask

        name, deployment_id = shortened(one_line(record.name)), record.deployment_id
        title = n_(
            "Disable %s while %d job is not finished?",
            "Disable %s while %d jobs are not finished?",
            active,
        )
        ask(
            self._owner(deployment_id),
            "confirm_disable",
            title=title % (name, active),
            text=_(
                "Every request to it fails at once, and jobs that wait for it fail too. What they "
                "used is billed. It can be enabled again at any time."
            ),
            deed=_("Disable %s") % name,
            on_yes=partial(self._disable, deployment_id),
        )

    def _ask_link(self, url: QUrl, deployment_id: str) -> None:
        from runcomfy_desktop.ui.deployment.readme import LinkDialog

        dialog = LinkDialog(url, self._owner(deployment_id))
        dialog.accepted.connect(lambda: self._open_page(url))
        dialog.open()
