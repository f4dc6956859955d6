"""Captures a draft as a preset, and detects later changes to the draft."""

from __future__ import annotations

from dataclasses import replace
from heapq import nsmallest
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_finite
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.presets.graph_positions import GraphPositions
from runcomfy_desktop.domain.presets.media_members import sends_same
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry, natural_key
from runcomfy_desktop.domain.presets.preset_node_matcher import match_nodes, preset_nodes
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES, InputKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.workflow.workflow import Workflow


def preset_inputs(draft: Draft) -> set[InputKey]:
    """Returns the inputs that a preset of the draft would contain."""
    return {*draft.changes, *draft.seed_modes, *draft.dynamic_prompt_inputs}


def first_of(keys: Collection[InputKey], limit: int) -> list[InputKey]:
    """Returns the first `limit` keys in the order of a preset, without sorting all of them."""
    nodes = {key.node_id for key in keys}
    first = set(nsmallest(limit, nodes, key=lambda node_id: natural_key(InputKey(node_id, ""))))
    return sorted((key for key in keys if key.node_id in first), key=natural_key)[:limit]


def preset_of(draft: Draft, name: str, pins: Sequence[Pin] = ()) -> Preset:
    """Returns the draft's differences from its workflow, its seed modes and its dynamic prompts.

    Signed URLs are cut, because presets are shared. A number that JSON cannot express is left out,
    because it could not be sent either.
    """
    positions = GraphPositions(draft.workflow)
    keys = sorted(preset_inputs(draft), key=natural_key)
    return Preset(
        name,
        tuple(_entry(draft, key, positions) for key in keys),
        tuple(pins),
        deployment_id=draft.deployment_id,
        deployment_name="" if draft.source.is_file else draft.source.name,
        workflow_version=draft.source.workflow_version,
    )


def is_changed(draft: Draft, preset: Preset) -> bool:
    """Returns True if the draft differs from the result of applying the preset.

    A seed that changes by itself at each run is not a difference. If the workflow's ids differ from
    the preset's, nodes are found as when a preset is applied.
    """
    entries = _placed_entries(preset, draft.workflow)
    named = {entry.key for entry in entries}
    now = {*draft.changes, *draft.dynamic_prompt_inputs}
    now |= {key for key, mode in draft.seed_modes.items() if mode is not SeedMode.KEEP}
    if not now <= named:
        return True
    return any(not _matches_entry(draft, entry) for entry in entries)


def updated_preset(earlier: Preset, now: Preset) -> Preset:
    """Returns `now`, which replaces `earlier`, with the parts of `earlier` that a draft lacks.

    These are the note and the pins if `now` has none, the preset's own files, and members from a
    newer program.
    """
    before = {entry.key: entry.extra for entry in earlier.entries}
    pin_extras = {pin.key: pin.extra for pin in earlier.pins}
    named = {entry.value.sha256 for entry in now.entries if isinstance(entry.value, MediaFile)}
    return replace(
        now,
        note=now.note or earlier.note,
        entries=tuple(
            replace(each, extra={**before.get(each.key, {}), **each.extra}) for each in now.entries
        ),
        pins=tuple(
            replace(each, extra={**pin_extras.get(each.key, {}), **each.extra})
            for each in now.pins or earlier.pins
        ),
        files={sha: data for sha, data in {**earlier.files, **now.files}.items() if sha in named},
        extra={**earlier.extra, **now.extra},
    )


def media_of(preset: Preset) -> Mapping[InputKey, MediaFile]:
    """Returns the files that the preset puts on inputs, by input."""
    return {
        entry.key: entry.value
        for entry in preset.entries
        if entry.has_value and isinstance(entry.value, MediaFile)
    }


def _entry(draft: Draft, key: InputKey, positions: GraphPositions) -> PresetEntry:
    node = draft.workflow.node(key.node_id)
    value = draft.changes.get(key)
    if not isinstance(value, MediaFile):
        value = strip_signatures(value)
    has_value = key in draft.changes and (isinstance(value, MediaFile) or is_finite(value))
    mode = draft.seed_modes.get(key)
    if mode is None and has_value and key.name in SEED_NAMES:
        # If the seed is random in the target draft, this number would otherwise never be run.
        mode = SeedMode.KEEP
    return PresetEntry(
        key,
        node.class_type,
        node.title,
        value if has_value else None,
        has_value,
        mode,
        key in draft.dynamic_prompt_inputs,
        position=positions.features_of(key.node_id),
    )


@cache_last
def _placed_entries(preset: Preset, workflow: Workflow) -> tuple[PresetEntry, ...]:
    """Returns the entries of a preset with their keys in a workflow."""
    nodes = preset_nodes(preset.entries)
    found = match_nodes(tuple(nodes.values()), workflow, trusts_ids=True)
    entries = []
    for entry in preset.entries:
        node_id = found[nodes[entry.key.node_id, entry.class_type]].node_id or entry.key.node_id
        is_here = node_id == entry.key.node_id
        entries.append(entry if is_here else replace(entry, key=InputKey(node_id, entry.key.name)))
    return tuple(entries)


def _matches_entry(draft: Draft, entry: PresetEntry) -> bool:
    mode = draft.seed_modes.get(entry.key, SeedMode.KEEP)
    if entry.seed_mode is not None and entry.seed_mode is not mode:
        return False
    if entry.expands is not (entry.key in draft.dynamic_prompt_inputs):
        return False
    if mode is not SeedMode.KEEP and entry.seed_mode is mode:
        return True
    if not entry.has_value:
        return entry.key not in draft.changes
    now = draft.value(entry.key)
    is_stripped = not isinstance(now, MediaFile) and sends_same(strip_signatures(now), entry.value)
    return is_stripped or sends_same(now, entry.value)
