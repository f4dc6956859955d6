"""Makes of the draft in view one for each run of a batch; nothing of that is an edit of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweep.several import seed_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.sweep.several import Several
    from runcomfy_desktop.domain.workflow import InputKey


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
    return tuple(_as_sent(bench, list(map(bench.speak, drafts))))


def _as_sent(bench: Workbench, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Which inputs of a draft are sent hangs on the others; between these only seeds and words of
    texts differ, so it
    is found out once for each input, and not a thousand times for all."""
    are_sent: dict[InputKey, bool] = {}
    model: Draft | None = None
    for draft in drafts:
        if model is not None and draft.changes.keys() <= are_sent.keys():
            changes = {key: value for key, value in draft.changes.items() if are_sent[key]}
            yield replace(model, changes=changes)
            continue
        ready = bench.ready(draft)
        # A workflow that is sent whole has the values in it.
        if ready.workflow is draft.workflow:
            are_sent |= {key: key in ready.changes for key in draft.changes}
            model = ready
        yield ready
