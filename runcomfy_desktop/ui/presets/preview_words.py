"""What the preview says: where each value goes, what is there, what comes, and how many."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.texts import seed_mode_text, value_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runcomfy_desktop.domain.draft import Draft, SeedMode, Value
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.workflow import InputKey

_IN_TOOLTIP = 1500
_COMPARED = 20_000
_BEFORE = 16
_SEPARATOR = re.compile(r"([\\/])")


class Section(IntEnum):
    """The parts of the list, in their order."""

    CONFLICTS = 0
    GUESSES = 1
    CHANGES = 2
    RESETS = 3
    SAME = 4


def section_of(proposal: Proposal) -> Section:
    if proposal.is_reset:
        return Section.RESETS
    if not proposal.changes:
        return Section.SAME
    if proposal.conflict is not None:
        return Section.CONFLICTS
    return Section.GUESSES if proposal.is_guess else Section.CHANGES


def heading(section: Section) -> str:
    return {
        Section.CONFLICTS: _("To be looked at first"),
        Section.GUESSES: _("Found again by a guess: check them"),
        Section.CHANGES: _("Changes"),
        Section.RESETS: _("Not named by the preset: reset"),
        Section.SAME: _("As in the preset already"),
    }[section]


def node_name(proposal: Proposal, draft: Draft) -> str:
    """The title of the node that it goes to; of the preset's own where it goes nowhere."""
    node = None if proposal.key is None else draft.workflow.nodes.get(proposal.key.node_id)
    entry = proposal.entry
    name = (entry.title or entry.class_type) if node is None else (node.title or node.class_type)
    return one_line(name) or f"#{one_line(entry.key.node_id)}"


def input_name(proposal: Proposal) -> str:
    key = proposal.entry.key if proposal.key is None else proposal.key
    return one_line(key.name)


def about(proposal: Proposal, draft: Draft) -> str:
    """`KSampler  #3`: what tells nodes of one title apart."""
    node_id = (proposal.entry.key if proposal.key is None else proposal.key).node_id
    node = draft.workflow.nodes.get(node_id) if proposal.key is not None else None
    class_type = proposal.entry.class_type if node is None else node.class_type
    return f"{one_line(class_type)}  #{one_line(node_id)}".strip()


def candidate_name(key: InputKey, draft: Draft) -> str:
    """A node that can be chosen: `#12 Positive · text`."""
    node = draft.workflow.nodes.get(key.node_id)
    title = "" if node is None else one_line(node.title or node.class_type)
    return f"#{one_line(key.node_id)} {title} · {one_line(key.name)}"


def old_text(proposal: Proposal) -> str:
    """What is there now; "" where it goes nowhere."""
    if proposal.key is None:
        return ""
    if not proposal.is_there:
        return _("(not there)")
    if proposal.spec.kind is InputKind.LINK:
        return _("(linked)")
    return _shown(proposal, proposal.old, proposal.old_mode, expands=proposal.old_expands)


def new_text(proposal: Proposal) -> str:
    """What comes, with how a seed goes on where that is said. A file of this computer is named by
    its path, whole and on one line: a name may be anything."""
    if isinstance(proposal.new, MediaFile) and proposal.new.path:
        return "".join(map(one_line, _SEPARATOR.split(proposal.new.path)))
    return _shown(proposal, proposal.new, proposal.new_mode, expands=proposal.new_expands)


def _shown(proposal: Proposal, value: Value, mode: SeedMode, *, expands: bool) -> str:
    says_how = proposal.old_mode is not proposal.new_mode
    # A seed of no value is one that is drawn: how it goes on is all there is to say.
    parts = [] if value is None and says_how else [value_text(value, proposal.spec) or _("(empty)")]
    if says_how:
        parts.append(seed_mode_text(mode))
    if proposal.old_expands is not proposal.new_expands:
        parts.append(_("alternatives on") if expands else _("alternatives off"))
    return " · ".join(parts)


def told_apart(old: str, new: str) -> tuple[str, str]:
    """Two long texts as one line each, from shortly before where they begin to differ."""
    old, new = old[:_COMPARED], new[:_COMPARED]
    pairs = enumerate(zip(old, new, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(old), len(new)))
    begin = max(0, same - _BEFORE)
    if begin < _BEFORE or old == new:
        return one_line(old), one_line(new)
    # With a whole word, where one begins there.
    space = old.find(" ", begin, same)
    begin = space + 1 if space >= 0 else begin
    return f"…{one_line(old[begin:])}", f"…{one_line(new[begin:])}"


