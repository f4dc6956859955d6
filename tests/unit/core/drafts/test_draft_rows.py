"""Rows of the draft list: rebuilt for changed drafts, and for no others."""

from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
from runcomfy_desktop.core.drafts.draft_rows import (
    DeploymentAvailability,
    DraftRowBuilder,
    edited_at,
    new_draft_of,
)
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.store.draft_summaries import DraftSummary, UnreadableDraft, summary_of

SEED = InputKey("31", "seed")

SUMMARIES = [
    DraftSummary(f"draft:{number}", "d", DraftSource("Flux"), f"{number}", change_count=number)
    for number in range(3)
]
UNUSUAL = (UnreadableDraft("odd.json"),)
LISTED = DeploymentCatalogueState(deployments=(Deployment("d", "Flux"),), loaded_s=1.0)


def test_the_row_of_a_draft_that_did_not_change_is_the_same() -> None:
    maker = DraftRowBuilder()
    before = maker.build(SUMMARIES, UNUSUAL, LISTED)
    heads = [SUMMARIES[0], replace(SUMMARIES[1], change_count=7), SUMMARIES[2]]
    after = maker.build(heads, UNUSUAL, LISTED)
    assert [row.change_count for row in after] == [0, 7, 2, 0]
    assert [row is old for row, old in zip(after, before, strict=True)][:3] == [True, False, True]


def test_rows_follow_their_order_and_what_is_gone_is_no_row() -> None:
    maker = DraftRowBuilder()
    maker.build(SUMMARIES, (), LISTED)
    after = maker.build([SUMMARIES[2], SUMMARIES[0]], (), LISTED)
    assert [row.key for row in after] == ["draft:2", "draft:0"]


def test_rows_say_what_became_of_their_deployment() -> None:
    maker = DraftRowBuilder()

    def availabilities(
        catalogue: DeploymentCatalogueState,
    ) -> set[tuple[str, DeploymentAvailability]]:
        return {
            (row.target_name, row.availability) for row in maker.build(SUMMARIES, (), catalogue)
        }

    assert availabilities(DeploymentCatalogueState()) == {("", DeploymentAvailability.UNKNOWN)}
    assert availabilities(LISTED) == {("Flux", DeploymentAvailability.LISTED)}
    renamed = replace(LISTED, deployments=(Deployment("d", "Flux 2", is_enabled=False),))
    assert availabilities(renamed) == {("Flux 2", DeploymentAvailability.DISABLED)}
    assert availabilities(replace(renamed, deployments=())) == {
        ("", DeploymentAvailability.UNLISTED)
    }


def test_an_edit_moves_the_time_in_steps_and_what_is_known_not_at_all() -> None:
    draft = Draft(Workflow({}), DraftSource("Flux"), "d", draft_id="1")
    before = replace(summary_of(draft, 100.0), workflow_hash="ab")
    assert edited_at(draft, None, 100.0) == 100.0
    assert edited_at(draft, before, 110.0) is None
    assert edited_at(replace(draft, title="Blue"), before, 110.0) == 100.0
    assert edited_at(draft, before, 140.0) == 140.0


def test_another_draft_has_a_title_of_its_own() -> None:
    draft = Draft(Workflow({}), DraftSource("Flux"), "d", {SEED: 5})
    further = new_draft_of(draft, ["Flux", "Flux 2"])
    assert (further.title, further.changes) == ("Flux 3", {SEED: 5})
    assert further.key not in (draft.key, new_draft_of(draft, []).key)
