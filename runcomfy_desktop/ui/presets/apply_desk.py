"""The apply desk: puts a preset on the draft in view, after the person has seen what it changes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QTimer

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.preset.media_members import with_files
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.presets.apply_case import Case, always, fits, media_of
from runcomfy_desktop.ui.taking_back import settled, take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.media_finder import Found
    from runcomfy_desktop.core.preset_planner import Planned
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.pin import Pin
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.presets.preview import PresetPreview
    from runcomfy_desktop.ui.window_state import WindowState

_QUIET = "presets_quiet"
_NAME_LETTERS = 60
# Files are mostly where they were; when they are not, somebody wants to know what goes on.
_PATIENCE_MS = 400


class ApplyDesk(QObject):
    """One preset at a time: another one takes its place. `state` remembers whether the preview is
    shown when everything fits."""

    def __init__(self, window: QWidget, state: WindowState) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._case: Case | None = None
        self._preview: PresetPreview | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_timeout)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.workbench.changed, self._on_workbench_changed)

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        self._leave()

    def apply(self, path: str) -> None:
        """Applies a preset of the library, see `apply_preset`."""
        draft = self._draft()
        if self._parts is None or draft is None:
            self._tell_nothing_in_view()
            return
        key = draft.key

        def then(preset: Preset) -> None:
            # Whoever went on to another workflow while it was read did not mean that one.
            now = self._draft()
            if now is not None and now.key == key:
                self.apply_preset(preset, preset.name, path)

        self._parts.library.read(path, then)

    def begin_with(self, path: str, may_begin: Callable[[], bool]) -> None:
        """Applies a preset of the library without a question, unless something does not fit.
        `may_begin` is asked once it is read, and again before anything is done."""
        if self._parts is None:
            return

        def then(preset: Preset) -> None:
            # What is being typed counts as well.
            if self._settled() is not None and may_begin():
                self._begin(preset, preset.name, path, is_quiet=True, may_go_on=may_begin)

        self._parts.library.read(path, then)

    def apply_preset(self, preset: Preset, name: str = "", path: str = "") -> None:
        """Shows what `preset` would change in the draft in view, and applies what is chosen of it.
        Where everything fits, and the person wished so, it is applied at once."""
        self._begin(preset, name, path, is_quiet=self._is_quiet())

    def _begin(
        self,
        preset: Preset,
        name: str,
        path: str,
        *,
        is_quiet: bool,
        may_go_on: Callable[[], bool] = always,
    ) -> None:
        draft = self._settled()
        if draft is None or self._parts is None:
            self._tell_nothing_in_view()
            return
        self._leave()
        shown = shortened(one_line(name or preset.name), _NAME_LETTERS)
        case = self._case = Case(preset, shown, path, draft.key, is_quiet, may_go_on, preset)
        case.missing = tuple(media_of(preset))
        self._patience.start()
        self._parts.shelf.finder.find(
            case.missing,
            lambda found: self._on_found(case, found),
            brought=preset.files,
            folders=self._folders(draft),
        )

    def _on_found(self, case: Case, found: Found) -> None:
        """Its media are known; unless the person went on to something else meanwhile."""
        if case is not self._case:
            return
        self._patience.stop()
        case.files |= found.files
        case.taken |= found.taken
        case.missing, case.is_looking, case.is_new = found.missing, False, True
        self._plan(case)

    def _on_patience_timeout(self) -> None:
        """The search takes long: what is known by then is shown meanwhile."""
        if self._case is not None:
            self._plan(self._case)

    def _plan(self, case: Case) -> None:
        """Has it planned, and goes on with it then; with what is being planned nobody goes on."""
        from runcomfy_desktop.core.preset_planner import PlanWish

        draft, parts = self._draft(), self._parts
        if draft is None or parts is None or draft.key != case.draft_key:
            self._leave()
            return
        schema = parts.workbench.state.schema
        case.planned = (draft, schema)
        missing = frozenset(each.sha256 for each in case.missing)
        preset = with_files(case.mended, case.files)
        wish = PlanWish(preset, draft, schema, missing, dict(case.goals))
        if self._preview is not None:
            self._preview.expect_plan()
        parts.library.planner.plan(wish, lambda planned: self._on_planned(case, planned))

    def _on_planned(self, case: Case, planned: Planned) -> None:
        """What it would do is known; unless the draft is another one by now."""
        if case is not self._case:
            return
        draft, parts = self._draft() if self._preview else self._settled(), self._parts
        schema = None if parts is None else parts.workbench.state.schema
        if draft is None or parts is None or not case.is_planned(draft, schema):
            self._plan(case)
            return
        case.proposals, case.resets = planned.proposals, planned.resets
        if self._preview is None and not case.may_go_on():
            self._leave()
            return
        if case.is_new:
            case.is_new = False
            draft = self._made_its_own(case, draft)
            # Whose file was read for it has not seen which one that is.
            is_open = case.missing or case.taken or self._pins(case)
            is_plain = not is_open and all(map(fits, case.proposals))
            if self._preview is None and is_plain and case.is_quiet:
                self._do(case, [each for each in case.proposals if each.is_ticked])
                return
        self._show(case, draft)

    def _made_its_own(self, case: Case, draft: Draft) -> Draft:
        """A draft that is what the preset makes of it is this preset's from now on."""
        parts = self._parts
        if parts is None or any(each.changes for each in case.proposals):
            return draft
        if draft.preset == case.path:
            return draft
        case.planned = None
        parts.workbench.take(replace(draft, preset=case.path), self._label(case))
        draft = parts.workbench.state.draft or draft
        case.planned = (draft, parts.workbench.state.schema)
        return draft

    def _show(self, case: Case, draft: Draft) -> None:
        # Late: nobody applies presets before the first frame.
        from runcomfy_desktop.ui.presets.preview import PresetPreview, Shown

        pins = len(self._pins(case))
        shown = Shown(draft, case.proposals, case.resets, case.missing, pins, case.is_looking)
        if self._preview is not None:
            self._preview.show_plan(shown)
            return
        preview = self._preview = PresetPreview(case.name, self._window, is_quiet=self._is_quiet())
        preview.agreed.connect(lambda chosen: self._on_agreed(case, preview, chosen))
        preview.goal_chosen.connect(self._on_goal_chosen)
        preview.cured.connect(self._on_cured)
        preview.places_chosen.connect(self._on_places_chosen)
        preview.finished.connect(lambda _result: self._forget(preview))
        preview.show_plan(shown)
        preview.open()

    def _on_agreed(self, case: Case, preview: PresetPreview, chosen: Sequence[Proposal]) -> None:
        self._state.set_value(_QUIET, QByteArray(b"1" if preview.is_quiet else b"0"))
        pins = self._pins(case) if preview.takes_pins else ()
        self._do(case, chosen, pins)

    def _on_goal_chosen(self, proposal: Proposal, goal: InputKey) -> None:
        """All that the preset says of a node goes to the node that was chosen."""
        case = self._case
        if case is None:
            return
        case.goals[proposal.entry.key] = goal
        if goal.name == proposal.entry.key.name:
            own = proposal.entry.key.node_id, proposal.entry.class_type
            for each in case.preset.entries:
                if (each.key.node_id, each.class_type) == own:
                    case.goals[each.key] = each.key._replace(node_id=goal.node_id)
        self._plan(case)

    def _on_cured(self, proposal: Proposal) -> None:
        """The value that is offered takes the place of the preset's, here and this once."""
        case = self._case
        if case is None or proposal.cure is None:
            return
        cured = replace(proposal.entry, value=proposal.cure.value)
        entries = (cured if each is proposal.entry else each for each in case.mended.entries)
        case.mended = replace(case.mended, entries=tuple(entries))
        self._plan(case)

    def _on_places_chosen(self, paths: Sequence[str]) -> None:
        case, draft = self._case, self._draft()
        if case is None or draft is None or self._parts is None:
            return
        case.is_looking = True
        self._show(case, draft)
        finder = self._parts.shelf.finder
        finder.look_in(paths, case.missing, lambda found: self._on_found(case, found))

    def _on_workbench_changed(self, bench: BenchState) -> None:
        """The draft under an open preview is another one by now: it is looked at anew."""
        case = self._case
        if case is None or case.planned is None or self._preview is None:
            return
        draft = bench.draft
        if draft is None or draft.key != case.draft_key:
            self._preview.reject()
        elif draft is not case.planned[0] or bench.schema is not case.planned[1]:
            self._plan(case)

    def _do(self, case: Case, chosen: Sequence[Proposal], pins: Sequence[Pin] = ()) -> None:
        """Changes the draft and its pins in one step, and says so in one notice."""
        from runcomfy_desktop.domain.preset.proposal import applied
        from runcomfy_desktop.ui.presets.preview_words import done_text

        before, parts = self._settled(), self._parts
        self._case = None
        if before is None or parts is None or before.key != case.draft_key:
            return
        bench = parts.workbench
        bench.take(applied(before, chosen, case.path, bench.state.schema), self._label(case))
        if case.path:
            parts.library.taken(case.path, case.preset)
        after = bench.state.draft
        left = sum(each.changes for each in case.proposals)
        left -= sum(not each.is_reset for each in chosen)
        unpin = parts.pins.take(pins)
        title, detail = done_text(case.name, chosen, left, len(pins) if unpin is not None else 0)
        notice = Notice(NoticeLevel.INFO, title, detail)
        if (chosen or unpin is not None) and after is not None:
            undo = partial(self._undo, after if chosen else None, unpin)
            notice = replace(notice, action_text=_("Undo"), action=undo)
        self._tell(notice)

    def _undo(self, after: Draft | None, unpin: Callable[[], None] | None) -> None:
        is_undone = after is None or (self._parts is not None and take_back(self._parts, after))
        if is_undone and unpin is not None:
            unpin()

    def _pins(self, case: Case) -> tuple[Pin, ...]:
        """What the preset pins of this workflow, and is not pinned so already."""
        draft = self._draft()
        if draft is None or self._parts is None or not case.preset.pins:
            return ()
        from runcomfy_desktop.domain.pin import placed_pins

        here = self._parts.pins.state.pins
        placed = placed_pins(case.preset.pins, draft.workflow).values()
        return tuple(each for each in placed if each not in here)

    def _label(self, case: Case) -> str:
        """The step's name among those that can be undone."""
        return _("Apply %s") % case.name

    def _is_quiet(self) -> bool:
        return self._state.value(_QUIET) == b"1"

    def _draft(self) -> Draft | None:
        return self._parts.workbench.state.draft if self._parts is not None else None

    def _settled(self) -> Draft | None:
        return None if self._parts is None else settled(self._parts.workbench)

    def _leave(self) -> None:
        """What is under way is given up."""
        self._case = None
        self._patience.stop()
        if self._parts is not None:
            self._parts.library.planner.drop()
        if self._preview is not None:
            self._preview.reject()

    def _forget(self, preview: PresetPreview) -> None:
        if self._preview is preview:
            self._preview = None
            self._case = None

    def _folders(self, draft: Draft) -> list[str]:
        """Where files may have gone that are not where they were: what was used of late."""
        assert self._parts is not None
        beside = [str(PurePath(each.path).parent) for each in media_files(draft) if each.path]
        return [*beside, *self._parts.files.recent_folders, str(self._parts.output_folder())]

    def _tell_nothing_in_view(self) -> None:
        title = _("There is no workflow in view to apply a preset to.")
        self._tell(Notice(NoticeLevel.INFO, title, _("Open one first, then apply it again.")))

    def _tell(self, notice: Notice) -> None:
        if self._parts is not None:
            self._parts.notices.tell(notice)
