"""Conflicts that prevent an entry of a preset from simply being applied, with messages."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.presets.preset import PresetEntry
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class PresetConflict(Enum):
    """Obstacle to applying an entry."""

    NODE_GONE = "node_gone"
    SEVERAL_NODES = "several_nodes"
    CLASS_CHANGED = "class_changed"
    INPUT_GONE = "input_gone"
    INPUT_RENAMED = "input_renamed"
    IS_LINKED = "is_wire"
    BRINGS_LINK = "brings_wire"
    NOT_ALLOWED = "not_allowed"
    NO_MEDIA = "no_media"
    WRONG_FILE = "wrong_file"
    NO_SEED = "no_seed"
    SEED_CHANGES = "seed_moves"
    DUPLICATE = "twice"

    @property
    def forbids(self) -> bool:
        """True if the entry cannot be applied now, whatever the user decides."""
        return self not in _USER_DECIDES


_USER_DECIDES = (
    PresetConflict.INPUT_RENAMED,
    PresetConflict.NOT_ALLOWED,
    PresetConflict.NO_SEED,
    PresetConflict.SEED_CHANGES,
)


def conflict_text(entry: PresetEntry, conflict: PresetConflict, found: str = "") -> str:
    """Returns the conflict as text; `found` is the class or the input that exists now."""
    name, node_id = inline_text(entry.key.name), inline_text(entry.key.node_id)
    if conflict is PresetConflict.NODE_GONE:
        if not entry.class_type:
            return _("Node #%s is not in this workflow.") % node_id
        return _("No node of the kind %s is in this workflow.") % inline_text(entry.class_type)
    if conflict is PresetConflict.SEVERAL_NODES:
        return _("Several nodes can be meant. Choose one of them.")
    if conflict is PresetConflict.CLASS_CHANGED:
        text = _("Node #%s is of another kind now: %s in place of %s.")
        return text % (node_id, inline_text(found), inline_text(entry.class_type))
    if conflict is PresetConflict.INPUT_GONE:
        return _("The node has no input %s any more.") % name
    if conflict is PresetConflict.INPUT_RENAMED:
        text = _("The node has no input %s. Perhaps it is called %s now.")
        return text % (name, inline_text(found))
    if conflict is PresetConflict.NO_MEDIA:
        file = inline_text(entry.value.name) if isinstance(entry.value, MediaFile) else name
        return _("The file %s was not found on this computer.") % file
    return {
        PresetConflict.IS_LINKED: _(
            "This input is linked to another node now, and a value would cut it."
        ),
        PresetConflict.BRINGS_LINK: _("The preset has a link to another node here, not a value."),
        PresetConflict.NO_SEED: _(
            "This input is no seed here, so its value stays the same at each run."
        ),
        PresetConflict.SEED_CHANGES: _(
            "This seed changes at each run here, so the value lasts for one."
        ),
        PresetConflict.DUPLICATE: _("Another value of the preset goes to the same input."),
    }[conflict]


def guess_text(match_kind: MatchKind, entry: PresetEntry, key: InputKey) -> str:
    """Returns the reason for the guess that an input is the intended one."""
    was, now = inline_text(entry.key.node_id), inline_text(key.node_id)
    if match_kind is MatchKind.ID:
        return _("Found by its number alone: the preset does not say what kind of node it was.")
    if was == now:
        text = _("Other nodes have new numbers here: check that #%s is the one that was meant.")
        return text % now
    if match_kind is MatchKind.TITLE:
        return _("Found by its title: it was node #%s and is #%s here.") % (was, now)
    return _("Found by where it stands in the graph: it was node #%s and is #%s here.") % (was, now)
