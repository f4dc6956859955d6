"""Export of a grid as one labelled picture or as a table."""

from __future__ import annotations

import time
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu
from shiboken6 import isValid

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.sweeps.cells import cell_of
from runcomfy_desktop.domain.sweeps.grid_csv import grid_csv
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.formatters import clock_time, pixel_size
from runcomfy_desktop.ui.job_queue.jobs_model import thumbnail_path
from runcomfy_desktop.ui.sweeps.grid_image import (
    GridImage,
    GridImageContent,
    ImageCell,
    ImagePage,
    draw_grid,
)
from runcomfy_desktop.ui.sweeps.sweep_texts import axes_text, cell_state_text, header_text
from runcomfy_desktop.ui.widgets.buttons import text_button

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow

_MAX_NAME_CHARS = 60


class GridExportController(QObject):
    """Adds an export button to grid windows, and saves their grids.

    It owns the drawing tasks, so that they continue when a grid window is closed. What is not drawn
    when the session ends is reported, as it is not saved.
    """

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._services = services
        self._background_tasks = BackgroundTasks(self)
        # Folder of the last export.
        self._folder = ""
        scope.call_on_close(self._report_unsaved)

    def add_button(self, window: GridWindow) -> None:
        """Adds the button to the footer of a grid's window."""
        button = text_button(_("Export"), "grid_export", window)
        button.setProperty("menu", True)
        menu = QMenu(button)
        menu.setObjectName("grid_export_menu")
        menu.setAccessibleName(_("Export"))

        def add_entry(name: str, text: str, command: Callable[[], object]) -> None:
            action = menu.addAction(text)
            action.setObjectName(f"grid_export_{name}")
            action.triggered.connect(lambda _checked=False: command())

        def save_picture(page: int | None) -> None:
            save = partial(self._save_picture, window, button, page)
            self._choose_file(window, "png", _("Pictures (*.png)"), save)

        def save_table() -> None:
            save = partial(self._save_table, window)
            self._choose_file(window, "csv", _("Tables (*.csv)"), save)

        has_pages = window.sweep.shape[2] > 1
        text = _("&Picture of all pages…") if has_pages else _("&Picture…")
        add_entry("picture", text, lambda: save_picture(None))
        if has_pages:
            add_entry("page", _("Picture of t&his page…"), lambda: save_picture(window.model.page))
        add_entry("table", _("&Table (CSV)…"), save_table)
        button.setMenu(menu)
        window.footer.insertWidget(1, button)

    def _report_unsaved(self) -> None:
        if not self._background_tasks.is_idle:
            title = _("A grid was not exported, because its session has ended.")
            self._services.notices.post(Notice(NoticeLevel.WARNING, title))

    def _choose_file(
        self, window: GridWindow, suffix: str, name_filter: str, save: Callable[[str], object]
    ) -> None:
        """Asks the user for the file, and passes its path to `save`."""
        dialog = QFileDialog(window, _("Export the grid"))
        dialog.setObjectName("export_grid_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([name_filter, _("All files (*)")])
        dialog.setDefaultSuffix(suffix)
        if self._folder:
            dialog.setDirectory(self._folder)
        dialog.selectFile(f"{_file_name(window.sweep)}.{suffix}")
        dialog.fileSelected.connect(save)
        dialog.open()

    def _save_table(self, window: GridWindow, path: str) -> None:
        self._folder = str(PurePath(path).parent)
        sweep, jobs, files = window.sweep, self._jobs(window.sweep), self._services.workflow_files
        folder = PurePath(self._services.output_folder())

        def relative_name(file: str) -> str:
            file_path = PurePath(file)
            return (
                file_path.relative_to(folder).as_posix()
                if file_path.is_relative_to(folder)
                else file_path.name
            )

        def work() -> str:
            return grid_csv(sweep, lambda cell: jobs[cell], relative_name)

        self._background_tasks.run(work, lambda text: files.save_text(path, text))

    def _save_picture(
        self, window: GridWindow, button: QPushButton, page: int | None, path: str
    ) -> None:
        """Saves the picture of a page, or of all pages for None."""
        self._folder = str(PurePath(path).parent)
        services, sweep = self._services, window.sweep
        content = grid_image_content(sweep, services.queue, self._jobs(sweep), page)
        button.setEnabled(False)
        button.setAccessibleDescription(_("The picture is being drawn."))

        def on_drawn(image: GridImage) -> None:
            if image.error:
                services.notices.post(Notice(NoticeLevel.WARNING, image.error))
            else:
                size = _("%s pixels") % pixel_size(image.width, image.height)
                services.workflow_files.save_bytes(path, image.data, size)
            if isValid(button):
                button.setEnabled(True)
                button.setAccessibleDescription("")

        self._background_tasks.run(partial(draw_grid, content), on_drawn)

    def _jobs(self, sweep: Sweep) -> list[Job | None]:
        """Returns the current job of each cell."""
        job_at = self._services.sweeps.job_at
        return [job_at(sweep.sweep_id, cell) for cell in range(sweep.cell_count)]


def grid_image_content(
    sweep: Sweep, queue: JobQueue, jobs: Sequence[Job | None], page: int | None
) -> GridImageContent:
    """Returns the content of a grid's picture: one page, or all pages below each other."""
    columns, rows, pages = sweep.shape
    now_s = time.time()
    page_axis = one_line(sweep.axes[2].name) if len(sweep.axes) > 2 and not sweep.is_zip else None
    image_pages = []
    for each in range(pages) if page is None else (page,):
        # The cells of a page follow each other, row by row.
        first = cell_of(sweep, 0, 0, each)
        shown_jobs = jobs[first : first + columns * rows]
        cells = tuple(_image_cell(queue, job, now_s) for job in shown_jobs)
        title = "" if page_axis is None else f"{page_axis}: {header_text(sweep, 2, each)}"
        image_pages.append(ImagePage(title, cells))
    subtitle_parts = [axes_text(sweep), sweep.deployment_name, clock_time(sweep.created_s)]
    return GridImageContent(
        one_line(sweep.name),
        " · ".join(one_line(each) for each in subtitle_parts if each),
        tuple(header_text(sweep, 0, column) for column in range(columns)),
        tuple(header_text(sweep, 1, row) for row in range(rows)),
        tuple(image_pages),
    )


def _image_cell(queue: JobQueue, job: Job | None, now_s: float) -> ImageCell:
    path = "" if job is None else thumbnail_path(job)
    return ImageCell(path, "" if path else cell_state_text(queue, job, now_s).text)


def _file_name(sweep: Sweep) -> str:
    name = "".join(each if each.isalnum() or each in " -_." else "-" for each in sweep.name)
    return name[:_MAX_NAME_CHARS].strip(" .-") or _("Grid")
