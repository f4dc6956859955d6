"""The main job, step by step, as a user does it; each step verifies its result."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QListView, QWidget

from runcomfy_desktop import __version__
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.tour.drag import drop_file, focus_window
from runcomfy_desktop.tour.driver import StepFailed, TourDriver
from runcomfy_desktop.tour.photo import paint_photo
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.row_view import RowView
from runcomfy_desktop.ui.job_queue.job_button import JobButton

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

PROMPT = "repaint the hills in cobalt blue at night, keep the sun"
_IMAGE, _TEXT, _SEED = InputKey("189", "image"), InputKey("6", "text"), InputKey("31", "seed")


async def run_tour(
    window: MainWindow,
    services: Callable[[], SessionServices | None],
    preferences: Preferences,
    folder: Path,
    drag_source_flag: str,
) -> int:
    """Runs the tour, writing pictures and `tour.json` to `folder`; returns 0 on success.

    `drag_source_flag` makes a frozen program act as the source of a drag.
    """
    _prepare_folder(folder)
    driver = TourDriver(window, preferences, folder)
    with tempfile.TemporaryDirectory() as temporary_folder:
        steps = _TourSteps(driver, services, Path(temporary_folder) / "hills.jpg", drag_source_flag)
        exit_code = await steps.run()
    driver.write(
        {
            "version": __version__,
            "qt": qVersion(),
            "platform": QGuiApplication.platformName(),
            "drag": steps.drag,
        }
    )
    return exit_code


def _prepare_folder(folder: Path) -> None:
    """Creates the folder and deletes the pictures of an earlier tour."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("[0-9][0-9]-*.png"), folder / "failed.png"):
        old.unlink(missing_ok=True)


