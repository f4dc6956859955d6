"""Inputs that a sweep can vary, as entries of the palette, the changed ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of
from runcomfy_desktop.ui.command_palette.entries import workflow_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel


class InputList:
    """Entries for the inputs of the open draft, created once for each draft.

    `inputs_model` returns the model of the open draft.
    """

    def __init__(self, inputs_model: Callable[[], InputsModel]) -> None:
        self._inputs_model = inputs_model
        self._cache_key: tuple[object, object] = (None, None)
        self._entries: Sequence[PaletteEntry] = ()

    def entries(self) -> Sequence[PaletteEntry]:
        """Returns the entries for the open draft; linked inputs are left out."""
        model = self._inputs_model()
        draft = model.draft
        if draft is None:
            return ()
        cache_key = (draft, model.state.schema)
        if cache_key[0] is not self._cache_key[0] or cache_key[1] is not self._cache_key[1]:
            _nodes, inputs = workflow_entries(model)
            entries = [
                each.entry(name)
                for each in inputs
                for name in each.names
                if link_of(_value(draft, InputKey(each.node_id, name))) is None
            ]
            entries.sort(key=lambda each: each.target not in draft.changes)
            self._entries = entries
            self._cache_key = cache_key
        return self._entries


def _value(draft: Draft, key: InputKey) -> Json:
    value = draft.value(key)
    return None if isinstance(value, MediaFile) else value
