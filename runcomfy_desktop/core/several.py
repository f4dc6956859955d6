"""Makes of the draft in view one for each run of a batch; nothing of that is an edit of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweep.several import seed_values

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.sweep.several import Several


def prepare_several(bench: Workbench, several: Several) -> tuple[Draft, ...]:
    """() when a run is impossible. On screen are afterwards the last seeds of those which move on
    at each run; the others stay as they are."""
    bench.settling.publish(None)
    draft, schema = bench.state.draft, bench.state.schema
    if draft is None or bench.state.blocked:
        return ()
    seeds = seed_values(several, seed_inputs(draft, schema), bench.seeds.throw)
    drafts = [draft.with_values(each) for each in seeds]
    bench.show_seeds(drafts[-1])
    bench.seeds.ran(drafts[-1])
    return tuple(map(bench.ready, drafts))
