"""The inputs that a sweep can go over, as entries of the palette: the changed ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, link_of
from runcomfy_desktop.ui.palette.entries import of_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.palette.entries import Entry


class InputList:
    """Makes the entries once for each draft."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._about: tuple[object, object] = (None, None)
        self._entries: Sequence[Entry] = ()

    def entries(self) -> Sequence[Entry]:
        """Of the draft in view; wires are left out."""
        panel = self._centre.inputs
        state = None if panel is None else panel.model.state
        draft = None if state is None else state.draft
        if panel is None or state is None or draft is None:
            return ()
        about = (draft, state.schema)
        if about[0] is not self._about[0] or about[1] is not self._about[1]:
            _nodes, inputs = of_workflow(panel.model)
            found = [
                each.entry(name)
                for each in inputs
                for name in each.names
                if link_of(_value(draft, InputKey(each.node_id, name))) is None
            ]
            found.sort(key=lambda each: each.target not in draft.changes)
            self._entries = found
            self._about = about
        return self._entries


def _value(draft: Draft, key: InputKey) -> Json:
    value = draft.value(key)
    return None if isinstance(value, MediaFile) else value
