"""What an item model over the workbench's draft knows of it, and how it is edited through one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QObject, Signal

from runcomfy_desktop.core.drafts.draft_editor import EditorState
from runcomfy_desktop.core.drafts.draft_target import DraftTarget
from runcomfy_desktop.domain.base.json_value import same_json
from runcomfy_desktop.domain.drafts.dynamic_inputs import with_dependent_changes
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.effective_rows import current_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft, SeedMode, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class DraftEditModel(QAbstractItemModel):
    """Holds the state that is shown, and asks the workbench for another.

    `edited_together` names the inputs that got one value, and what merges the steps of one typing.
    """

    edited_together = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draft_editor: DraftEditor | None = None
        self._state = EditorState()
        self._specs: dict[InputKey, InputSpec] = {}
        self.keys_edited_with: Callable[[InputKey], Collection[InputKey]] = lambda key: (key,)
        """The inputs that are meant when one of them is: those which are selected with it."""

    def name_of(self, key: InputKey) -> str:
        """What an input is called on screen."""
        return one_line(key.name)

    def draft_target(self) -> DraftTarget | None:
        """The draft in view, for what takes a while; None when there is none."""
        return None if self._draft_editor is None else DraftTarget(self._draft_editor)

    @property
    def state(self) -> EditorState:
        return self._state

    @property
    def draft(self) -> Draft | None:
        return self._state.draft

    def spec_of(self, key: InputKey) -> InputSpec:
        spec = self._specs.get(key)
        if spec is None:
            spec = self._specs[key] = current_spec(key, self._state)
        return spec

    def same_kind_keys(self, key: InputKey) -> list[InputKey]:
        """An input, and those of its kind that are meant with it."""
        kind = self.spec_of(key).kind
        others = (each for each in self.keys_edited_with(key) if each != key)
        return [key, *(each for each in others if self.spec_of(each).kind is kind)]

    def edit(self, key: InputKey, value: Value, label: str, *, merge: object = None) -> None:
        """Changes an input, and those `same_kind_keys` that can hold the value, as one undoable
        step."""
        first, *others = self.same_kind_keys(key)
        keys = [first, *(each for each in others if _can_hold(self.spec_of(each), value))]
        self.set_values(keys, value, label, merge=merge)

    def set_values(
        self, keys: Sequence[InputKey], value: Value, label: str, *, merge: object = None
    ) -> None:
        """Gives inputs one value, as one undoable step."""
        if len(keys) > 1:
            label = _("%s, %d inputs together") % (label, len(keys))
        self.edit_all(dict.fromkeys(keys, value), label, merge=merge)
        if len(keys) > 1:
            self.edited_together.emit(keys, merge)

    def edit_all(self, values: Changes, label: str, *, merge: object = None) -> None:
        """Changes several inputs as one undoable step."""
        draft = self._state.draft
        if self._draft_editor is not None and draft is not None:
            all_values = with_dependent_changes(values, draft, self._state.schema)
            self._draft_editor.edit(all_values, label, merge_key=merge)

    def keys_to_reset(self, key: InputKey) -> list[InputKey]:
        """What has to be reset when this input is: the changed ones that are meant with it."""
        draft = self._state.draft
        return (
            []
            if draft is None
            else [key for key in self.keys_edited_with(key) if key in draft.changes]
        )

    def reset_input(self, key: InputKey) -> None:
        """Resets an input, and those of any kind that are to go `keys_edited_with` with it."""
        keys = self.keys_to_reset(key)
        label = _("Reset %s") % self.name_of((keys or [key])[0])
        if len(keys) > 1:
            label = n_("Reset %d input", "Reset %d inputs", len(keys)) % len(keys)
        self.reset_inputs(keys, label)

    def reset_inputs(self, keys: Iterable[InputKey], label: str) -> None:
        """Gives inputs the workflow's own values back, as one undoable step."""
        draft = self._state.draft
        if draft is not None:
            self.edit_all({key: draft.workflow.value(key) for key in keys}, label)

    def set_seed_mode(self, key: InputKey, mode: SeedMode) -> None:
        """Chooses what a seed does at each run, and each seed that is meant with it."""
        if self._draft_editor is not None:
            seeds = [each for each in self.keys_edited_with(key) if self.spec_of(each).is_seed]
            self._draft_editor.set_seed_mode(key, mode, *seeds)

    def set_expands(self, key: InputKey, *, on: bool) -> None:
        """Whether words in a text are chosen for each run."""
        if self._draft_editor is not None:
            self._draft_editor.commit_requested.publish(None)
            self._draft_editor.set_expands(key, on=on)

    def example_of(self, key: InputKey) -> str:
        """What a run might send; "" where it cannot be run."""
        draft = self._state.draft
        if self._draft_editor is None or draft is None or key in self._state.issues:
            return ""
        value = self._draft_editor.expand_prompts(draft).value(key)
        return value if isinstance(value, str) else ""


def _can_hold(spec: InputSpec, value: Value) -> bool:
    if spec.kind is not InputKind.COMBO:
        return True
    return not isinstance(value, MediaFile) and any(same_json(value, each) for each in spec.choices)
