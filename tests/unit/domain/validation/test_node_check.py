"""The check of one node of a draft: names, kinds, and issues that the user caused."""

from __future__ import annotations

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.node_check import (
    DeploymentContext,
    NodeCheckResult,
    check_node,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

SCHEMA = NodeSchema(
    {
        "VHS_LoadVideo": {"input": {"required": {"video": [["a.mp4"], {}], "rate": ["INT", {}]}}},
        "Loader": {"input": {"required": {"model": ["COMBO", {"options": []}]}}},
    }
)
VIDEO = Node("1", "VHS_LoadVideo", "", {"video": "a.mp4", "rate": 8})
LOADER = Node("2", "Loader", "", {"model": "mine.safetensors"})
DRAFT = Draft(Workflow({"1": VIDEO, "2": LOADER}), DraftSource("a"))
FILE, RATE = InputKey("1", "video"), InputKey("1", "rate")


def checked(node: Node, draft: Draft) -> NodeCheckResult:
    return check_node(node, draft, SCHEMA, DeploymentContext(draft.workflow, SCHEMA))


def test_files_of_the_container_and_addresses_are_fine_and_so_are_models_nobody_listed() -> None:
    assert not checked(VIDEO, DRAFT).issues
    assert not checked(LOADER, DRAFT).issues
    for value in ("other.mp4", "https://files.example.org/x", "data:video/mp4;base64,AA"):
        assert not checked(VIDEO, DRAFT.with_values({FILE: value})).issues


def test_a_file_that_is_sent_along_is_checked_as_a_file() -> None:
    picture = MediaFile("a.png", "ab.png", "ab", "image/png", 10, 3, 2)
    (note,) = checked(VIDEO, DRAFT.with_values({FILE: picture})).issues
    assert note.key == FILE
    assert note.is_user_made
    assert note.blocks_request
    assert "This input takes videos." in note.issue.text


def test_a_file_on_an_input_that_takes_none_stops_a_run_once_its_class_is_known() -> None:
    picture = MediaFile("a.png", "ab.png", "ab", "image/png", 10, 3, 2)
    draft = DRAFT.with_values({RATE: picture})
    (note,) = checked(VIDEO, draft).issues
    assert note.issue.text == "This input takes no files, so a.png cannot go there."
    assert note.blocks_request
    assert not check_node(VIDEO, draft, None, DeploymentContext(draft.workflow, None)).issues


def test_what_was_saved_is_nobodys_own() -> None:
    saved = Node("1", "VHS_LoadVideo", "", {"video": "", "rate": "fast"})
    draft = Draft(Workflow({"1": saved}), DraftSource("a"))
    assert {note.key: note.is_user_made for note in checked(saved, draft).issues} == {
        FILE: False,
        RATE: False,
    }
    changed = draft.with_values({RATE: "slow"})
    assert {note.key: note.is_user_made for note in checked(saved, changed).issues} == {
        FILE: False,
        RATE: True,
    }
