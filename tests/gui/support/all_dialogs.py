"""All dialogs of the program by class, and functions that open them over a window with a workflow.

`unlisted_dialogs` returns the dialogs that are missing here.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QDialog, QLabel

import runcomfy_desktop.ui
from runcomfy_desktop.core.updates import Updates, UpdateSchedule
from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange
from runcomfy_desktop.domain.drafts.difference_text import WorkflowComparison
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
from runcomfy_desktop.domain.drafts.pin import pin_of
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.masks import MaskChannel
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.account.connect import ConnectDialog
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.deployments.delete_dialog import DeleteDeploymentDialog
from runcomfy_desktop.ui.deployments.details_dialog import DeploymentDetailsDialog
from runcomfy_desktop.ui.deployments.readme_view import ReadmeLinkDialog
from runcomfy_desktop.ui.deployments.workflow_changed_dialog import WorkflowChangedDialog
from runcomfy_desktop.ui.drafts.conversion_report import ConversionReportDialog
from runcomfy_desktop.ui.drafts.orphaned_values_dialog import OrphanedValuesDialog
from runcomfy_desktop.ui.drafts.workflow_difference import WorkflowDifferenceDialog
from runcomfy_desktop.ui.help.update import UpdateDialog
from runcomfy_desktop.ui.image_tools.mask_dialog import MaskDialog
from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog
from runcomfy_desktop.ui.input_tree.full_text_dialog import FullTextDialog
from runcomfy_desktop.ui.input_tree.input_commands import ColourDialog
from runcomfy_desktop.ui.job_queue.job_details import JobDetailsDialog
from runcomfy_desktop.ui.job_queue.resolve_job import ResolveJobDialog
from runcomfy_desktop.ui.job_queue.state_texts import StateContext, describe_state
from runcomfy_desktop.ui.main_window.open_link import OpenLinkDialog
from runcomfy_desktop.ui.pins.pin_dialog import PinDialog
from runcomfy_desktop.ui.presets.export_dialog import ExportPresetsDialog
from runcomfy_desktop.ui.presets.name_dialog import ask_name
from runcomfy_desktop.ui.presets.preview_dialog import PresetPreview
from runcomfy_desktop.ui.presets.save_dialog import PresetSaveOptions, SavePresetDialog
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.text_dialog import TextDialog
from tests.gui.support.focus import open_dialog_by_action
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.scripted_queue import job
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.release import Release
    from tests.gui.support.gui_program import GuiProgram

# These dialogs are opened by menu actions, which supply the data that they need.
_BY_ACTION = {
    "SettingsDialog": "settings",
    "DiagnosticsDialog": "diagnostics",
    "DataFoldersDialog": "data_folders",
    "AboutDialog": "about",
    "BatchDialog": "run_several",
    "SweepDialog": "sweep",
    "EssentialsDialog": "choose_essentials",
}
_TEXT, _STEPS = InputKey("6", "text"), InputKey("31", "steps")
_PICTURE = MediaFile("bike.png", "0.png", "0", "image/png", 9, 1, 1)


def unlisted_dialogs() -> set[str]:
    """Returns the names of the program's dialog classes that this module does not open."""
    for module in pkgutil.walk_packages(runcomfy_desktop.ui.__path__, "runcomfy_desktop.ui."):
        importlib.import_module(module.name)
    # The base classes are covered by their subclasses, and ColourDialog has Qt's own buttons and
    # keys.
    listed = {*NAMES, TextDialog.__name__, ColourDialog.__name__}
    return {
        each.__name__
        for each in _subclasses(QDialog)
        if each.__module__.startswith("runcomfy_desktop.") and each.__name__ not in listed
    }


def _subclasses(base: type[QDialog]) -> Iterator[type[QDialog]]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


async def open_dialog(program: GuiProgram, name: str) -> Dialog:
    """Opens the dialog of a class, activates it, and waits for its delayed contents."""
    if name in _BY_ACTION:
        await program.trigger(_BY_ACTION[name])
        found = await open_dialog_by_action(program, _BY_ACTION[name])
        assert isinstance(found, Dialog)
        assert type(found).__name__ == name
        return found
    dialog = _FACTORIES[name](program)
    assert type(dialog).__name__ == name
    dialog.open()
    dialog.activateWindow()
    if isinstance(dialog, DeploymentDetailsDialog):
        note = find(dialog, QLabel, "readme_note")
        await wait_until(lambda: not note.text().startswith("Loading"))
    await process_events_async()
    return dialog


def _draft(program: GuiProgram) -> Draft:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return draft


