"""One draft for each of several values: seeds move on from one to the next, and back on screen."""

from __future__ import annotations

from runcomfy_desktop.core.seeds import Seeds
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.sweep.several import SeedPlan, SeedWay, Several
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


# Several runs of one draft


def several(runs: int, way: SeedWay, start: str = "", numbers: str = "") -> Several:
    return Several(runs, {SEED: SeedPlan(way, start, numbers)})


def test_a_kept_seed_stays_on_screen_whatever_a_batch_does_with_it() -> None:
    bench = bench_with()
    drafts = bench.prepare_several(several(3, SeedWay.COUNT_UP, "40"))
    assert seeds_of(drafts) == [40, 41, 42]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 1
    assert bench.state.undo_text == ""


def test_a_seed_that_moves_on_is_where_the_batch_left_it() -> None:
    bench = bench_with(11, 22, 33)
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    drafts = bench.prepare_several(several(3, SeedWay.LIST, numbers="5 9 7"))
    assert seeds_of(drafts) == [5, 9, 7]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 7
    run = bench.prepare_run()
    assert run is not None
    assert run.value(SEED) == 8


def test_a_batch_of_what_cannot_run_has_no_drafts() -> None:
    assert Workbench().prepare_several(Several()) == ()
    bench = bench_with()
    bench.set_gone("d", "It is gone.")
    assert bench.prepare_several(Several()) == ()
