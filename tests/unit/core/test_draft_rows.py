"""What the list says of drafts: made anew for those that changed, and for no other."""

from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.core.catalogue_state import CatalogueState
from runcomfy_desktop.core.draft_rows import RowMaker, Standing, edited_at, further_of
from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.workflow import InputKey, Workflow
from runcomfy_desktop.store.draft_heads import DraftHead, OddDraft, head_of

SEED = InputKey("31", "seed")

HEADS = [
    DraftHead(f"draft:{number}", "d", Source("Flux"), f"{number}", changes=number)
    for number in range(3)
]
ODD = (OddDraft("odd.json"),)
LISTED = CatalogueState(deployments=(Deployment("d", "Flux"),), loaded_s=1.0)


def test_the_row_of_a_draft_that_did_not_change_is_the_same() -> None:
    maker = RowMaker()
    before = maker.rows(HEADS, ODD, LISTED)
    heads = [HEADS[0], replace(HEADS[1], changes=7), HEADS[2]]
    after = maker.rows(heads, ODD, LISTED)
    assert [row.changes for row in after] == [0, 7, 2, 0]
    assert [row is old for row, old in zip(after, before, strict=True)][:3] == [True, False, True]


def test_rows_follow_their_order_and_what_is_gone_is_no_row() -> None:
    maker = RowMaker()
    maker.rows(HEADS, (), LISTED)
    after = maker.rows([HEADS[2], HEADS[0]], (), LISTED)
    assert [row.key for row in after] == ["draft:2", "draft:0"]


def test_rows_say_what_became_of_their_deployment() -> None:
    maker = RowMaker()

    def standings(catalogue: CatalogueState) -> set[tuple[str, Standing]]:
        return {(row.runs_on, row.standing) for row in maker.rows(HEADS, (), catalogue)}

    assert standings(CatalogueState()) == {("", Standing.UNKNOWN)}
    assert standings(LISTED) == {("Flux", Standing.LISTED)}
    renamed = replace(LISTED, deployments=(Deployment("d", "Flux 2", is_enabled=False),))
    assert standings(renamed) == {("Flux 2", Standing.DISABLED)}
    assert standings(replace(renamed, deployments=())) == {("", Standing.UNLISTED)}


def test_an_edit_moves_the_time_in_steps_and_what_is_known_not_at_all() -> None:
    draft = Draft(Workflow({}), Source("Flux"), "d", draft_id="1")
    before = replace(head_of(draft, 100.0), workflow="ab")
    assert edited_at(draft, None, 100.0) == 100.0
    assert edited_at(draft, before, 110.0) is None
    assert edited_at(replace(draft, title="Blue"), before, 110.0) == 100.0
    assert edited_at(draft, before, 140.0) == 140.0


def test_another_draft_has_a_title_of_its_own() -> None:
    draft = Draft(Workflow({}), Source("Flux"), "d", {SEED: 5})
    further = further_of(draft, ["Flux", "Flux 2"])
    assert (further.title, further.changes) == ("Flux 3", {SEED: 5})
    assert further.key not in (draft.key, further_of(draft, []).key)
