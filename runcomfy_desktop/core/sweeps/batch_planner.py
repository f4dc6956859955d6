"""Creates the drafts for a batch of runs without editing the draft in view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.jobs.run_plan import PlannedRuns, RunPlan
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.drafts.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweeps.batch_plan import seed_values
from runcomfy_desktop.domain.validation.large_media import LargeMedia
from runcomfy_desktop.i18n import n_

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.run_source import RunSource
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def plan_batch(draft_editor: DraftEditor, batch: BatchPlan) -> RunPlan | None:
    """Returns the plan of a batch; None if a run is impossible.

    Once the jobs are stored, the draft in view shows the last run's values of seeds that change
    with each run; other seeds stay.
    """
    draft_editor.commit_requested.publish(None)
    source, schema = draft_editor.run_source(), draft_editor.state.schema
    if source is None or draft_editor.state.blocked_reason:
        return None

    def make() -> PlannedRuns:
        base = draft_editor.with_latest_seeds(source.draft)
        seeds = seed_values(batch, seed_inputs(base, schema), draft_editor.seeds.random_seed)
        drafts = [base.with_values(each) for each in seeds]
        ready = _as_sent(source, list(map(draft_editor.expand_prompts, drafts)))
        runs = [RunRequest(draft, source.deployment) for draft in ready]
        return PlannedRuns(runs, lambda: draft_editor.show_used_seeds(base, drafts[-1]))

    ready = source.prepare(source.draft)
    name = n_("%d run", "%d runs", batch.run_count) % batch.run_count
    media = LargeMedia(schema)
    return RunPlan(
        source.draft,
        source.deployment,
        tuple(dict.fromkeys(media_files(ready))),
        tuple(dict.fromkeys(media.pictures(ready).values())),
        tuple(dict.fromkeys(media.shrinkable(ready).values())),
        ready.has_partner_nodes,
        make,
        batch.run_count,
        name,
    )


def _as_sent(source: RunSource, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yields the drafts as sent; checks only once for each input whether it is sent.

    The result depends on the other inputs, and these drafts differ only in seeds and prompts.
    """
    sent_flags: dict[InputKey, bool] = {}
    template: Draft | None = None
    for draft in drafts:
        if template is not None and draft.changes.keys() <= sent_flags.keys():
            changes = {key: value for key, value in draft.changes.items() if sent_flags[key]}
            yield replace(template, changes=changes)
            continue
        ready = source.prepare(draft)
        # A workflow sent whole contains the values, so it cannot be the template.
        if ready.workflow is draft.workflow:
            sent_flags |= {key: key in ready.changes for key in draft.changes}
            template = ready
        yield ready
