"""Texts of the preview: target, current value and new value of each row, and the counts."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.rows.texts import seed_mode_text, value_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft, SeedMode, Value
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MAX_TOOLTIP_CHARS = 1500
_MAX_COMPARED_CHARS = 20_000
_CONTEXT_CHARS = 16
_PATH_SEPARATOR = re.compile(r"([\\/])")


class PreviewSection(IntEnum):
    """Sections of the list in the preset preview, in display order."""

    CONFLICTS = 0
    GUESSES = 1
    CHANGES = 2
    RESETS = 3
    SAME = 4


def section_of(proposal: PresetProposal) -> PreviewSection:
    if proposal.is_reset:
        return PreviewSection.RESETS
    if not proposal.has_effect:
        return PreviewSection.SAME
    if proposal.conflict is not None:
        return PreviewSection.CONFLICTS
    return PreviewSection.GUESSES if proposal.is_guess else PreviewSection.CHANGES


def section_title(section: PreviewSection) -> str:
    return {
        PreviewSection.CONFLICTS: _("To be looked at first"),
        PreviewSection.GUESSES: _("Found again by a guess: check them"),
        PreviewSection.CHANGES: _("Changes"),
        PreviewSection.RESETS: _("Not named by the preset: reset"),
        PreviewSection.SAME: _("As in the preset already"),
    }[section]


def node_name(proposal: PresetProposal, draft: Draft) -> str:
    """Returns the title of the target node, or of the preset's own node if there is no target."""
    node = None if proposal.key is None else draft.workflow.nodes.get(proposal.key.node_id)
    entry = proposal.entry
    name = (entry.title or entry.class_type) if node is None else (node.title or node.class_type)
    return one_line(name) or f"#{one_line(entry.key.node_id)}"


def input_name(proposal: PresetProposal) -> str:
    key = proposal.entry.key if proposal.key is None else proposal.key
    return one_line(key.name)


def node_text(proposal: PresetProposal, draft: Draft) -> str:
    """Returns the text that distinguishes nodes of the same title: `KSampler  #3`."""
    node_id = (proposal.entry.key if proposal.key is None else proposal.key).node_id
    node = draft.workflow.nodes.get(node_id) if proposal.key is not None else None
    class_type = proposal.entry.class_type if node is None else node.class_type
    return f"{one_line(class_type)}  #{one_line(node_id)}".strip()


def candidate_name(key: InputKey, draft: Draft) -> str:
    """Returns the text of a possible target: `#12 Positive · text`."""
    node = draft.workflow.nodes.get(key.node_id)
    title = "" if node is None else one_line(node.title or node.class_type)
    return f"#{one_line(key.node_id)} {title} · {one_line(key.name)}"


def old_text(proposal: PresetProposal) -> str:
    """Returns the current value; "" if there is no target."""
    if proposal.key is None:
        return ""
    if not proposal.is_there:
        return _("(not there)")
    if proposal.spec.kind is InputKind.LINK:
        return _("(linked)")
    return _value_text(proposal, proposal.old, proposal.old_mode, expands=proposal.old_expands)


def new_text(proposal: PresetProposal) -> str:
    """Returns the new value, with the seed mode if that changes.

    A file on this computer is shown by its whole path on one line, because its name may be
    anything.
    """
    if isinstance(proposal.new, MediaFile) and proposal.new.path:
        return "".join(map(one_line, _PATH_SEPARATOR.split(proposal.new.path)))
    return _value_text(proposal, proposal.new, proposal.new_mode, expands=proposal.new_expands)


def _value_text(proposal: PresetProposal, value: Value, mode: SeedMode, *, expands: bool) -> str:
    mode_changes = proposal.old_mode is not proposal.new_mode
    # A seed without a value is drawn at random, so only its mode is shown.
    parts = (
        [] if value is None and mode_changes else [value_text(value, proposal.spec) or _("(empty)")]
    )
    if mode_changes:
        parts.append(seed_mode_text(mode))
    if proposal.old_expands is not proposal.new_expands:
        parts.append(_("alternatives on") if expands else _("alternatives off"))
    return " · ".join(parts)


def differing_parts(old: str, new: str) -> tuple[str, str]:
    """Returns two long texts on one line each, starting shortly before their first difference."""
    old, new = old[:_MAX_COMPARED_CHARS], new[:_MAX_COMPARED_CHARS]
    pairs = enumerate(zip(old, new, strict=False))
    common_length = next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(0, common_length - _CONTEXT_CHARS)
    if start < _CONTEXT_CHARS or old == new:
        return one_line(old), one_line(new)
    # Starts at the beginning of a word, if there is one.
    space = old.find(" ", start, common_length)
    start = space + 1 if space >= 0 else start
    return f"…{one_line(old[start:])}", f"…{one_line(new[start:])}"


