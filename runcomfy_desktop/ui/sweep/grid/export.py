"""Saves a grid for others: as one labelled picture, or as a table."""

from __future__ import annotations

import time
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.sweep.cells import cell_of, points_of
from runcomfy_desktop.domain.sweep.grid_csv import grid_csv
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import clock_time, pixels
from runcomfy_desktop.ui.models.jobs import picture_of
from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.sweep.grid.picture import (
    Drawn,
    GridPicture,
    PictureCell,
    PicturePage,
    draw_grid,
)
from runcomfy_desktop.ui.sweep.words import axes_text, cell_words
from runcomfy_desktop.ui.widgets.buttons import text_button

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QPushButton, QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.sweep.grid.window import GridWindow

_NAME_LETTERS = 60
_PNG, _CSV = "png", "csv"


class GridExport(QObject):
    """Puts its button into the windows of grids. What is being drawn outlives such a window."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._background = Background(self)
        self._folder = ""

    def offer(self, window: GridWindow, parts: WindowParts) -> None:
        """Adds the button to the foot of a grid's window."""
        button = text_button(_("Export"), "grid_export", window)
        button.setProperty("menu", True)
        menu = QMenu(button)
        menu.setObjectName("grid_export_menu")
        menu.setAccessibleName(_("Export"))
        one = _Export(self, window, parts, button)
        has_pages = window.sweep.shape[2] > 1
        entries: list[tuple[str, str, Callable[[], object]]] = [
            ("picture", _("&Picture…"), lambda: one.choose(_PNG, None)),
            ("table", _("&Table (CSV)…"), lambda: one.choose(_CSV, None)),
        ]
        if has_pages:
            entries[:1] = [
                ("picture", _("&Picture of all pages…"), lambda: one.choose(_PNG, None)),
                ("page", _("Picture of t&his page…"), lambda: one.choose(_PNG, window.model.page)),
            ]
        for name, text, deed in entries:
            action = menu.addAction(text)
            action.setObjectName(f"grid_export_{name}")
            action.triggered.connect(lambda _checked=False, deed=deed: deed())
        button.setMenu(menu)
        window.footer.insertWidget(1, button)

    @property
    def background(self) -> Background:
        return self._background

    @property
    def folder(self) -> str:
        """Where the last one was saved."""
        return self._folder

    def note_folder(self, path: str) -> None:
        self._folder = str(PurePath(path).parent)


class _Export(QObject):
    """Exports one grid."""

    def __init__(
        self, desk: GridExport, window: GridWindow, parts: WindowParts, button: QPushButton
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._parts = parts
        self._button = button

    def choose(self, kind: str, page: int | None) -> None:
        """Asks for the file; `page` is the one of a picture, None for all of them."""
        chooser = QFileDialog(self._window, _("Export the grid"))
        chooser.setObjectName("export_grid_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        names = {_PNG: _("Pictures (*.png)"), _CSV: _("Tables (*.csv)")}
        chooser.setNameFilters([names[kind], _("All files (*)")])
        chooser.setDefaultSuffix(kind)
        if self._desk.folder:
            chooser.setDirectory(self._desk.folder)
        chooser.selectFile(f"{_file_name(self._window.sweep)}.{kind}")
        save = self._save_table if kind == _CSV else partial(self._save_picture, page)
        chooser.fileSelected.connect(save)
        chooser.open()

    def _save_table(self, path: str) -> None:
        self._desk.note_folder(path)
        sweep, jobs, files = self._window.sweep, self._jobs(), self._parts.files
        folder = PurePath(self._parts.output_folder())

        def name_of(file: str) -> str:
            place = PurePath(file)
            return (
                place.relative_to(folder).as_posix() if place.is_relative_to(folder) else place.name
            )

        def work() -> str:
            return grid_csv(sweep, lambda cell: jobs[cell], name_of)

        self._desk.background.run(work, lambda text: files.save_text(path, text))

    def _save_picture(self, page: int | None, path: str) -> None:
        self._desk.note_folder(path)
        grid = picture_of_grid(self._window.sweep, self._jobs(), page)
        button, parts = self._button, self._parts
        button.setEnabled(False)
        button.setAccessibleDescription(_("The picture is being drawn."))

        def done(drawn: Drawn) -> None:
            if drawn.fault:
                parts.notices.tell(Notice(NoticeLevel.WARNING, drawn.fault))
            else:
                size = _("%s pixels") % pixels(drawn.width, drawn.height)
                parts.files.save_bytes(path, drawn.data, size)
            if _is_alive(button):
                button.setEnabled(True)
                button.setAccessibleDescription("")

        self._desk.background.run(partial(draw_grid, grid), done)

    def _jobs(self) -> list[Job | None]:
        """What each cell has now."""
        sweep, sweeps = self._window.sweep, self._parts.sweeps
        return [sweeps.job_at(sweep.sweep_id, cell) for cell in range(sweep.count)]


def picture_of_grid(sweep: Sweep, jobs: Sequence[Job | None], page: int | None) -> GridPicture:
    """What is drawn of a grid: one page, or all of them one below the other."""
    columns, rows, pages = sweep.shape
    now_s = time.time()
    shown = range(pages) if page is None else (page,)
    made = []
    for each in shown:
        cells = (
            jobs[cell_of(sweep, column, row, each)]
            for row in range(rows)
            for column in range(columns)
        )
        made.append(PicturePage(_page_head(sweep, each), tuple(_cell(job, now_s) for job in cells)))
    about = [axes_text(sweep), sweep.deployment_name, clock_time(sweep.created_s)]
    return GridPicture(
        one_line(sweep.name),
        " · ".join(one_line(each) for each in about if each),
        tuple(_heads(sweep, 0)),
        tuple(_heads(sweep, 1)),
        tuple(made),
    )


def _cell(job: Job | None, now_s: float) -> PictureCell:
    path = "" if job is None else picture_of(job)
    return PictureCell(path, "" if path else cell_words(job, now_s).text)


def _heads(sweep: Sweep, place: int) -> list[str]:
    if sweep.is_zip:
        if place:
            return [""]
        cells = range(sweep.count)
        return [" · ".join(one_line(p.label) for p in points_of(sweep, cell)) for cell in cells]
    if place >= len(sweep.axes):
        return [""]
    return [one_line(point.label) for point in sweep.axes[place].points]


def _page_head(sweep: Sweep, page: int) -> str:
    if sweep.is_zip or len(sweep.axes) < 3:
        return ""
    axis = sweep.axes[2]
    return f"{one_line(axis.name)}: {one_line(axis.points[page].label)}"


def _file_name(sweep: Sweep) -> str:
    name = "".join(each if each.isalnum() or each in " -_." else "-" for each in sweep.name)
    return name[:_NAME_LETTERS].strip(" .-") or _("Grid")


def _is_alive(button: QPushButton) -> bool:
    from shiboken6 import isValid

    return isValid(button)
