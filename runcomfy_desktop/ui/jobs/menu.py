"""The context menu of the selected jobs; it only repeats what buttons and keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.jobs.words import Deed, can_cancel, deed_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.deeds import JobDeeds


def jobs_menu(
    owner: QWidget, jobs: Sequence[Job], deeds: JobDeeds, do: Callable[[str, Deed], object]
) -> QMenu:
    """A menu for `jobs` which deletes itself after use; `do` does a deed on one job."""
    menu = QMenu(owner)
    menu.setObjectName("jobs_menu")
    menu.aboutToHide.connect(menu.deleteLater)
    menu.setAccessibleName(
        one_line(jobs[0].title)
        if len(jobs) == 1
        else n_("%d job", "%d jobs", len(jobs)) % len(jobs)
    )
    if len(jobs) == 1:
        _add_deeds(menu, jobs[0], do)
        _add_questions(menu, jobs[0], deeds)
    else:
        _add_many(menu, jobs, deeds)
    _add_copy(menu, jobs)
    if any(job.state.is_finished for job in jobs):
        menu.addSeparator()
        remove = menu.addAction(_("Remove from the list…"))
        remove.setObjectName("menu_remove")
        remove.triggered.connect(lambda: deeds.remove(jobs))
    return menu


def _add_deeds(menu: QMenu, job: Job, do: Callable[[str, Deed], object]) -> None:
    def add(deed: Deed, text: str = "") -> None:
        action = menu.addAction(text or deed_text(deed))
        action.setObjectName(f"menu_{deed.value}")
        action.triggered.connect(lambda: do(job.job_id, deed))

    add(Deed.OPEN, _("Show outputs"))
    if can_cancel(job):
        add(Deed.CANCEL)
    if job.state is JobState.UNCERTAIN:
        add(Deed.RESOLVE)
    else:
        add(Deed.RUN_AGAIN)
    add(Deed.DETAILS)


def _add_questions(menu: QMenu, job: Job, deeds: JobDeeds) -> None:
    if job.request_id and job.state.is_active:
        ask = menu.addAction(_("Ask RunComfy now"))
        ask.setObjectName("menu_ask_again")
        ask.triggered.connect(lambda: deeds.ask_again(job.job_id))
    if any(each.fault for each in job.outputs):
        fetch = menu.addAction(_("Fetch the missing files again"))
        fetch.setObjectName("menu_fetch_again")
        fetch.triggered.connect(lambda: deeds.fetch_again(job.job_id))


def _add_many(menu: QMenu, jobs: Sequence[Job], deeds: JobDeeds) -> None:
    count = sum(1 for job in jobs if can_cancel(job))
    if count:
        cancel = menu.addAction(n_("Cancel %d job", "Cancel %d jobs", count) % count)
        cancel.setObjectName("menu_cancel_many")
        cancel.triggered.connect(lambda: deeds.cancel(jobs))


def _add_copy(menu: QMenu, jobs: Sequence[Job]) -> None:
    ids = [job.request_id for job in jobs if job.request_id]
    copy = menu.addAction(n_("Copy the request ID", "Copy the request IDs", max(1, len(ids))))
    copy.setObjectName("menu_copy_ids")
    copy.setEnabled(bool(ids))
    copy.triggered.connect(lambda: QGuiApplication.clipboard().setText("\n".join(ids)))
