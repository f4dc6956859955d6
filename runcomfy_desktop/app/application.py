"""Composition root: opens the layers in order and closes them in reverse.

1. Qt, paths, the lock of the data folder, the theme, and the window, painted empty. Nothing else
   is imported before the first frame.
2. The contents of the window are imported and built in slices (`StartupSequence`).
3. The event loop, logs, and everything that uses network, keyring or history (`lifecycle.py`).
   Sessions run in sequence (`session_manager.py`) until the window is closed.
4. Closing waits, for a limited time, for bodies being sent. Unfinished jobs stay in the history
   and are resumed at the next start.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from runcomfy_desktop.app import crash_log
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.platform import taskbar_identity
from runcomfy_desktop.platform.single_window import SingleWindow
from runcomfy_desktop.platform.thread_priority import SWITCH_INTERVAL_S
from runcomfy_desktop.store.data_versions import check_data_folder
from runcomfy_desktop.store.settings import load_settings
from runcomfy_desktop.ui.base.chunked_work import ChunkedWork, import_steps
from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.style import theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from PySide6.QtGui import QFileOpenEvent

    from runcomfy_desktop.app.lifecycle import AppContext
    from runcomfy_desktop.app.options import Options
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.paths import Paths

# Enough to detect a full disk.
_PROBE_BYTES = 4096
# A web page can send any number of links; only one is opened at a time.
_MAX_PENDING_OPENS = 8
# Time for which a closing window may wait for a body being sent.
_OTHER_WINDOW_TIMEOUT_S = 15.0
_RETRY_INTERVAL_S = 0.2
# Maximum length of an error inside a sentence.
_MAX_ERROR_CHARS = 300
# The frame, and what a session shows in it; the imports of each module come before it, so that no
# step is long.
_WINDOW_MODULES = (
    "PySide6.QtSvg",
    "runcomfy_desktop.core.base.notices",
    "runcomfy_desktop.ui.widgets.labels",
    "runcomfy_desktop.ui.base.formatters",
    "runcomfy_desktop.ui.deployments.deployment_actions",
    "runcomfy_desktop.domain.workflow.workflow",
    "runcomfy_desktop.core.drafts.draft_rows",
    "runcomfy_desktop.ui.drafts.draft_actions",
    "runcomfy_desktop.ui.presets.preset_actions",
    "runcomfy_desktop.ui.sweeps.grids_menu",
    "runcomfy_desktop.ui.main_window.actions",
    "runcomfy_desktop.ui.style.icons",
    "runcomfy_desktop.ui.main_window.notice_line",
    "runcomfy_desktop.ui.main_window.central_widget",
    "runcomfy_desktop.ui.main_window.docks",
    "runcomfy_desktop.ui.presets.preset_rows",
    "runcomfy_desktop.ui.presets.preset_menus",
    "runcomfy_desktop.ui.presets.preset_button",
    "runcomfy_desktop.ui.run.run_bar",
    "runcomfy_desktop.ui.main_window.status_bar",
    "runcomfy_desktop.ui.base.external_opener",
    "runcomfy_desktop.ui.help.help_controller",
    "runcomfy_desktop.ui.main_window.window_frame",
    "logging.handlers",
    "subprocess",
    "concurrent.futures.thread",
    "ssl",
    "asyncio",
    "runcomfy_desktop.core.jobs.new_job",
    "runcomfy_desktop.domain.schema.schema",
    "runcomfy_desktop.ui.run.run_controller",
    "runcomfy_desktop.ui.run.run_bar_controller",
    "runcomfy_desktop.ui.deployments.deployment_controller",
    "runcomfy_desktop.ui.presets.preset_commands",
    "runcomfy_desktop.ui.presets.presets_controller",
    "runcomfy_desktop.ui.presets.apply_controller",
    "runcomfy_desktop.ui.drafts.drafts_controller",
    "runcomfy_desktop.ui.sweeps.sweep_controller",
    "runcomfy_desktop.domain.validation.draft_checker",
    "runcomfy_desktop.core.editor.draft_editor",
    "runcomfy_desktop.ui.drafts.difference_controller",
    "runcomfy_desktop.core.jobs.job_notifier",
    "runcomfy_desktop.ui.command_palette.palette_controller",
    "runcomfy_desktop.ui.workflow_graph.graph_controller",
    "runcomfy_desktop.ui.main_window.session_view",
    "runcomfy_desktop.app.loop",
    "runcomfy_desktop.app.lifecycle",
)
_PAINT_TIMEOUT_MS = 2000


class StartupSequence(QObject):
    """Builds the window in slices between its events, until it is done or the window is closed.

    It uses a Qt event loop instead of the one in `loop.py`, because asyncio is one of the modules
    to be imported. `context` is the result of the last step, or None if the last step was not
    reached.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.context: AppContext | None = None
        self._failure: Exception | None = None
        self._is_over = False
        self._has_begun = False
        self._loop = QEventLoop()
        self._work = ChunkedWork(self)
        self._work.done.connect(self._end)
        window.painted.connect(self._begin)
        window.closed.connect(self._end)
        # A window that starts minimised may never be painted.
        QTimer.singleShot(_PAINT_TIMEOUT_MS, self, self._begin)

    def run(self, steps: Iterator[AppContext | None]) -> None:
        """Runs the steps until they are done or the window is closed.

        Raises the error of a failed step.
        """
        self._steps = self._run_steps(steps)
        if not self._is_over:
            self._loop.exec()
        self._work.stop()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        if not self._has_begun and not self._is_over:
            self._has_begun = True
            self._work.run(self._steps)

    def _end(self) -> None:
        self._is_over = True
        self._loop.quit()

    def _run_steps(self, steps: Iterator[AppContext | None]) -> Iterator[None]:
        try:
            for result in steps:
                self.context = result
                yield None
        except Exception as error:
            self._failure = error