class _TourSteps:
    """Steps of the tour. Each ends with pictures of its result."""

    def __init__(
        self,
        driver: TourDriver,
        services: Callable[[], SessionServices | None],
        photo: Path,
        drag_source_flag: str,
    ) -> None:
        self.drag = ""
        self._driver = driver
        self._services = services
        self._photo = photo
        self._drag_source_flag = drag_source_flag

    async def run(self) -> int:
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "welcome": self._welcome,
            "workflow": self._workflow,
            "picture": self._picture,
            "prompt-and-seed": self._prompt_and_seed,
            "changed": self._changed,
            "starting": self._starting,
            "cancelled": self._cancelled,
            "done": self._done,
            "animation": self._animation,
        }
        for name, step in steps.items():
            self._driver.begin_step(name)
            start = time.monotonic()
            try:
                await step()
                self._driver.record.took_s = round(time.monotonic() - start, 3)
                await self._driver.take_pictures()
            except (StepFailed, TimeoutError, OSError) as error:
                self._driver.record.failed = str(error) or type(error).__name__
                self._driver.window.grab().save(str(self._driver.folder / "failed.png"))
                print(f"The tour failed at “{name}”: {self._driver.record.failed}", flush=True)
                return 1
            print(f"{name}: {', '.join(self._driver.record.seen)}", flush=True)
        return 0

    # Current state

    @property
    def _editor_state(self) -> EditorState:
        services = self._services()
        if services is None:
            raise StepFailed("no session has begun")
        return services.draft_editor.state

    @property
    def _jobs(self) -> list[Job]:
        services = self._services()
        return [] if services is None else list(services.queue.jobs.values())

    def _form(self) -> RowView:
        return self._driver.find("pinned_tree", RowView)

    def _press(self, name: str) -> None:
        self._driver.click(self._driver.find(name, QAbstractButton))

    def _click_value(self, key: InputKey) -> None:
        """Clicks on the value of an input, as painted in the form."""
        form = self._form()
        index = form.inputs.index_of(key, InputColumn.VALUE)
        form.scrollTo(index)
        field = form.visualRect(index)
        QTest.mouseClick(
            form.viewport(), Qt.MouseButton.LeftButton, pos=field.topLeft() + QPoint(40, 20)
        )

    def _editor(self) -> QWidget:
        editor = QApplication.focusWidget()
        if editor is None or not self._form().isAncestorOf(editor):
            raise StepFailed("no editor has opened")
        return editor

    def _type_into_editor(self, text: str) -> None:
        QTest.keyClick(self._editor(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(self._editor(), text)

    # Steps

    async def _welcome(self) -> None:
        await self._driver.wait_until(
            "first-run page", lambda: self._driver.is_visible("welcome_demo")
        )

    async def _workflow(self) -> None:
        self._press("welcome_demo")
        await self._driver.wait_until(
            "deployment's workflow on screen", lambda: self._driver.is_visible("pinned_tree")
        )
        await self._driver.wait_until(
            "inputs typed by object_info", lambda: self._editor_state.schema
        )
        draft = self._editor_state.draft
        if draft is None or _IMAGE not in draft.workflow:
            raise StepFailed("the first deployment is not the picture-to-picture one")
        self._driver.record_observation(f"{len(draft.workflow.nodes)} nodes of {draft.source.name}")

    async def _picture(self) -> None:
        paint_photo(self._photo)
        form = self._form()
        index = form.inputs.index_of(_IMAGE, InputColumn.VALUE)
        form.scrollTo(index)
        await self._driver.wait_until("media field", lambda: self._driver.is_visible("media_well"))
        at = form.visualRect(index).center()
        field = form.viewport().childAt(at) or form.viewport()

        def is_on_input() -> bool:
            draft = self._editor_state.draft
            return draft is not None and isinstance(draft.value(_IMAGE), MediaFile)

        pos = field.mapFrom(form.viewport(), at)
        async with drop_file(self._photo, field, pos, self._drag_source_flag) as self.drag:
            self._driver.record_observation(f"drag: {self.drag}")
            await self._driver.wait_until("picture on the input", is_on_input)
        await self._driver.wait_until(
            "note above the inline limit", lambda: self._driver.is_visible("media_change_size")
        )
        await self._driver.wait_until(
            "run is possible", lambda: not self._editor_state.blocked_reason
        )

    async def _prompt_and_seed(self) -> None:
        await focus_window(self._driver.window)
        await self._driver.wait_until("window has the keyboard", self._driver.window.isActiveWindow)
        self._click_value(_TEXT)
        self._type_into_editor(PROMPT)
        self._click_value(_SEED)
        self._type_into_editor("20260204")
        QTest.keyClick(self._editor(), Qt.Key.Key_Return)
        draft = self._editor_state.draft
        if draft is None or draft.value(_TEXT) != PROMPT or draft.value(_SEED) != 20260204:
            raise StepFailed("what was typed is not in the draft")
        self._driver.record_observation("prompt and seed as typed")

    async def _changed(self) -> None:
        self._press("tab_changed")
        changes = self._editor_state.draft.changes if self._editor_state.draft else {}
        if len(changes) != 3:
            raise StepFailed(f"{len(changes)} inputs changed instead of 3")
        self._driver.record_observation("3 changed inputs")

    async def _starting(self) -> None:
        self._press("tab_essentials")
        self._press("run")
        await self._driver.wait_until("job in the queue", lambda: len(self._jobs) == 1)
        await self._driver.wait_until("queued, with a request id", self._is_queued)

    def _is_queued(self) -> bool:
        """Reports whether the first job is queued. Raises StepFailed if it can no longer be."""
        job = self._jobs[0]
        if job.state.is_finished or job.state is JobState.UNCERTAIN:
            raise StepFailed(f"the job is {job.state.value}")
        return job.state is JobState.QUEUED and bool(job.request_id)

    async def _cancelled(self) -> None:
        self._press("run")
        await self._driver.wait_until("second job", lambda: len(self._jobs) == 2)
        second = self._jobs[1].job_id

        def state() -> JobState:
            return next(job.state for job in self._jobs if job.job_id == second)

        await self._driver.wait_until("second job accepted", lambda: state() is JobState.QUEUED)
        # A button that has just appeared under the pointer ignores clicks.
        await self._driver.wait_until("its button", lambda: self._job_button(second).guard.is_over)
        self._driver.click(self._job_button(second))
        await self._driver.wait_until("second job cancelled", lambda: state() is JobState.CANCELLED)

    def _job_button(self, job_id: str) -> JobButton:
        """Returns the button in the row of a job."""
        panel = self._driver.find("jobs_panel", QWidget)
        for button in panel.findChildren(JobButton):
            if button.job_id == job_id and button.isVisible() and button.isEnabled():
                return button
        raise StepFailed("the row has no button")

    async def _done(self) -> None:
        first = self._jobs[0].job_id

        def job() -> Job:
            return next(job for job in self._jobs if job.job_id == first)

        await self._driver.wait_until("running", lambda: job().state is JobState.RUNNING, 60)
        await self._driver.wait_until("done", lambda: job().state is JobState.DONE, 60)
        await self._check_shown(job())

    async def _check_shown(self, job: Job) -> None:
        files = [Path(output.path) for output in job.outputs if output.path]
        if not files or not all(file.stat().st_size for file in files):
            raise StepFailed("no output file is on disk")
        self._driver.record_observation(f"{len(files)} files on disk")
        name = next(output.filename for output in job.outputs if output.path)

        def is_shown() -> bool:
            # The size in pixels is known only after the image has been decoded for the viewer.
            fact = self._driver.find("fact_file", QLabel).text()
            return fact.startswith(name) and "×" in fact and self._driver.is_visible("picture_view")

        await self._driver.wait_until(f"{name} on screen", is_shown)

    async def _animation(self) -> None:
        list_view = self._driver.find("deployments", QListView)
        model = list_view.model()
        names = [str(model.index(row, 0).data() or "") for row in range(model.rowCount())]
        row = next((at for at, name in enumerate(names) if "wan" in name), -1)
        if row < 0:
            raise StepFailed(f"no animation deployment among {names}")
        position = list_view.visualRect(model.index(row, 0)).center()
        QTest.mouseClick(list_view.viewport(), Qt.MouseButton.LeftButton, pos=position)
        await self._driver.wait_until(
            "another workflow on screen",
            lambda: (
                self._editor_state.deployment is not None
                and "wan" in self._editor_state.deployment.name
            ),
        )
        before = len(self._jobs)
        await self._driver.wait_until(
            "run is possible", lambda: not self._editor_state.blocked_reason
        )
        self._press("run")
        await self._driver.wait_until("third job", lambda: len(self._jobs) == before + 1)
        await self._driver.wait_until("done", lambda: self._jobs[-1].state is JobState.DONE, 90)
        await self._check_shown(self._jobs[-1])
        await self._driver.wait_until("it plays", lambda: self._driver.is_visible("play_pause"))
