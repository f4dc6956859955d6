"""Export of a grid as one labelled picture or as a table."""

from __future__ import annotations

import time
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.sweeps.cells import cell_of, points_of
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
from runcomfy_desktop.ui.sweeps.sweep_texts import axes_text, cell_state_text
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
_PNG, _CSV = "png", "csv"


class GridExportController(QObject):
    """Adds an export button to grid windows.

    It owns the drawing tasks, so that they continue when a grid window is closed. What is not drawn
    when the session ends is reported, as it is not saved.
    """

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._services = services
        self._background_tasks = BackgroundTasks(self)
        self._folder = ""
        scope.call_on_close(self._report_unsaved)

    def add_button(self, window: GridWindow) -> None:
        """Adds the button to the footer of a grid's window."""
        button = text_button(_("Export"), "grid_export", window)
        button.setProperty("menu", True)
        menu = QMenu(button)
        menu.setObjectName("grid_export_menu")
        menu.setAccessibleName(_("Export"))
        exporter = _GridExporter(self, window, self._services, button)
        has_pages = window.sweep.shape[2] > 1
        entries: list[tuple[str, str, Callable[[], object]]] = [
            ("picture", _("&Picture…"), lambda: exporter.choose_file(_PNG, None)),
            ("table", _("&Table (CSV)…"), lambda: exporter.choose_file(_CSV, None)),
        ]
        if has_pages:
            entries[:1] = [
                ("picture", _("&Picture of all pages…"), lambda: exporter.choose_file(_PNG, None)),
                (
                    "page",
                    _("Picture of t&his page…"),
                    lambda: exporter.choose_file(_PNG, window.model.page),
                ),
            ]
        for name, text, command in entries:
            action = menu.addAction(text)
            action.setObjectName(f"grid_export_{name}")
            action.triggered.connect(lambda _checked=False, command=command: command())
        button.setMenu(menu)
        window.footer.insertWidget(1, button)

    def _report_unsaved(self) -> None:
        if not self._background_tasks.is_idle:
            title = _("A grid was not exported, because its session has ended.")
            self._services.notices.post(Notice(NoticeLevel.WARNING, title))

    @property
    def background_tasks(self) -> BackgroundTasks:
        return self._background_tasks

    @property
    def folder(self) -> str:
        """Folder of the last export."""
        return self._folder

    def remember_folder(self, path: str) -> None:
        self._folder = str(PurePath(path).parent)


class _GridExporter(QObject):
    """Exports the grid of one window."""

    def __init__(
        self,
        grid_export: GridExportController,
        window: GridWindow,
        services: SessionServices,
        button: QPushButton,
    ) -> None:
        super().__init__(window)
        self._grid_export = grid_export
        self._window = window
        self._services = services
        self._button = button

    def choose_file(self, kind: str, page: int | None) -> None:
        """Asks the user for the target; `page` is the page to draw, None for all pages."""
        dialog = QFileDialog(self._window, _("Export the grid"))
        dialog.setObjectName("export_grid_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        names = {_PNG: _("Pictures (*.png)"), _CSV: _("Tables (*.csv)")}
        dialog.setNameFilters([names[kind], _("All files (*)")])
        dialog.setDefaultSuffix(kind)
        if self._grid_export.folder:
            dialog.setDirectory(self._grid_export.folder)
        dialog.selectFile(f"{_file_name(self._window.sweep)}.{kind}")
        save = self._save_table if kind == _CSV else partial(self._save_picture, page)
        dialog.fileSelected.connect(save)
        dialog.open()

    def _save_table(self, path: str) -> None:
        self._grid_export.remember_folder(path)
        sweep, jobs, files = self._window.sweep, self._jobs(), self._services.workflow_files
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

        self._grid_export.background_tasks.run(work, lambda text: files.save_text(path, text))

    def _save_picture(self, page: int | None, path: str) -> None:
        self._grid_export.remember_folder(path)
        button, services = self._button, self._services
        content = grid_image_content(self._window.sweep, services.queue, self._jobs(), page)
        button.setEnabled(False)
        button.setAccessibleDescription(_("The picture is being drawn."))

        def on_drawn(image: GridImage) -> None:
            if image.error:
                services.notices.post(Notice(NoticeLevel.WARNING, image.error))
            else:
                size = _("%s pixels") % pixel_size(image.width, image.height)
                services.workflow_files.save_bytes(path, image.data, size)
            if _is_alive(button):
                button.setEnabled(True)
                button.setAccessibleDescription("")

        self._grid_export.background_tasks.run(partial(draw_grid, content), on_drawn)

    def _jobs(self) -> list[Job | None]:
        """Returns the current job of each cell."""
        sweep, sweeps = self._window.sweep, self._services.sweeps
        return [sweeps.job_at(sweep.sweep_id, cell) for cell in range(sweep.cell_count)]


def grid_image_content(
    sweep: Sweep, queue: JobQueue, jobs: Sequence[Job | None], page: int | None
) -> GridImageContent:
    """Returns the content of a grid's picture: one page, or all pages below each other."""
    columns, rows, pages = sweep.shape
    now_s = time.time()
    shown_pages = range(pages) if page is None else (page,)
    image_pages = []
    for each in shown_pages:
        cells = (
            jobs[cell_of(sweep, column, row, each)]
            for row in range(rows)
            for column in range(columns)
        )
        image_pages.append(
            ImagePage(
                _page_title(sweep, each), tuple(_image_cell(queue, job, now_s) for job in cells)
            )
        )
    subtitle_parts = [axes_text(sweep), sweep.deployment_name, clock_time(sweep.created_s)]
    return GridImageContent(
        one_line(sweep.name),
        " · ".join(one_line(each) for each in subtitle_parts if each),
        tuple(_axis_labels(sweep, 0)),
        tuple(_axis_labels(sweep, 1)),
        tuple(image_pages),
    )


def _image_cell(queue: JobQueue, job: Job | None, now_s: float) -> ImageCell:
    path = "" if job is None else thumbnail_path(job)
    return ImageCell(path, "" if path else cell_state_text(queue, job, now_s).text)


def _axis_labels(sweep: Sweep, axis_number: int) -> list[str]:
    if sweep.is_zip:
        if axis_number:
            return [""]
        cells = range(sweep.cell_count)
        return [" · ".join(one_line(p.label) for p in points_of(sweep, cell)) for cell in cells]
    if axis_number >= len(sweep.axes):
        return [""]
    return [one_line(point.label) for point in sweep.axes[axis_number].points]


def _page_title(sweep: Sweep, page: int) -> str:
    if sweep.is_zip or len(sweep.axes) < 3:
        return ""
    axis = sweep.axes[2]
    return f"{one_line(axis.name)}: {one_line(axis.points[page].label)}"


def _file_name(sweep: Sweep) -> str:
    name = "".join(each if each.isalnum() or each in " -_." else "-" for each in sweep.name)
    return name[:_MAX_NAME_CHARS].strip(" .-") or _("Grid")


def _is_alive(button: QPushButton) -> bool:
    from shiboken6 import isValid

    return isValid(button)
