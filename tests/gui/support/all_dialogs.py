"""Every dialog of the program, by its class, and how each is opened over a window that shows a
workflow. A dialog that is not here is missed by `unlisted`."""

from __future__ import annotations

import importlib
import pkgutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QDialog, QLabel

import runcomfy_desktop.ui
from runcomfy_desktop.core.updates import Pace, Updates
from runcomfy_desktop.domain.conversion.report import Report
from runcomfy_desktop.domain.difference_text import Compared
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.left_values import LeftValue
from runcomfy_desktop.domain.masks import MaskChannel
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.overrides import Difference
from runcomfy_desktop.domain.pin import pin_of
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.domain.workflow_change import WorkflowChange
from runcomfy_desktop.ui.deployment.delete import DeleteDialog
from runcomfy_desktop.ui.deployment.details import DetailsDialog
from runcomfy_desktop.ui.deployment.readme import LinkDialog
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.dialogs.connect import ConnectDialog
from runcomfy_desktop.ui.dialogs.conversion_report import ConversionReportDialog
from runcomfy_desktop.ui.dialogs.job_details import JobDetailsDialog
from runcomfy_desktop.ui.dialogs.open_link import OpenLinkDialog
from runcomfy_desktop.ui.dialogs.resolve import ResolveDialog
from runcomfy_desktop.ui.dialogs.update import UpdateDialog
from runcomfy_desktop.ui.dialogs.what_differs import WhatDiffersDialog
from runcomfy_desktop.ui.drafts.left_dialog import LeftDialog
from runcomfy_desktop.ui.inputs.colour_dialog import ColourDialog
from runcomfy_desktop.ui.inputs.full_text import FullText
from runcomfy_desktop.ui.inputs.pin_dialog import PinDialog
from runcomfy_desktop.ui.jobs.words import Circumstances, state_words
from runcomfy_desktop.ui.media.mask_painter import MaskPainter
from runcomfy_desktop.ui.media.shrink_dialog import ShrinkDialog
from runcomfy_desktop.ui.offline.changed_dialog import ChangedDialog
from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.presets.export_dialog import ExportDialog
from runcomfy_desktop.ui.presets.name_dialog import ask_name
from runcomfy_desktop.ui.presets.preview import PresetPreview
from runcomfy_desktop.ui.presets.save_dialog import Offer, SaveDialog
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.reading import ReadingDialog
from tests.gui.support.focus import until_ready
from tests.gui.support.hands import find
from tests.gui.support.house import turn
from tests.gui.support.queue_kit import job
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.release import Release
    from tests.gui.support.house import House

# Opened by an action of the menus, which lends them what they need.
_BY_ACTION = {
    "SettingsDialog": "settings",
    "DiagnosticsDialog": "diagnostics",
    "DataFoldersDialog": "data_folders",
    "AboutDialog": "about",
    "SeveralDialog": "run_several",
    "SweepDialog": "sweep",
}
_TEXT, _STEPS = InputKey("6", "text"), InputKey("31", "steps")
_PICTURE = MediaFile("bike.png", "0.png", "0", "image/png", 9, 1, 1)


def unlisted() -> set[str]:
    """Classes of dialogs in the program that nothing here opens."""
    for module in pkgutil.walk_packages(runcomfy_desktop.ui.__path__, "runcomfy_desktop.ui."):
        importlib.import_module(module.name)
    # What the others are made of is opened as one of them, and one has Qt's own buttons and keys.
    listed = {*NAMES, ReadingDialog.__name__, ColourDialog.__name__}
    return {
        each.__name__
        for each in _heirs(QDialog)
        if each.__module__.startswith("runcomfy_desktop.") and each.__name__ not in listed
    }


def _heirs(of: type[QDialog]) -> Iterator[type[QDialog]]:
    for heir in of.__subclasses__():
        yield heir
        yield from _heirs(heir)


async def opened(house: House, name: str) -> Dialog:
    """The dialog of a class, on screen and active, with all that comes late into it."""
    if name in _BY_ACTION:
        await house.trigger(_BY_ACTION[name])
        found = await until_ready(house, _BY_ACTION[name])
        assert isinstance(found, Dialog)
        assert type(found).__name__ == name
        return found
    dialog = _MADE[name](house)
    assert type(dialog).__name__ == name
    dialog.open()
    dialog.activateWindow()
    if isinstance(dialog, DetailsDialog):
        note = find(dialog, QLabel, "readme_note")
        await until(lambda: not note.text().startswith("Loading"))
    await turn()
    return dialog


