"""Controller that keeps the run bar in sync with a session."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.run.cost_texts import run_cost_texts
from runcomfy_desktop.ui.run.run_bar import RunBarState

if TYPE_CHECKING:
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.run.run_bar import RunBar


class RunBarController(QObject):
    """Shows the open draft, its deployment and the price of a run in the run bar."""

    def __init__(self, scope: SessionScope, services: SessionServices, run_bar: RunBar) -> None:
        super().__init__(scope)
        self._services = services
        self._run_bar = run_bar
        scope.subscribe(services.draft_editor.changed, self._refresh)
        scope.subscribe(services.catalogue.changed, self._refresh)
        scope.subscribe(services.deployment_manager.changed, self._refresh)
        # Published hundreds of times in a row.
        scope.subscribe(
            services.budget.changed, lambda _nothing: run_bar.show_price(*self._price_texts())
        )
        self._refresh()

    def _refresh(self, _change: object = None) -> None:
        editor, catalogue = self._services.draft_editor.state, self._services.catalogue.state
        busy_ids = self._services.deployment_manager.state.busy
        current_id = editor.deployment.deployment_id if editor.deployment is not None else ""
        ids = (each.deployment_id for each in catalogue.deployments)
        price_text, price_explanation = self._price_texts()
        blocked_reason = editor.blocked_reason if editor.draft is not None else ""
        self._run_bar.show_state(
            RunBarState(
                has_session=True,
                deployments=catalogue.deployments,
                ids_without_workflow=frozenset(filter(catalogue.is_unsupported, ids)),
                current_id=current_id,
                deployment_text=_deployment_text(editor.deployment, catalogue),
                file_name=_file_name(editor.draft),
                changes_text=_changes_text(editor.draft),
                price_text=price_text,
                price_explanation=price_explanation,
                blocked_reason=blocked_reason,
                information=_information(editor, catalogue),
                can_run=editor.draft is not None and not blocked_reason,
                disabled_deployment=editor.deployment if editor.is_disabled else None,
                is_busy=current_id in busy_ids,
            )
        )

    def _price_texts(self) -> tuple[str, str]:
        """Returns the price of a run and its explanation."""
        deployment = self._services.draft_editor.state.deployment
        return run_cost_texts(deployment, self._services.budget) if deployment else ("", "")


def _deployment_text(deployment: Deployment | None, catalogue: DeploymentCatalogueState) -> str:
    """Returns the name of the deployment in use, or which one is being opened."""
    current_id = deployment.deployment_id if deployment is not None else ""
    opening_id = catalogue.opening_id
    if opening_id and opening_id != current_id:
        listed = catalogue.find(opening_id)
        return _("Opening %s…") % (opening_id if listed is None else _name_of(listed))
    return _name_of(deployment) if deployment is not None else ""


def _name_of(deployment: Deployment) -> str:
    return one_line(deployment.name) or deployment.deployment_id


def _file_name(draft: Draft | None) -> str:
    if draft is None or not draft.source.is_file:
        return ""
    return one_line(PurePath(draft.source.path).name)


def _changes_text(draft: Draft | None) -> str:
    if draft is None:
        return ""
    count = len(draft.changes)
    if not count:
        return _("No inputs changed")
    return n_("%d input changed", "%d inputs changed", count) % count


def _information(editor: EditorState, catalogue: DeploymentCatalogueState) -> str:
    """Returns a note on a run that is possible: on an unusual way of sending, or a check."""
    if catalogue.is_confirming:
        return _("Checking whether the deployment has changed…")
    return editor.whole_workflow_reason
