"""Files above the size that RunComfy recommends for sending inline.

They are not refused, but take longer. A setting controls how pictures are sent; all other files are
sent unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.file_sizes import file_size
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec
from runcomfy_desktop.domain.media.masks import MaskInputs
from runcomfy_desktop.domain.media.media import INLINE_LIMITS, MediaFile
from runcomfy_desktop.domain.media.media_checks import limit_text
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

SHRUNK_KB = 250
"""Approximate size of a shrunk picture, for messages."""


class LargeMedia:
    """Finds the large pictures of drafts; scans the links of a workflow once."""

    def __init__(self, schema: NodeSchema | None) -> None:
        self._schema = schema
        self._mask_inputs = cache_last(MaskInputs)

    def pictures(self, draft: Draft) -> dict[InputKey, MediaFile]:
        """Returns the large pictures on inputs for pictures that can be sent inline."""
        return {
            key: value
            for key, value in draft.changes.items()
            if isinstance(value, MediaFile)
            and _is_large_picture(value)
            and key.node_id in draft.workflow.nodes
            and active_spec(key, draft, self._schema).kind is InputKind.IMAGE
        }

    def shrinkable(self, draft: Draft) -> dict[InputKey, MediaFile]:
        """Returns the large pictures that may be shrunk: not used for a mask, and not animated."""
        found = self.pictures(draft)
        if not found:
            return {}
        nodes, schema = draft.workflow.nodes, self._schema
        masks = self._mask_inputs(draft.workflow)
        return {
            key: value
            for key, value in found.items()
            if not may_be_animated(value)
            and not masks.takes_mask(nodes[key.node_id], key.name, active_spec(key, draft, schema))
        }


def address_required_issues(
    draft: Draft, schema: NodeSchema | None, setting: LargePictures
) -> dict[InputKey, InputIssue]:
    """Returns issues for large pictures that need an address, if the user chose that setting."""
    if setting is not LargePictures.ADDRESS:
        return {}
    return {
        key: InputIssue(address_required_text(file), kind=IssueKind.MEDIA)
        for key, file in LargeMedia(schema).pictures(draft).items()
    }


def address_required_text(file: MediaFile) -> str:
    """Returns the reason why a large picture is not sent inline."""
    text = _("%s is above %s, and your settings want an address for such pictures.")
    return text % (file_size(file.size_bytes), limit_text(INLINE_LIMITS[file.family]))


def may_be_animated(file: MediaFile) -> bool:
    """Returns True for a format that is mostly animated; shrinking keeps only the first frame."""
    return file.mime == "image/gif"


def _is_large_picture(file: MediaFile) -> bool:
    is_large = file.is_above_inline_limit and not file.is_above_inline_cap
    return is_large and file.family is MediaFamily.IMAGE
