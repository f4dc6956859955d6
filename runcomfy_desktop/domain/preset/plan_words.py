"""What is said of an entry that cannot simply be applied."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.preset.matching import Match
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.preset.preset import Entry
    from runcomfy_desktop.domain.workflow import InputKey


class Conflict(Enum):
    """What stands in the way of an entry."""

    NODE_GONE = "node_gone"
    SEVERAL_NODES = "several_nodes"
    CLASS_CHANGED = "class_changed"
    INPUT_GONE = "input_gone"
    INPUT_RENAMED = "input_renamed"
    IS_WIRE = "is_wire"
    BRINGS_WIRE = "brings_wire"
    NOT_ALLOWED = "not_allowed"
    NO_MEDIA = "no_media"
    WRONG_FILE = "wrong_file"
    NO_SEED = "no_seed"
    SEED_MOVES = "seed_moves"
    TWICE = "twice"

    @property
    def forbids(self) -> bool:
        """Whether it cannot be applied as things stand, whatever the person says."""
        return self not in _LEFT_TO_THE_PERSON


_LEFT_TO_THE_PERSON = (
    Conflict.INPUT_RENAMED,
    Conflict.NOT_ALLOWED,
    Conflict.NO_SEED,
    Conflict.SEED_MOVES,
)


def said_of(entry: Entry, conflict: Conflict, found: str = "") -> str:
    """The conflict in words; `found` is the class or the input that is there now."""
    name, node_id = shown(entry.key.name), shown(entry.key.node_id)
    if conflict is Conflict.NODE_GONE:
        if not entry.class_type:
            return _("Node #%s is not in this workflow.") % node_id
        return _("No node of the kind %s is in this workflow.") % shown(entry.class_type)
    if conflict is Conflict.SEVERAL_NODES:
        return _("Several nodes can be meant. Choose one of them.")
    if conflict is Conflict.CLASS_CHANGED:
        text = _("Node #%s is of another kind now: %s in place of %s.")
        return text % (node_id, shown(found), shown(entry.class_type))
    if conflict is Conflict.INPUT_GONE:
        return _("The node has no input %s any more.") % name
    if conflict is Conflict.INPUT_RENAMED:
        return _("The node has no input %s. Perhaps it is called %s now.") % (name, shown(found))
    if conflict is Conflict.NO_MEDIA:
        file = shown(entry.value.name) if isinstance(entry.value, MediaFile) else name
        return _("The file %s was not found on this computer.") % file
    return {
        Conflict.IS_WIRE: _("This input is linked to another node now, and a value would cut it."),
        Conflict.BRINGS_WIRE: _("The preset has a link to another node here, not a value."),
        Conflict.NO_SEED: _("This input is no seed here, so its value stays the same at each run."),
        Conflict.SEED_MOVES: _("This seed changes at each run here, so the value lasts for one."),
        Conflict.TWICE: _("Another value of the preset goes to the same input."),
    }[conflict]


def guess_text(match: Match, entry: Entry, key: InputKey) -> str:
    """Why an input is taken for the one that was meant."""
    was, now = shown(entry.key.node_id), shown(key.node_id)
    if match is Match.ID:
        return _("Found by its number alone: the preset does not say what kind of node it was.")
    if was == now:
        text = _("Other nodes have new numbers here: check that #%s is the one that was meant.")
        return text % now
    if match is Match.TITLE:
        return _("Found by its title: it was node #%s and is #%s here.") % (was, now)
    return _("Found by where it stands in the graph: it was node #%s and is #%s here.") % (was, now)
