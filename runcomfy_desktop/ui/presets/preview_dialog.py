"""Preview of what a preset would change, in which the user chooses the changes to apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.presets import preview_texts as texts
from runcomfy_desktop.ui.presets.preview_detail import PreviewDetail
from runcomfy_desktop.ui.presets.preview_model import PreviewModel
from runcomfy_desktop.ui.presets.preview_texts import missing_text, searching_text
from runcomfy_desktop.ui.presets.preview_view import PreviewView
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, with_break_points
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.presets.proposal import PresetProposal

_WIDTH, _MIN_HEIGHT, _EMPTY_HEIGHT = 230 * STEP, 110 * STEP, 40 * STEP
_MAX_TITLE_CHARS = 80


class MissingFilesBar(QWidget):
    """Bar with the names of a preset's missing files and buttons to look for all of them.

    Emits `search_paths_chosen` with paths of folders or files.
    """

    search_paths_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._line = IconLine("missing_files_text", self)
        self._folder_button = text_button(_("Look in a folder…"), "missing_files_folder", self)
        self._files_button = text_button(_("Choose files…"), "missing_files_choose", self)
        buttons = (self._folder_button, self._files_button)
        row((self._line, 1), *buttons, owner=self, margins=(0, STEP, 0, STEP))
        self.setObjectName("missing_files")
        self.hide()
        self._folder_button.clicked.connect(lambda: self._open_file_dialog(for_folder=True))
        self._files_button.clicked.connect(lambda: self._open_file_dialog(for_folder=False))

    def show_files(self, files: Sequence[MediaFile], *, is_searching: bool = False) -> None:
        self.setVisible(bool(files))
        names = [each.name for each in files]
        if files:
            text = searching_text(names) if is_searching else missing_text(names)
            self._line.show_text(with_break_points(text), "warning", "warning")
        for button in (self._folder_button, self._files_button):
            button.setEnabled(not is_searching)
            button.setAccessibleDescription(_("They are being looked for.") if is_searching else "")

    def _open_file_dialog(self, *, for_folder: bool) -> None:
        title = _("Where are the files?")
        dialog = QFileDialog(self, title)
        dialog.setObjectName("missing_files_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        mode = QFileDialog.FileMode.Directory if for_folder else QFileDialog.FileMode.ExistingFiles
        dialog.setFileMode(mode)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, for_folder)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def _on_files_selected(self, paths: list[str]) -> None:
        if paths:
            self.search_paths_chosen.emit(paths)


@dataclass(frozen=True, slots=True)
class PreviewPlan:
    """Content of the preview: the plan, possible resets, missing files, and the number of new pins.

    While `is_searching_files` is True, the missing files are those not found yet.
    """

    draft: Draft
    proposals: Sequence[PresetProposal]
    resets: Sequence[PresetProposal]
    missing_files: Sequence[MediaFile] = ()
    pin_count: int = 0
    is_searching_files: bool = False


class PresetPreview(Dialog):
    """Preview dialog, shown with open().

    Emits `confirmed` with the chosen proposals, `target_chosen` with a proposal and its new target
    input, `fix_chosen` with a proposal that is to use the offered value, and `search_paths_chosen`
    with paths in which to look for files.

    `skips_when_fitting` is True if the preview is not to be shown next time everything fits.
    """

    confirmed = Signal(object)
    target_chosen = Signal(object, object)
    fix_chosen = Signal(object)
    search_paths_chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget, *, skips_when_fitting: bool) -> None:
        super().__init__(parent)
        self._name = name
        self._plan: PreviewPlan | None = None
        self._is_updating_rows = False
        self._is_outdated = self._is_confirmed = False
        self._model = PreviewModel(self)
        self._view = PreviewView(self._model, self)
        self._detail = PreviewDetail(self)
        self._summary = muted_label("", "preview_summary", self, wrap=True)
        self._missing_files_bar = MissingFilesBar(self)
        list_page = QWidget(self)
        column((self._view, 1), self._detail, owner=list_page, spacing=3 * STEP)
        self._content = ContentStack(list_page, self)
        self._reset_box = QCheckBox(self)
        self._pins_box = QCheckBox(self)
        self._skip_box = QCheckBox(_("Do not show this when everything fits"), self)
        self._select_all_button = text_button(_("Select all"), "preview_all", self)
        self._select_none_button = text_button(_("Select none"), "preview_none", self)
        self._cancel_button = text_button(_("Cancel"), "preview_cancel", self)
        self._apply_button = text_button(texts.apply_text(()), "preview_apply", self, primary=True)
        self._skip_box.setChecked(skips_when_fitting)
        self._build()
        self._connect()

    @property
    def skips_when_fitting(self) -> bool:
        return self._skip_box.isChecked()

    @property
    def applies_pins(self) -> bool:
        """True if the preset's pins are to be set."""
        return self._plan is not None and bool(self._plan.pin_count) and self._pins_box.isChecked()

    def mark_outdated(self) -> None:
        """Marks the plan as outdated: a confirmation then applies to the plan that comes next."""
        self._is_outdated = True

    def show_plan(self, plan: PreviewPlan) -> None:
        """Shows a plan; the row that was current before stays current."""
        is_first = self._plan is None
        self._plan, self._is_outdated = plan, False
        self._missing_files_bar.show_files(plan.missing_files, is_searching=plan.is_searching_files)
        text = n_(
            "Reset %d input that the preset does not name",
            "Reset %d inputs that the preset does not name",
            len(plan.resets),
        )
        self._reset_box.setText(text % len(plan.resets))
        self._reset_box.setVisible(bool(plan.resets))
        text = n_(
            "Add %d essential of the preset", "Add %d essentials of the preset", plan.pin_count
        )
        self._pins_box.setText(text % plan.pin_count)
        self._pins_box.setVisible(bool(plan.pin_count))
        self._update_rows()
        if is_first:
            self._resize_to_rows()
            # So that the heading above the row is visible.
            self._view.scrollToTop()
            (self._view if self._model.rowCount() else self._cancel_button).setFocus()
        if self._is_confirmed:
            self._is_confirmed = False
            self._confirm()

    def _resize_to_rows(self) -> None:
        """Resizes to the height of the rows, as far as there is space."""
        rows = self._model.rowCount()
        rows_height = self._view.sizeHintForRow(0) * rows if rows else _EMPTY_HEIGHT
        layout = self.layout()
        assert layout is not None
        layout.activate()
        chrome_height = self.sizeHint().height() - self._view.sizeHint().height()
        self.resize(
            self.bounded_size(_WIDTH, max(_MIN_HEIGHT, chrome_height + rows_height + 2 * STEP))
        )

    def _update_rows(self) -> None:
        plan = self._plan
        if plan is None:
            return
        resets = plan.resets if self._reset_box.isChecked() else ()
        current_proposal = self._model.proposal(self._view.currentIndex())
        # The details are not updated in between: the focused target box there would lose the focus.
        self._is_updating_rows = True
        self._model.set_proposals((*plan.proposals, *resets), plan.draft)
        index = (
            QModelIndex() if current_proposal is None else self._model.index_of(current_proposal)
        )
        self._view.select_row(index if index.isValid() else self._model.index(1))
        self._is_updating_rows = False
        has_rows = bool(self._model.rowCount())
        self._summary.setText(texts.summary_text(plan.proposals))
        self._summary.setVisible(has_rows)
        if has_rows:
            self._content.show_content()
        else:
            self._content.show_message(_("This preset changes nothing here."), icon="check")
        can_tick = any(each.is_possible for each in self._model.proposals)
        can_change = (
            plan.pin_count or plan.resets or any(each.has_effect for each in plan.proposals)
        )
        close_text = _("Cancel") if can_change else _("Close")
        self._cancel_button.setText(close_text)
        self._cancel_button.setAccessibleName(close_text)
        for button in (self._select_all_button, self._select_none_button):
            button.setEnabled(can_tick)
            button.setAccessibleDescription("" if can_tick else _("Nothing here can be ticked."))
        self._on_current_changed(self._view.currentIndex())

    def _connect(self) -> None:
        self._model.ticks_changed.connect(self._on_ticks_changed)
        self._pins_box.toggled.connect(self._on_ticks_changed)
        selection = self._view.selectionModel()
        selection.currentChanged.connect(
            lambda current, _previous: self._on_current_changed(current)
        )
        self._detail.target_chosen.connect(self.target_chosen)
        self._detail.fix_chosen.connect(self._on_detail_fix_chosen)
        self._missing_files_bar.search_paths_chosen.connect(self.search_paths_chosen)
        self._reset_box.toggled.connect(self._on_reset_toggled)
        self._select_all_button.clicked.connect(lambda: self._model.tick_all(is_on=True))
        self._select_none_button.clicked.connect(lambda: self._model.tick_all(is_on=False))
        self._cancel_button.clicked.connect(self.reject)
        self._apply_button.clicked.connect(self._on_apply_clicked)

    def _on_ticks_changed(self) -> None:
        chosen = self._model.chosen()
        text = texts.apply_text(chosen)
        self._apply_button.setText(literal(text))
        self._apply_button.setAccessibleName(text)
        changes_something = bool(chosen) or self.applies_pins
        self._apply_button.setEnabled(changes_something)
        self._apply_button.setAccessibleDescription(
            "" if changes_something else _("Nothing is ticked.")
        )

    def _on_detail_fix_chosen(self, proposal: PresetProposal) -> None:
        # The button disappears with its error.
        self._view.setFocus()
        self.fix_chosen.emit(proposal)

    def _on_current_changed(self, index: QModelIndex) -> None:
        if self._plan is not None and not self._is_updating_rows:
            self._detail.show_proposal(self._model.proposal(index), self._plan.draft)

    def _on_reset_toggled(self, is_on: bool) -> None:
        self._update_rows()
        announce(self, self._apply_button.text())

    def _on_apply_clicked(self) -> None:
        if self._is_outdated:
            self._is_confirmed = True
            self._summary.setText(_("Looking at what it changes by now…"))
        else:
            self._confirm()

    def _confirm(self) -> None:
        chosen = self._model.chosen()
        if chosen or self.applies_pins:
            self.accept()
            self.confirmed.emit(chosen)

    def _build(self) -> None:
        self.setObjectName("preset_preview_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Apply “%s”") % shortened(one_line(self._name), _MAX_TITLE_CHARS)
        self.setWindowTitle(title)
        self._reset_box.setObjectName("preview_reset")
        self._pins_box.setObjectName("preview_pins")
        self._pins_box.setChecked(True)
        self._skip_box.setObjectName("preview_quiet")
        self._apply_button.setDefault(True)
        all_or_none = (self._select_all_button, self._select_none_button)
        left = Qt.AlignmentFlag.AlignLeft
        column(
            heading_label(with_break_points(title), "preview_title", self, wrap=True),
            self._summary,
            self._missing_files_bar,
            (self._content, 1),
            STEP,
            (self._reset_box, left),
            (self._pins_box, left),
            (self._skip_box, left),
            STEP,
            row(*all_or_none, STRETCH, self._cancel_button, self._apply_button),
            owner=self,
            margins=(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP),
        )
        # Set on the view: a minimum width of the dialog could be less than its buttons need.
        self._view.setMinimumWidth(_WIDTH // 2 - 10 * STEP)
