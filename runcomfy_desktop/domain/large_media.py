"""Files above the size that RunComfy recommends for sending inline: nothing refuses them, but they
take longer. A setting says how pictures are sent; all others go out as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import Fault, FaultKind
from runcomfy_desktop.domain.live import live_spec
from runcomfy_desktop.domain.masks import MaskInputs
from runcomfy_desktop.domain.media import INLINE_LIMITS, MediaFile
from runcomfy_desktop.domain.media_checks import limit
from runcomfy_desktop.domain.media_types import Family
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.sizes import file_size
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey

SMALL_KB = 250
"""About so large is a picture that was shrunk, in words."""


class LargeMedia:
    """Finds the large pictures of drafts; looks through the links of a workflow once."""

    def __init__(self, schema: Schema | None) -> None:
        self._schema = schema
        self._masks: MaskInputs | None = None

    def pictures(self, draft: Draft) -> dict[InputKey, MediaFile]:
        """Those that go to inputs for pictures and can be sent inline."""
        large = {
            key: value
            for key, value in draft.changes.items()
            if isinstance(value, MediaFile) and _is_large_picture(value)
        }
        nodes, schema = draft.workflow.nodes, self._schema
        return {
            key: value
            for key, value in large.items()
            if key.node_id in nodes and live_spec(key, draft, schema).kind is InputKind.IMAGE
        }

    def shrinkable(self, draft: Draft) -> dict[InputKey, MediaFile]:
        """Those of them that may be shrunk: no mask is made of them, and they are no films."""
        found = self.pictures(draft)
        if not found:
            return {}
        if self._masks is None or self._masks.workflow is not draft.workflow:
            self._masks = MaskInputs(draft.workflow)
        nodes, schema, masks = draft.workflow.nodes, self._schema, self._masks
        return {
            key: value
            for key, value in found.items()
            if not may_have_frames(value)
            and not masks.takes(nodes[key.node_id], key.name, live_spec(key, draft, schema))
        }


def address_faults(
    draft: Draft, schema: Schema | None, chosen: LargePictures
) -> dict[InputKey, Fault]:
    """The inputs whose large picture waits for an address, because the user chose that."""
    if chosen is not LargePictures.ADDRESS:
        return {}
    return {
        key: Fault(address_wanted(file), kind=FaultKind.MEDIA)
        for key, file in LargeMedia(schema).pictures(draft).items()
    }


def address_wanted(file: MediaFile) -> str:
    """A reason for which a large picture does not go out as it is."""
    text = _("%s is above %s, and your settings want an address for such pictures.")
    return text % (file_size(file.size_bytes), limit(INLINE_LIMITS[file.family]))


def may_have_frames(file: MediaFile) -> bool:
    """True for the kind of picture that is mostly a film: shrunk, only its first frame is left."""
    return file.mime == "image/gif"


def _is_large_picture(file: MediaFile) -> bool:
    return file.family is Family.IMAGE and file.above_limit and not file.above_cap
