"""One draft for each of several values: seeds advance from one to the next, and in the editor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.seeds import Seeds
from runcomfy_desktop.core.jobs.run_plan import plan_runs
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.support.draft_runs import run_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcomfy_desktop.domain.drafts.draft import Value

GRAPH = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
}
SEED, IMAGE = InputKey("1", "seed"), InputKey("2", "image")


def editor_with(*seeds: int) -> DraftEditor:
    left = list(seeds)
    draft_editor = DraftEditor(lambda: left.pop(0))
    draft_editor.open_deployment(Deployment("d", "D", payload=DeploymentPayload(GRAPH)))  # type: ignore[arg-type]
    return draft_editor


def variants(count: int) -> list[dict[InputKey, MediaFile]]:
    return [
        {IMAGE: MediaFile(f"{number}.png", f"{number}.png", "", "image/png", 9, 1, 1)}
        for number in range(count)
    ]


def runs_of(
    draft_editor: DraftEditor, values: Sequence[Mapping[InputKey, Value]], label: str
) -> tuple[Draft, ...]:
    """Returns the drafts that the runs send, after their jobs have been written."""
    return run_all(plan_runs(draft_editor, values, label, ()))


def seeds_of(drafts: tuple[Draft, ...]) -> list[object]:
    return [draft.value(SEED) for draft in drafts]


def test_each_value_has_a_draft_of_its_own() -> None:
    draft_editor, values = editor_with(), variants(3)
    drafts = runs_of(draft_editor, values, "3 files for image")
    assert [draft.value(IMAGE) for draft in drafts] == [each[IMAGE] for each in values]
    assert seeds_of(drafts) == [1, 1, 1]
    assert draft_editor.state.undo_text == "3 files for image"
    draft_editor.undo()
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.changes == {}


def test_random_seeds_differ_and_the_last_is_on_screen() -> None:
    draft_editor = editor_with(11, 22, 33)
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    assert seeds_of(runs_of(draft_editor, variants(3), "x")) == [11, 22, 33]
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.value(SEED) == 33
    assert draft_editor.state.draft.value(IMAGE) == variants(1)[0][IMAGE]


def test_equal_seeds_stay_equal_and_others_differ() -> None:
    first, second, third = (InputKey(node, "seed") for node in ("1", "2", "3"))
    graph = {
        node: {"class_type": "KSampler", "inputs": {"seed": seed}}
        for node, seed in (("1", 7), ("2", 7), ("3", 8))
    }
    draft = Draft(workflow_from_json(graph), DraftSource("D"), "d")  # type: ignore[arg-type]
    draft = replace(draft, seed_modes=dict.fromkeys((first, second, third), SeedMode.RANDOM))
    left = [11, 22]
    seeds = Seeds(lambda: left.pop(0)).next_seeds(draft, None)
    assert seeds == {first: 11, second: 11, third: 22}


def test_counting_seeds_go_on_counting() -> None:
    draft_editor = editor_with()
    draft_editor.set_seed_mode(SEED, SeedMode.COUNT_UP)
    assert seeds_of(runs_of(draft_editor, variants(3), "x")) == [1, 2, 3]
    assert seeds_of(runs_of(draft_editor, variants(2), "x")) == [4, 5]


def test_what_blocks_one_blocks_all() -> None:
    draft_editor = editor_with()
    before = draft_editor.state.draft
    draft_editor.set_unsendable({"0.png": "It is not there any more."})
    assert plan_runs(draft_editor, variants(2), "x", ()) is None
    assert "image: It is not there any more." in draft_editor.run_blocked_reason(variants(1)[0])
    assert draft_editor.state.draft is before
    draft_editor.set_unsendable({})
    assert len(runs_of(draft_editor, variants(2), "x")) == 2


def test_a_seed_without_a_node_is_left_alone() -> None:
    draft = Draft(workflow_from_json(GRAPH), DraftSource("D"), "d")  # type: ignore[arg-type]
    seeds = Seeds(lambda: 5)
    assert seeds.next_seeds(draft, None) == {}
    assert seeds.next_seeds(draft.with_seed_mode(SEED, SeedMode.RANDOM), None) == {SEED: 5}


def test_a_seed_whose_input_is_gone_meanwhile_keeps_its_number() -> None:
    draft = Draft(workflow_from_json(GRAPH), DraftSource("D"), "d").with_seed_mode(  # type: ignore[arg-type]
        SEED, SeedMode.COUNT_UP
    )
    other = {"2": GRAPH["2"]}
    now = Draft(workflow_from_json(other), DraftSource("D"), "d")  # type: ignore[arg-type]
    assert Seeds(lambda: 5).with_latest(draft, now).value(SEED) == 1


def test_a_seed_that_a_value_names_is_not_moved() -> None:
    draft_editor = editor_with(11, 22)
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    drafts = runs_of(draft_editor, [{SEED: 7}, {SEED: 9}], "two seeds")
    assert seeds_of(drafts) == [7, 9]
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.value(SEED) == 9