class _Application(QApplication):
    """Application that handles the system's "quit" and "open file" events.

    "Quit" (log-out, Cmd-Q) closes the window. Files that the system (macOS) passes to be opened are
    kept until there is a window.
    """

    window: MainWindow | None = None

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._pending_opens: list[str] = []

    def event(self, event: QEvent) -> bool:
        if self.window is not None and event.type() is QEvent.Type.Quit:
            self.window.close()
            return True
        if event.type() is QEvent.Type.FileOpen:
            self._open_target(_target_of(cast("QFileOpenEvent", event)))
            return True
        return super().event(event)

    def set_window(self, window: MainWindow) -> None:
        """Sets the window and opens the pending files in it."""
        self.window = window
        pending, self._pending_opens = self._pending_opens, []
        for each in pending:
            window.handle_open_request(each)

    def _open_target(self, target: str) -> None:
        if self.window is not None:
            # A closing window would come to the front and then disappear.
            if not self.window.is_closing:
                self.window.raise_to_front()
                self.window.handle_open_request(target)
        elif len(self._pending_opens) < _MAX_PENDING_OPENS:
            self._pending_opens.append(target)


def run(options: Options) -> int:
    """Runs the program and returns its exit code."""
    # Objects created at startup stay alive; collecting garbage among them takes a tenth of the
    # startup time.
    gc.disable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    taskbar_identity.set_app_id()
    QApplication.setDesktopFileName(APP_ID)
    QApplication.setStyle("Fusion")
    app = _Application(sys.argv[:1])
    app.setApplicationName(APP_NAME)
    app.setApplicationVersion(__version__)
    # The window decides when the program ends: it may have to wait for a body being sent.
    app.setQuitOnLastWindowClosed(False)
    with _data_folder(options) as data_dir:
        paths: Paths | None = None
        try:
            try:
                paths = find_paths(data_dir)
            except OSError as error:
                return _exit_with_message(app, _invalid_folder_text(data_dir, error))
            return _run_in_folder(app, options, paths)
        except Exception as error:
            # The window can no longer show the error.
            app.window = None
            for widget in app.topLevelWidgets():
                widget.hide()
            return _exit_with_message(app, _report_startup_error(error, options, paths))


def _target_of(event: QFileOpenEvent) -> str:
    from runcomfy_desktop.app.open_requests import open_target

    encoded = event.url().toEncoded().data()
    return open_target(bytes(encoded).decode("ascii", "replace") or event.file())


def _data_folder(options: Options) -> AbstractContextManager[Path | None]:
    """Returns the data folder; the tour gets its own, so that it does not touch the user's data."""
    if options.tour is not None and options.data_dir is None:
        return _temporary_folder()
    return nullcontext(options.data_dir)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcomfy-desktop-tour-") as folder:
        yield Path(folder)


def _run_in_folder(app: _Application, options: Options, paths: Paths) -> int:
    disk_full: OSError | None = None
    try:
        paths.base.mkdir(parents=True, exist_ok=True)
        disk_full = _disk_full_error(paths)
        single_window = SingleWindow(paths.lock)
        handed_over = _hand_over(single_window, options)
    except OSError as error:
        return _exit_with_message(app, _unwritable_folder_text(paths, disk_full or error))
    if handed_over is not None:
        return _exit_with_message(app, handed_over) if handed_over else 0
    try:
        return _run_only_window(app, options, paths, single_window)
    finally:
        single_window.release()