def _draft(house: House) -> Draft:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return draft


def _delete(house: House) -> Dialog:
    record = house.parts.catalogue.state.deployments[0]
    return DeleteDialog(record, house.window, active_jobs=1, is_open=True)


def _details(house: House) -> Dialog:
    return DetailsDialog(house.parts.catalogue.state.deployments[0], house.parts, house.window)


def _full_text(house: House) -> Dialog:
    assert house.window.centre.inputs is not None
    return FullText(house.window.centre.inputs.view, _TEXT)


def _job_details(house: House) -> Dialog:
    broken = job("broken", JobState.FAILED, reason="Out of memory.", technical="CUDA: 1\nCUDA: 2")
    now_s = time.time()
    return JobDetailsDialog(broken, state_words(broken, Circumstances(now_s)), now_s, house.window)


def _left(house: House) -> Dialog:
    return LeftDialog(replace(_draft(house), left=(LeftValue(_TEXT, "a bike"),)), house.window)


def _open_link(house: House) -> Dialog:
    record = house.parts.catalogue.state.deployments[0]
    return OpenLinkDialog(record, "bike.json", house.window)


def _pin(house: House) -> Dialog:
    assert house.window.centre.inputs is not None
    pin = pin_of(_STEPS, _draft(house).workflow)
    return PinDialog(house.window.centre.inputs.view, pin)


def _update(house: House) -> Dialog:
    async def nothing() -> Release:
        raise AssertionError("nobody asked")

    pace = Pace(0.0, 0.01)
    return UpdateDialog(
        Updates(house.preferences, house.parts.notices, nothing, "0.2.0", pace=pace), house.window
    )


def _what_differs(house: House) -> Dialog:
    workflow = _draft(house).workflow
    compared = Compared(workflow, workflow, Difference({_STEPS: 9}, (), ()), "One", "Other")
    return WhatDiffersDialog(compared, house.window)


def _question(house: House) -> Dialog:
    return ask(
        house.window, "question", title="Why?", text="It is so.", deed="Do it", on_yes=lambda: None
    )


def _name(house: House) -> Dialog:
    return ask_name(
        house.window, "preset_name", title="A name", deed="Take it", on_name=lambda _name: None
    )


_MADE: dict[str, Callable[[House], Dialog]] = {
    "ChangedDialog": lambda house: ChangedDialog(WorkflowChange("A", ("1", "2")), house.window),
    "ConnectDialog": lambda house: ConnectDialog(house.parts.account, house.window),
    "ConversionReportDialog": lambda house: ConversionReportDialog("A", Report(), house.window),
    "DeleteDialog": _delete,
    "DetailsDialog": _details,
    "Dialog": _question,
    "ExportDialog": lambda house: ExportDialog(2, (1, 2), house.window),
    "FullText": _full_text,
    "JobDetailsDialog": _job_details,
    "LeftDialog": _left,
    "LinkDialog": lambda house: LinkDialog(QUrl("https://www.runcomfy.com/x"), house.window),
    "MaskPainter": lambda house: MaskPainter(
        _PICTURE, MaskChannel.ALPHA, Background(house.window), house.window
    ),
    "OpenLinkDialog": _open_link,
    "PinDialog": _pin,
    "PresetPreview": lambda house: PresetPreview("Night", house.window, is_quiet=False),
    "ResolveDialog": lambda house: ResolveDialog(
        job("unknown", JobState.UNCERTAIN), "about $1.00", house.window
    ),
    "SaveDialog": lambda house: SaveDialog(
        Offer(("steps",), 1, ("", "Night"), lambda _folder, _name: "", (9,), 1), house.window
    ),
    "ShrinkDialog": lambda house: ShrinkDialog(_PICTURE, Background(house.window), house.window),
    "UpdateDialog": _update,
    "WhatDiffersDialog": _what_differs,
    "_NameDialog": _name,
}
NAMES = (*_BY_ACTION, *_MADE)
