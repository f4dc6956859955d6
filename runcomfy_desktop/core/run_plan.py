"""Run plans: the runs of the draft in view, as it was when Run was pressed.

A plan changes nothing of the draft: questions follow, and each of them may be declined. The seeds
move on while the jobs are made, and are on screen once the jobs are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.large_media import LargeMedia

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.media import MediaFile


@dataclass(frozen=True, slots=True)
class PlannedRuns:
    """The runs of a plan; `written` is called when their jobs are written down."""

    runs: Sequence[Run]
    written: Callable[[], object]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The facts that are needed before its runs may go, and `make` for making them then; several
    are a batch of this `name`. `large` are the pictures above the recommended size, `shrinkable`
    those of them that may go out smaller. `draft` is the one in view when it was planned."""

    draft: Draft
    deployment: Deployment
    files: tuple[MediaFile, ...]
    large: tuple[MediaFile, ...]
    shrinkable: tuple[MediaFile, ...]
    has_partner_nodes: bool
    make: Callable[[], PlannedRuns]
    count: int = 1
    name: str = ""


def plan_run(bench: Workbench) -> RunPlan | None:
    """One run of the draft as it is; None when a run is impossible."""
    bench.settling.publish(None)
    return None if bench.state.blocked else _planned(bench, ({},), "", ())


def plan_runs(
    bench: Workbench, variants: Sequence[Changes], label: str, abouts: Sequence[str]
) -> RunPlan | None:
    """One run for each of `variants`, with seeds of its own but for those that it names; None when
    they cannot run. `abouts` tell them from each other.

    The first becomes a step of undo named `label`, so that the screen shows what runs.
    """
    bench.settling.publish(None)
    return None if bench.why_not(variants[0]) else _planned(bench, variants, label, abouts)


def _planned(
    bench: Workbench, variants: Sequence[Changes], label: str, abouts: Sequence[str]
) -> RunPlan | None:
    source = bench.run_source()
    if source is None:
        return None
    first, schema = variants[0], bench.state.schema

    def make() -> PlannedRuns:
        base = bench.as_it_ran(source.draft)
        drafts = [bench.seeds.moved(base.with_values(first), schema, first)]
        for values in variants[1:]:
            draft = drafts[-1].with_values(values)
            drafts.append(bench.seeds.moved(draft, schema, values, drafts[-1]))
        words = [*abouts, *[""] * len(drafts)]
        runs = [
            Run(source.ready(bench.speak(draft)), source.deployment, about)
            for draft, about in zip(drafts, words, strict=False)
        ]

        def written() -> None:
            bench.put(base.key, first, label)
            bench.show_ran(base.with_values(first), drafts[-1])

        return PlannedRuns(runs, written)

    ready = source.ready(source.draft.with_values(first))
    drafts = ready, *(source.draft.with_values(values) for values in variants[1:])
    large = LargeMedia(schema)
    return RunPlan(
        source.draft,
        source.deployment,
        _once(file for draft in drafts for file in media_files(draft)),
        _once(file for draft in drafts for file in large.pictures(draft).values()),
        _once(file for draft in drafts for file in large.shrinkable(draft).values()),
        ready.has_partner_nodes,
        make,
        len(variants),
        label,
    )


def _once(files: Iterable[MediaFile]) -> tuple[MediaFile, ...]:
    return tuple(dict.fromkeys(files))