def spoken(proposal: Proposal, draft: Draft) -> str:
    """All of a row, for who hears it."""
    where = f"{node_name(proposal, draft)}, {input_name(proposal)}"
    new = new_text(proposal)
    change = new if isinstance(proposal.new, MediaFile) else one_line(new)
    if proposal.changes and proposal.key is not None:
        change = _("%s becomes %s") % (one_line(old_text(proposal)), change)
    return f"{where}: {change}. {proposal.why}".rstrip()


def tooltip_text(proposal: Proposal, draft: Draft) -> str:
    lines = [f"{about(proposal, draft)} · {input_name(proposal)}"]
    if proposal.key is not None:
        lines.append(_("Now: %s") % old_text(proposal)[:_IN_TOOLTIP])
    lines.append(_("With the preset: %s") % new_text(proposal)[:_IN_TOOLTIP])
    if proposal.why:
        lines.append(proposal.why)
    return "\n".join(lines)


def no_old_text(proposal: Proposal | None) -> str:
    """What stands, muted, where there is nothing now."""
    if proposal is None or proposal.key is not None:
        return ""
    return _("Not chosen yet") if proposal.candidates else _("Not in this workflow")


def counted(proposals: Collection[Proposal]) -> str:
    """`2 changes, 1 seed mode`: inputs as the run bar counts them, and what else is switched."""
    values = sum(each.changes_value for each in proposals)
    others = [each for each in proposals if not each.changes_value]
    modes = sum(each.new_mode is not each.old_mode for each in others)
    words = sum(each.new_expands is not each.old_expands for each in others)
    parts = []
    if values:
        parts.append(n_("%d change", "%d changes", values) % values)
    if modes:
        parts.append(n_("%d seed mode", "%d seed modes", modes) % modes)
    if words:
        parts.append(n_("alternatives of %d text", "alternatives of %d texts", words) % words)
    return ", ".join(parts)


def summary(proposals: Collection[Proposal]) -> str:
    """`12 changes, 1 seed mode fit. 3 are to be looked at first.`"""
    counts = dict.fromkeys(Section, 0)
    for each in proposals:
        counts[section_of(each)] += 1
    looked_at = counts[Section.CONFLICTS] + counts[Section.GUESSES]
    plain = [each for each in proposals if section_of(each) is Section.CHANGES]
    same = counts[Section.SAME]
    if not plain and not looked_at:
        return _("This preset changes nothing here.")
    parts = []
    if plain:
        parts.append(n_("%s fits.", "%s fit.", len(plain)) % counted(plain))
    if looked_at:
        text = n_("%d is to be looked at first.", "%d are to be looked at first.", looked_at)
        parts.append(text % looked_at)
    if same:
        text = n_("%d is as in the preset already.", "%d are as in the preset already.", same)
        parts.append(text % same)
    return " ".join(parts)


def apply_text(chosen: Collection[Proposal]) -> str:
    return _("Apply %s") % counted(chosen) if chosen else _("Apply")


def done_text(
    name: str, chosen: Collection[Proposal], left: int, pinned: int = 0
) -> tuple[str, str]:
    """Returns a title that says what was done, and a detail."""
    pins = n_("%d input was pinned.", "%d inputs were pinned.", pinned) % pinned if pinned else ""
    if not chosen:
        return _("“%s” changes no values here.") % name, pins
    rest = n_("%d input was left out.", "%d inputs were left out.", left) % left if left else ""
    return _("“%s” applied: %s.") % (name, counted(chosen)), " ".join(filter(None, (rest, pins)))


def looking_text(names: Sequence[str]) -> str:
    """Which files are looked for."""
    if len(names) == 1:
        return _("Looking for the file %s…") % one_line(names[0])
    return n_("Looking for %d file…", "Looking for %d files…", len(names)) % len(names)


def missing_text(names: Sequence[str]) -> str:
    """Which files were found nowhere."""
    count = len(names)
    if count == 1:
        return _("The file %s was not found on this computer.") % one_line(names[0])
    some = ", ".join(map(one_line, names[:3])) + (", …" if count > 3 else "")
    text = n_("%d file was not found: %s.", "%d files were not found: %s.", count)
    return text % (count, some)
