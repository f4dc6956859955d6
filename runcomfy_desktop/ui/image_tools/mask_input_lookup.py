"""Tells of an input whether it takes a mask now; asked for each row that comes into view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.masks import CHANNEL, MaskInputs, mask_channel
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.domain.media.masks import MaskChannel


class MaskInputLookup:
    """Remembers the links of the workflow that was asked about last."""

    def __init__(self) -> None:
        self._mask_inputs: MaskInputs | None = None

    def channel_of(self, state: EditorState, key: InputKey) -> MaskChannel | None:
        """Where the mask of an input is looked for; None when it takes none."""
        draft = state.draft
        node = None if draft is None else draft.workflow.nodes.get(key.node_id)
        if draft is None or node is None:
            return None
        if self._mask_inputs is None or self._mask_inputs.workflow is not draft.workflow:
            self._mask_inputs = MaskInputs(draft.workflow)
        if not self._mask_inputs.takes_mask(
            node, key.name, input_spec(state.schema, node, key.name)
        ):
            return None
        return mask_channel(node, draft.value(InputKey(key.node_id, CHANNEL)))
