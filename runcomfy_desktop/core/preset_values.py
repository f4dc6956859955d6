"""A preset as one point of a grid's axis: the values that it gives a draft.

Nobody looks at a preview there, so only what fits without a doubt is taken for a point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.preset.plan import plan_of
from runcomfy_desktop.domain.preset.proposal import applied
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.schema import Schema


class PresetValues:
    """`fetch` reads a preset, and raises Problem."""

    def __init__(self, fetch: Callable[[str], Awaitable[Preset]]) -> None:
        self._fetch = fetch

    async def of(self, path: str, draft: Draft, schema: Schema | None) -> tuple[str, Changes]:
        """Name and values of the preset at `path`, for this draft. Raises Problem."""
        preset = await self._fetch(path)
        name = one_line(preset.name)
        proposals = plan_of(preset, draft, schema)
        doubts = [each for each in proposals if each.conflict is not None or each.is_guess]
        if doubts:
            text = n_(
                "%d value of the preset “%s” does not fit this workflow without a look at it.",
                "%d values of the preset “%s” do not fit this workflow without a look at them.",
                len(doubts),
            )
            advice = _("Apply it to the draft once, and save it anew; then it can be an axis.")
            raise Problem(text % (len(doubts), name), one_line(doubts[0].why), advice)
        after = applied(draft, proposals, path, schema)
        keys = {each.key for each in proposals if each.key is not None}
        told = {key: after.value(key) for key in keys}
        # With what follows from them: inputs that a choice brings or takes away.
        moved = {key for key in {*draft.changes, *after.changes} if key not in keys}
        followed = {key: after.value(key) for key in moved if after.value(key) != draft.value(key)}
        return name, {**told, **followed}