def _delete(program: GuiProgram) -> Dialog:
    record = program.services.catalogue.state.deployments[0]
    return DeleteDeploymentDialog(record, program.window, active_jobs=1, is_open=True)


def _details(program: GuiProgram) -> Dialog:
    return DeploymentDetailsDialog(
        program.services.catalogue.state.deployments[0], program.services, program.window
    )


def _full_text(program: GuiProgram) -> Dialog:
    view = program.session.inputs.view
    return FullTextDialog(view.dialog_parent, view.inputs, _TEXT)


def _job_details(program: GuiProgram) -> Dialog:
    broken = job("broken", JobState.FAILED, reason="Out of memory.", technical="CUDA: 1\nCUDA: 2")
    now_s = time.time()
    return JobDetailsDialog(
        broken, describe_state(broken, StateContext(now_s)), now_s, program.window
    )


def _orphans(program: GuiProgram) -> Dialog:
    return OrphanedValuesDialog(
        replace(_draft(program), orphaned=(OrphanedValue(_TEXT, "a bike"),)), program.window
    )


def _open_link(program: GuiProgram) -> Dialog:
    record = program.services.catalogue.state.deployments[0]
    return OpenLinkDialog(record, "bike.json", program.window)


def _pin(program: GuiProgram) -> Dialog:
    pin = pin_of(_STEPS, _draft(program).workflow)
    return PinDialog(program.session.inputs.view, pin)


def _update(program: GuiProgram) -> Dialog:
    async def nothing() -> Release:
        raise AssertionError("nobody asked")

    timing = UpdateSchedule(0.0, 0.01)
    return UpdateDialog(
        Updates(program.preferences, program.services.notices, nothing, "0.2.0", schedule=timing),
        program.window,
    )


def _workflow_difference(program: GuiProgram) -> Dialog:
    workflow = _draft(program).workflow
    comparison = WorkflowComparison(
        workflow, workflow, WorkflowDifference({_STEPS: 9}, (), ()), "One", "Other"
    )
    return WorkflowDifferenceDialog(comparison, program.window)


def _question(program: GuiProgram) -> Dialog:
    return ask_confirmation(
        program.window,
        "question",
        title="Why?",
        text="It is so.",
        button_text="Do it",
        on_yes=lambda: None,
    )


def _name(program: GuiProgram) -> Dialog:
    return ask_name(
        program.window,
        "preset_name",
        title="A name",
        action_text="Take it",
        on_name=lambda _name: None,
    )


_FACTORIES: dict[str, Callable[[GuiProgram], Dialog]] = {
    "WorkflowChangedDialog": lambda program: WorkflowChangedDialog(
        WorkflowChange("A", ("1", "2")), program.window
    ),
    "ConnectDialog": lambda program: ConnectDialog(program.services.account, program.window),
    "ConversionReportDialog": lambda program: ConversionReportDialog(
        "A", ConversionReport(), program.window
    ),
    "DeleteDeploymentDialog": _delete,
    "DeploymentDetailsDialog": _details,
    "Dialog": _question,
    "ExportPresetsDialog": lambda program: ExportPresetsDialog(2, (1, 2), program.window),
    "FullTextDialog": _full_text,
    "JobDetailsDialog": _job_details,
    "OrphanedValuesDialog": _orphans,
    "ReadmeLinkDialog": lambda program: ReadmeLinkDialog(
        QUrl("https://www.runcomfy.com/x"), program.window
    ),
    "MaskDialog": lambda program: MaskDialog(
        _PICTURE, MaskChannel.ALPHA, BackgroundTasks(program.window), program.window
    ),
    "OpenLinkDialog": _open_link,
    "PinDialog": _pin,
    "PresetPreview": lambda program: PresetPreview(
        "Night", program.window, skips_when_fitting=False
    ),
    "ResolveJobDialog": lambda program: ResolveJobDialog(
        job("unknown", JobState.UNCERTAIN), "about $1.00", program.window
    ),
    "SavePresetDialog": lambda program: SavePresetDialog(
        PresetSaveOptions(("steps",), 1, ("", "Night"), lambda _folder, _name: "", (9,), 1),
        program.window,
    ),
    "ShrinkDialog": lambda program: ShrinkDialog(
        _PICTURE, BackgroundTasks(program.window), program.window
    ),
    "UpdateDialog": _update,
    "WorkflowDifferenceDialog": _workflow_difference,
    "_PresetNameDialog": _name,
}
NAMES = (*_BY_ACTION, *_FACTORIES)
