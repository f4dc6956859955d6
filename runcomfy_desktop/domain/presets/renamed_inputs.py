"""Which inputs of a node may be meant by a name that the node does not have any more."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.schema.spec_inference import fits_editor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.presets.preset import PresetEntry
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Node

_MAX_NAMES = 5
_MAX_SCANNED = 200
_MAX_NAME_CHARS = 80
_MIN_SIMILARITY = 0.6


def similar_names(
    entry: PresetEntry, names: Sequence[str], node: Node, schema: NodeSchema | None
) -> tuple[str, ...]:
    """Those of `names` that are spelt much like the entry's and can hold its value, best first."""
    fitting: dict[str, str] = {}
    for name in sorted(names)[:_MAX_SCANNED]:
        # What an input hangs on is not that input.
        is_parent = entry.key.name.startswith(f"{name}.")
        if not is_parent and _can_hold(entry, name, node, schema):
            fitting.setdefault(name[:_MAX_NAME_CHARS].casefold(), name)
    wanted = entry.key.name[:_MAX_NAME_CHARS].casefold()
    # An input that got a word before or behind its name is spelt quite otherwise.
    close = get_close_matches(wanted, fitting, n=_MAX_NAMES, cutoff=_MIN_SIMILARITY)
    within = [each for each in fitting if _words(wanted) <= _words(each)]
    return tuple(fitting[each] for each in dict.fromkeys((*close, *within)))[:_MAX_NAMES]


def _words(name: str) -> set[str]:
    return set(name.replace("-", "_").split("_"))


def _can_hold(entry: PresetEntry, name: str, node: Node, schema: NodeSchema | None) -> bool:
    spec = input_spec(schema, node, name)
    if isinstance(entry.value, MediaFile):
        return spec.kind.is_media
    return spec.kind.is_editable and (not entry.has_value or fits_editor(spec.kind, entry.value))
