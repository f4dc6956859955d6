"""One draft for each of several values: seeds move on from one to the next, and back on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.run_plan import plan_runs
from runcomfy_desktop.core.seeds import Seeds
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from tests.support.workbenches import run_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcomfy_desktop.domain.draft import Value

GRAPH = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
}
SEED, IMAGE = InputKey("1", "seed"), InputKey("2", "image")


def bench_with(*seeds: int) -> Workbench:
    left = list(seeds)
    bench = Workbench(lambda: left.pop(0))
    bench.open_deployment(Deployment("d", "D", payload=Payload(GRAPH)))  # type: ignore[arg-type]
    return bench


def variants(count: int) -> list[dict[InputKey, MediaFile]]:
    return [
        {IMAGE: MediaFile(f"{number}.png", f"{number}.png", "", "image/png", 9, 1, 1)}
        for number in range(count)
    ]


def runs_of(
    bench: Workbench, values: Sequence[Mapping[InputKey, Value]], label: str
) -> tuple[Draft, ...]:
    """What they send, once their jobs are written down."""
    return run_all(plan_runs(bench, values, label, ()))


def seeds_of(drafts: tuple[Draft, ...]) -> list[object]:
    return [draft.value(SEED) for draft in drafts]


def test_each_value_has_a_draft_of_its_own() -> None:
    bench, values = bench_with(), variants(3)
    drafts = runs_of(bench, values, "3 files for image")
    assert [draft.value(IMAGE) for draft in drafts] == [each[IMAGE] for each in values]
    assert seeds_of(drafts) == [1, 1, 1]
    assert bench.state.undo_text == "3 files for image"
    bench.undo()
    assert bench.state.draft is not None
    assert bench.state.draft.changes == {}


def test_random_seeds_differ_and_the_last_is_on_screen() -> None:
    bench = bench_with(11, 22, 33)
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    assert seeds_of(runs_of(bench, variants(3), "x")) == [11, 22, 33]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 33
    assert bench.state.draft.value(IMAGE) == variants(1)[0][IMAGE]


def test_counting_seeds_go_on_counting() -> None:
    bench = bench_with()
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    assert seeds_of(runs_of(bench, variants(3), "x")) == [1, 2, 3]
    assert seeds_of(runs_of(bench, variants(2), "x")) == [4, 5]


def test_what_blocks_one_blocks_all() -> None:
    bench = bench_with()
    before = bench.state.draft
    bench.set_lost({"0.png": "It is not there any more."})
    assert plan_runs(bench, variants(2), "x", ()) is None
    assert "image: It is not there any more." in bench.why_not(variants(1)[0])
    assert bench.state.draft is before
    bench.set_lost({})
    assert len(runs_of(bench, variants(2), "x")) == 2


def test_a_seed_without_a_node_is_left_alone() -> None:
    draft = Draft(workflow_from_json(GRAPH), Source("D"), "d")  # type: ignore[arg-type]
    seeds = Seeds(lambda: 5)
    assert seeds.next(draft, None) == {}
    assert seeds.next(draft.with_seed_mode(SEED, SeedMode.RANDOM), None) == {SEED: 5}


def test_a_seed_whose_input_is_gone_meanwhile_keeps_its_number() -> None:
    draft = Draft(workflow_from_json(GRAPH), Source("D"), "d").with_seed_mode(  # type: ignore[arg-type]
        SEED, SeedMode.COUNT_UP
    )
    other = {"2": GRAPH["2"]}
    now = Draft(workflow_from_json(other), Source("D"), "d")  # type: ignore[arg-type]
    assert Seeds(lambda: 5).latest(draft, now).value(SEED) == 1


def test_a_seed_that_a_value_names_is_not_moved() -> None:
    bench = bench_with(11, 22)
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    drafts = runs_of(bench, [{SEED: 7}, {SEED: 9}], "two seeds")
    assert seeds_of(drafts) == [7, 9]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 9