def accessible_text(proposal: PresetProposal, draft: Draft) -> str:
    """Returns the whole row for a screen reader."""
    input_path = f"{node_name(proposal, draft)}, {input_name(proposal)}"
    new = new_text(proposal)
    change = new if isinstance(proposal.new, MediaFile) else one_line(new)
    if proposal.has_effect and proposal.key is not None:
        change = _("%s becomes %s") % (one_line(old_text(proposal)), change)
    return f"{input_path}: {change}. {proposal.reason}".rstrip()


def tooltip_text(proposal: PresetProposal, draft: Draft) -> str:
    lines = [f"{node_text(proposal, draft)} · {input_name(proposal)}"]
    if proposal.key is not None:
        lines.append(_("Now: %s") % old_text(proposal)[:_MAX_TOOLTIP_CHARS])
    lines.append(_("With the preset: %s") % new_text(proposal)[:_MAX_TOOLTIP_CHARS])
    if proposal.reason:
        lines.append(proposal.reason)
    return "\n".join(lines)


def placeholder_text(proposal: PresetProposal | None) -> str:
    """Returns the muted text of a row without a target."""
    if proposal is None or proposal.key is not None:
        return ""
    return _("Not chosen yet") if proposal.candidates else _("Not in this workflow")


def changes_text(proposals: Collection[PresetProposal]) -> str:
    """Returns the counts of changes, `2 changes, 1 seed mode`.

    Changed values are counted as in the run bar. Inputs that change only their seed mode or the
    expansion of alternatives are counted separately.
    """
    values = sum(each.changes_value for each in proposals)
    others = [each for each in proposals if not each.changes_value]
    modes = sum(each.new_mode is not each.old_mode for each in others)
    expansions = sum(each.new_expands is not each.old_expands for each in others)
    parts = []
    if values:
        parts.append(n_("%d change", "%d changes", values) % values)
    if modes:
        parts.append(n_("%d seed mode", "%d seed modes", modes) % modes)
    if expansions:
        parts.append(
            n_("alternatives of %d text", "alternatives of %d texts", expansions) % expansions
        )
    return ", ".join(parts)


def summary_text(proposals: Collection[PresetProposal]) -> str:
    """Returns the summary: `12 changes, 1 seed mode fit. 3 are to be looked at first.`"""
    counts = dict.fromkeys(PreviewSection, 0)
    for each in proposals:
        counts[section_of(each)] += 1
    to_review = counts[PreviewSection.CONFLICTS] + counts[PreviewSection.GUESSES]
    fitting = [each for each in proposals if section_of(each) is PreviewSection.CHANGES]
    same = counts[PreviewSection.SAME]
    if not fitting and not to_review:
        return _("This preset changes nothing here.")
    parts = []
    if fitting:
        parts.append(n_("%s fits.", "%s fit.", len(fitting)) % changes_text(fitting))
    if to_review:
        text = n_("%d is to be looked at first.", "%d are to be looked at first.", to_review)
        parts.append(text % to_review)
    if same:
        text = n_("%d is as in the preset already.", "%d are as in the preset already.", same)
        parts.append(text % same)
    return " ".join(parts)


def apply_text(chosen: Collection[PresetProposal]) -> str:
    return _("Apply %s") % changes_text(chosen) if chosen else _("Apply")


def applied_text(
    name: str, chosen: Collection[PresetProposal], skipped_count: int, pinned_count: int = 0
) -> tuple[str, str]:
    """Returns the title and the detail of the notice about applied changes."""
    pinned_text = (
        n_("%d essential was added.", "%d essentials were added.", pinned_count) % pinned_count
        if pinned_count
        else ""
    )
    if not chosen:
        return _("“%s” changes no values here.") % name, pinned_text
    skipped_text = (
        n_("%d input was left out.", "%d inputs were left out.", skipped_count) % skipped_count
        if skipped_count
        else ""
    )
    return _("“%s” applied: %s.") % (name, changes_text(chosen)), " ".join(
        filter(None, (skipped_text, pinned_text))
    )


def searching_text(names: Sequence[str]) -> str:
    """Returns the text that names the files being searched for."""
    if len(names) == 1:
        return _("Looking for the file %s…") % one_line(names[0])
    return n_("Looking for %d file…", "Looking for %d files…", len(names)) % len(names)


def missing_text(names: Sequence[str]) -> str:
    """Returns the text that names the files that were not found."""
    count = len(names)
    if count == 1:
        return _("The file %s was not found on this computer.") % one_line(names[0])
    first_names = ", ".join(map(one_line, names[:3])) + (", …" if count > 3 else "")
    text = n_("%d file was not found: %s.", "%d files were not found: %s.", count)
    return text % (count, first_names)
