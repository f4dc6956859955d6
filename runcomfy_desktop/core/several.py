"""Makes of the draft in view one for each run of a batch; nothing of that is an edit of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.run_plan import PlannedRuns, RunPlan
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.large_media import LargeMedia
from runcomfy_desktop.domain.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweep.several import seed_values
from runcomfy_desktop.i18n import n_

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runcomfy_desktop.core.running import RunSource
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.sweep.several import Several
    from runcomfy_desktop.domain.workflow import InputKey


def plan_several(bench: Workbench, several: Several) -> RunPlan | None:
    """None when a run is impossible. On screen are in the end the last seeds of those which move
    on at each run; the others stay as they are."""
    bench.settling.publish(None)
    source, schema = bench.run_source(), bench.state.schema
    if source is None or bench.state.blocked:
        return None

    def make() -> PlannedRuns:
        base = bench.as_it_ran(source.draft)
        seeds = seed_values(several, seed_inputs(base, schema), bench.seeds.throw)
        drafts = [base.with_values(each) for each in seeds]
        ready = _as_sent(source, list(map(bench.speak, drafts)))
        runs = [Run(draft, source.deployment) for draft in ready]
        return PlannedRuns(runs, lambda: bench.show_ran(base, drafts[-1]))

    ready = source.ready(source.draft)
    name = n_("%d run", "%d runs", several.runs) % several.runs
    media = LargeMedia(schema)
    return RunPlan(
        source.draft,
        source.deployment,
        tuple(dict.fromkeys(media_files(ready))),
        tuple(dict.fromkeys(media.pictures(ready).values())),
        tuple(dict.fromkeys(media.shrinkable(ready).values())),
        ready.has_partner_nodes,
        make,
        several.runs,
        name,
    )


def _as_sent(source: RunSource, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Finds out once for each input whether it is sent. That hangs on the other inputs, and between
    these drafts only seeds and words of texts differ."""
    are_sent: dict[InputKey, bool] = {}
    model: Draft | None = None
    for draft in drafts:
        if model is not None and draft.changes.keys() <= are_sent.keys():
            changes = {key: value for key, value in draft.changes.items() if are_sent[key]}
            yield replace(model, changes=changes)
            continue
        ready = source.ready(draft)
        # A workflow that is sent whole has the values in it.
        if ready.workflow is draft.workflow:
            are_sent |= {key: key in ready.changes for key in draft.changes}
            model = ready
        yield ready
