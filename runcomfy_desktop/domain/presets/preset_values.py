"""Values that a preset sets without asking the user: only unambiguous ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets.conflicts import PresetConflict
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.domain.presets.proposal_builder import build_proposals
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.drafts.draft import Changes, Draft, Value
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

# The preset's seed modes do not matter here, since each run's seed is given.
_SEED_CONFLICTS = (PresetConflict.NO_SEED, PresetConflict.SEED_CHANGES)


def preset_values(
    preset: Preset, draft: Draft, schema: NodeSchema | None, *, missing: Collection[str] = ()
) -> Changes:
    """Returns the values that the preset sets, whether or not the draft already has them.

    `missing` has the SHA-256 hashes of files that were not found. Raises Problem if an input is not
    found with certainty or its value is not allowed: the user has to apply such a preset in the
    preview.
    """
    values: dict[InputKey, Value] = {}
    for each in build_proposals(preset, draft, schema, missing=missing):
        if not each.entry.has_value:
            continue
        is_clear = each.conflict is None or each.conflict in _SEED_CONFLICTS
        if each.key is None or each.match_kind is not MatchKind.SAME or not is_clear:
            raise Problem(
                _("The preset “%s” does not fit this workflow: %s.")
                % (one_line(preset.name), one_line(each.entry.key.name)),
                one_line(each.reason),
                _("Apply it once to see what would become of it, then save it anew."),
            )
        values[each.key] = each.new
    return values