def _disk_full_error(paths: Paths) -> OSError | None:
    """Returns the error of a full disk if there are jobs to be followed, or None if there is space.

    Raises OSError if writing fails for another reason, or if there are no jobs.
    """
    from runcomfy_desktop.store.atomic_write import is_disk_full

    try:
        with tempfile.TemporaryFile(dir=paths.base, buffering=0) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError as error:
        histories = (paths.session(demo=demo).history for demo in (False, True))
        if not is_disk_full(error) or not any(map(Path.exists, histories)):
            raise
        return error
    return None


def _run_only_window(
    app: _Application, options: Options, paths: Paths, single_window: SingleWindow
) -> int:
    load_errors: list[Exception] = []
    try:
        # Before anything in the folder is changed: it may belong to a newer version of the program.
        check_data_folder(paths.data_version)
        settings = load_settings(paths.settings, load_errors.append)
    except Problem as problem:
        # A second start must report the same problem, not wait for a window that does not exist.
        single_window.release()
        return _exit_with_message(app, problem.sentence())
    with crash_log.record_crashes(paths.logs) as has_crashed:
        theme.apply_initial(app, settings.theme)
        window = MainWindow(paths.window_state)
        window.show()
        startup = StartupSequence(window)
        startup.run(_startup_steps(app, window, paths, settings))
        if startup.context is None:
            # The window was closed before it had any contents.
            return 0
        app.set_window(window)
        for load_error in load_errors:
            startup.context.notices.post_failure(load_error)
        if has_crashed:
            startup.context.notify_of_crash()
        from runcomfy_desktop.app.lifecycle import run_until_closed

        return run_until_closed(app, options, single_window, startup.context)


def _startup_steps(
    app: QApplication, window: MainWindow, paths: Paths, settings: Settings
) -> Iterator[AppContext | None]:
    """Runs the steps between the first frame and the loop; the last one yields the context."""
    yield from import_steps(*_WINDOW_MODULES)
    theme.apply(app, settings.theme)
    yield None
    from runcomfy_desktop.app.lifecycle import AppContext

    context = AppContext.create(app, window, paths, settings)
    for _step in context.build_contents():
        yield None
    # Everything is on screen now. Listening for a second start needs this module, whose import
    # takes time.
    yield from import_steps("PySide6.QtNetwork")
    yield context


def _report_startup_error(error: Exception, options: Options, paths: Paths | None) -> str:
    """Logs the error and returns a message for the user who started the program."""
    description = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_ERROR_CHARS]
    sentences = [
        _("The program cannot run: a part of it is missing or broken (%s).") % description,
        _("Your jobs and inputs are kept. Install it again."),
    ]
    if paths is not None:
        # The message is shown even if logging itself is broken.
        with suppress(Exception):
            from runcomfy_desktop.app import logs

            file = logs.log_fatal_error(paths.logs, options.log_level, error)
            sentences.append(_("The details are in %s.") % file)
    return " ".join(sentences)


def _invalid_folder_text(folder: Path | None, error: OSError) -> str:
    reason = _("The folder %(folder)s cannot be used for the program's data: %(reason)s.") % {
        "folder": folder or error.filename,
        "reason": error.strerror or error,
    }
    return " ".join((reason, _("Nothing was changed. Choose another folder with --data-dir.")))


def _unwritable_folder_text(paths: Paths, error: OSError) -> str:
    from runcomfy_desktop.store.atomic_write import disk_problem, is_disk_full

    if is_disk_full(error):
        reason = disk_problem(error, paths.base).sentence()
    else:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        cause = _("a file is in its place") if is_file else error.strerror or error
        reason = _("The program cannot write to its data folder %(folder)s: %(reason)s.") % {
            "folder": paths.base,
            "reason": cause,
        }
    return " ".join((reason, _("Nothing was changed. Choose another folder with --data-dir.")))


def _hand_over(single_window: SingleWindow, options: Options) -> str | None:
    """Passes the open request to another window on the folder, if there is one.

    Returns None if this is the only window, "" if the other one has accepted the request, or an
    error message. Waits for a window that is closing or has only just been started.
    """
    timeout_s = options.timeouts.other_window_s
    deadline_s = time.monotonic() + (_OTHER_WINDOW_TIMEOUT_S if timeout_s is None else timeout_s)
    while not single_window.acquire():
        if single_window.send_to_first(options.open_target):
            return ""
        if time.monotonic() > deadline_s:
            return _(
                "Another window uses this data folder and does not answer. "
                "Close it, then start again."
            )
        time.sleep(_RETRY_INTERVAL_S)
    return None


def _exit_with_message(app: QApplication, message: str) -> int:
    """Shows a message on screen and in the terminal; returns the exit code."""
    from runcomfy_desktop.ui.main_window.startup_error import startup_error_box

    print(message, file=sys.stderr)  # noqa: T201 - seen if started in a terminal
    box = startup_error_box(message)
    box.finished.connect(app.quit)
    box.open()
    app.exec()
    return 1
