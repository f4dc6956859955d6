"""Which inputs of a node may be meant by a name that the node does not have any more."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.input_by_value import fits
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import input_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.preset.preset import Entry
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import Node

_MOST = 5
_LOOKED_AT = 200
_LETTERS = 80
_ALIKE = 0.6


def names_like(
    entry: Entry, names: Sequence[str], node: Node, schema: Schema | None
) -> tuple[str, ...]:
    """Those of `names` that are spelt much like the entry's and can hold its value, best first."""
    fitting: dict[str, str] = {}
    for name in sorted(names)[:_LOOKED_AT]:
        # What an input hangs on is not that input.
        hangs = entry.key.name.startswith(f"{name}.")
        if not hangs and _can_hold(entry, name, node, schema):
            fitting.setdefault(name[:_LETTERS].casefold(), name)
    wanted = entry.key.name[:_LETTERS].casefold()
    # An input that got a word before or behind its name is spelt quite otherwise.
    close = get_close_matches(wanted, fitting, n=_MOST, cutoff=_ALIKE)
    within = [each for each in fitting if _words(wanted) <= _words(each)]
    return tuple(fitting[each] for each in dict.fromkeys((*close, *within)))[:_MOST]


def _words(name: str) -> set[str]:
    return set(name.replace("-", "_").split("_"))


def _can_hold(entry: Entry, name: str, node: Node, schema: Schema | None) -> bool:
    spec = input_spec(schema, node, name)
    if isinstance(entry.value, MediaFile):
        return spec.kind.is_media
    return spec.kind.editable and (not entry.has_value or fits(spec.kind, entry.value))
