"""One draft for each of several values: seeds move on from one to the next, and back on screen."""

from __future__ import annotations

from runcomfy_desktop.core.seeds import Seeds
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

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


def seeds_of(drafts: tuple[Draft, ...]) -> list[object]:
    return [draft.value(SEED) for draft in drafts]


def test_each_value_has_a_draft_of_its_own() -> None:
    bench, values = bench_with(), variants(3)
    drafts = bench.prepare_runs(values, "3 files for image")
    assert [draft.value(IMAGE) for draft in drafts] == [each[IMAGE] for each in values]
    assert seeds_of(drafts) == [1, 1, 1]
    assert bench.state.undo_text == "3 files for image"
    bench.undo()
    assert bench.state.draft is not None
    assert bench.state.draft.changes == {}


def test_random_seeds_differ_and_the_last_is_on_screen() -> None:
    bench = bench_with(11, 22, 33)
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    assert seeds_of(bench.prepare_runs(variants(3), "x")) == [11, 22, 33]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 33
    assert bench.state.draft.value(IMAGE) == variants(1)[0][IMAGE]


def test_counting_seeds_go_on_counting() -> None:
    bench = bench_with()
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    assert seeds_of(bench.prepare_runs(variants(3), "x")) == [1, 2, 3]
    assert seeds_of(bench.prepare_runs(variants(2), "x")) == [4, 5]


def test_what_blocks_one_blocks_all() -> None:
    bench = bench_with()
    bench.set_lost({"0.png": "It is not there any more."})
    assert bench.prepare_runs(variants(2), "x") == ()
    assert "image: It is not there any more." in bench.state.blocked
    bench.set_lost({})
    assert bench.state.blocked == ""


def test_a_seed_without_a_node_is_left_alone() -> None:
    draft = Draft(workflow_from_json(GRAPH), Source("D"), "d")  # type: ignore[arg-type]
    seeds = Seeds(lambda: 5)
    assert seeds.next(draft, None) == {}
    assert seeds.next(draft.with_seed_mode(SEED, SeedMode.RANDOM), None) == {SEED: 5}


def test_a_seed_that_a_value_names_is_not_moved() -> None:
    bench = bench_with(11, 22)
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    drafts = bench.prepare_runs([{SEED: 7}, {SEED: 9}], "two seeds")
    assert seeds_of(drafts) == [7, 9]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 9
