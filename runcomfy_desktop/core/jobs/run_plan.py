"""Plans for the runs of the current draft, as it was when Run was pressed.

Planning does not change the draft, because the user may decline in one of the dialogs that follow.
The seeds advance when the jobs are created, and are shown once the jobs are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.validation.large_media import LargeMedia

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.media.media import MediaFile


@dataclass(frozen=True, slots=True)
class PlannedRuns:
    """Runs of a plan; `on_written` is called when their jobs are written."""

    runs: Sequence[RunRequest]
    on_written: Callable[[], object]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Plan of one or more runs: the facts to check first, and `make_runs` to create them.

    Several runs are a batch called `name`. `large_pictures` are the pictures above the recommended
    size, `shrinkable_pictures` those among them that may be shrunk. `draft` is the current draft at
    the time of planning.
    """

    draft: Draft
    deployment: Deployment
    files: tuple[MediaFile, ...]
    large_pictures: tuple[MediaFile, ...]
    shrinkable_pictures: tuple[MediaFile, ...]
    has_partner_nodes: bool
    make_runs: Callable[[], PlannedRuns]
    count: int = 1
    name: str = ""


def plan_run(draft_editor: DraftEditor) -> RunPlan | None:
    """Plans one run of the current draft; returns None if it cannot run."""
    draft_editor.commit_requested.publish(None)
    return None if draft_editor.state.blocked_reason else _build_plan(draft_editor, ({},), "", ())


def plan_runs(
    draft_editor: DraftEditor, variants: Sequence[Changes], label: str, run_labels: Sequence[str]
) -> RunPlan | None:
    """Plans one run for each of `variants`; returns None if they cannot run.

    Each run gets its own seeds, except those that its variant sets. `run_labels` distinguish the
    runs. The first variant becomes an undo step named `label`, so that the window shows what runs.
    """
    draft_editor.commit_requested.publish(None)
    return (
        None
        if draft_editor.run_blocked_reason(variants[0])
        else _build_plan(draft_editor, variants, label, run_labels)
    )


def _build_plan(
    draft_editor: DraftEditor, variants: Sequence[Changes], label: str, run_labels: Sequence[str]
) -> RunPlan | None:
    source = draft_editor.run_source()
    if source is None:
        return None
    first, schema = variants[0], draft_editor.state.schema

    def make_runs() -> PlannedRuns:
        base = draft_editor.with_latest_seeds(source.draft)
        drafts = [draft_editor.seeds.with_next_seeds(base.with_values(first), schema, first)]
        for values in variants[1:]:
            draft = drafts[-1].with_values(values)
            drafts.append(draft_editor.seeds.with_next_seeds(draft, schema, values, drafts[-1]))
        labels = [*run_labels, *[""] * len(drafts)]
        expanded = [source.prepare(draft_editor.expand_prompts(draft)) for draft in drafts]
        pairs = zip(expanded, labels, strict=False)
        runs = [RunRequest(draft, source.deployment, run_label) for draft, run_label in pairs]

        def on_written() -> None:
            draft_editor.edit_draft(base.key, first, label)
            draft_editor.show_used_seeds(base.with_values(first), drafts[-1])

        return PlannedRuns(runs, on_written)

    ready = source.prepare(source.draft.with_values(first))
    drafts = ready, *(source.draft.with_values(values) for values in variants[1:])
    large_media = LargeMedia(schema)
    return RunPlan(
        source.draft,
        source.deployment,
        _unique(file for draft in drafts for file in media_files(draft)),
        _unique(file for draft in drafts for file in large_media.pictures(draft).values()),
        _unique(file for draft in drafts for file in large_media.shrinkable(draft).values()),
        ready.has_partner_nodes,
        make_runs,
        len(variants),
        label,
    )


def _unique(files: Iterable[MediaFile]) -> tuple[MediaFile, ...]:
    return tuple(dict.fromkeys(files))
