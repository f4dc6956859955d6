"""Large pictures: those that may be shrunk, and those that need an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import INLINE_CAP_BYTES, INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.validation.large_media import LargeMedia, address_required_issues
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

PHOTO = MediaFile("forest.png", "ab.png", "ab", "image/png", INLINE_LIMIT_BYTES + 1, 8, 8)
FILM = replace(PHOTO, name="loop.gif", stored_name="cd.gif", mime="image/gif", size_bytes=2**21)
CLIP = replace(FILM, name="clip.mp4", stored_name="ef.mp4", mime="video/mp4")
PLAIN, CUT, MASK = (InputKey(node, "image") for node in ("1", "2", "3"))
GRAPH: JsonObject = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "3": {"class_type": "LoadImageMask", "inputs": {"image": "a.png", "channel": "red"}},
    "4": {"class_type": "LoadVideo", "inputs": {"file": "a.mp4"}},
    "5": {"class_type": "Uses", "inputs": {"picture": ["1", 0], "mask": ["2", 1]}},
}
VIDEO = InputKey("4", "file")


def draft(**values: Value) -> Draft:
    changes = {InputKey(name[-1], "image"): value for name, value in values.items()}
    return Draft(workflow_from_json(GRAPH), DraftSource("d"), "d").with_values(changes)


def test_no_picture_of_which_a_mask_is_made_may_be_shrunk() -> None:
    all_large = draft(n1=PHOTO, n2=PHOTO, n3=PHOTO)
    large = LargeMedia(None)
    assert set(large.pictures(all_large)) == {PLAIN, CUT, MASK}
    assert large.shrinkable(all_large) == {PLAIN: PHOTO}


@pytest.mark.parametrize(
    "value",
    [
        replace(PHOTO, size_bytes=INLINE_LIMIT_BYTES),
        replace(PHOTO, size_bytes=INLINE_CAP_BYTES + 1),
        CLIP,
        "https://files.example.org/forest.png",
        "data:image/png;base64," + "A" * 2 * INLINE_LIMIT_BYTES,
        7,
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_small_or_no_picture_or_cannot_be_sent_is_none_of_them(value: Value) -> None:
    assert LargeMedia(None).pictures(draft(n1=value)) == {}


def test_a_film_at_an_input_for_videos_is_no_picture() -> None:
    film = draft().with_values({VIDEO: FILM})
    assert LargeMedia(None).pictures(film) == {}
    assert LargeMedia(None).pictures(draft(n1=FILM)) == {PLAIN: FILM}
    assert LargeMedia(None).shrinkable(draft(n1=FILM)) == {}, "only a frame would be left of it"


def test_an_input_that_is_gone_is_left_out() -> None:
    assert LargeMedia(None).pictures(draft(n9=PHOTO)) == {}


def test_another_workflow_is_looked_through_anew() -> None:
    large = LargeMedia(None)
    assert large.shrinkable(draft(n2=PHOTO)) == {}
    graph: JsonObject = {**GRAPH, "5": {"class_type": "Uses", "inputs": {"picture": ["2", 0]}}}
    unmasked = replace(draft(n2=PHOTO), workflow=workflow_from_json(graph))
    assert large.shrinkable(unmasked) == {CUT: PHOTO}


@pytest.mark.parametrize("chosen", LargePictures)
def test_only_who_chose_addresses_is_asked_for_one(chosen: LargePictures) -> None:
    faults = address_required_issues(draft(n1=PHOTO, n3=PHOTO), None, chosen)
    if chosen is not LargePictures.ADDRESS:
        assert faults == {}
        return
    assert set(faults) == {PLAIN, MASK}
    assert faults[PLAIN].blocks
    words = "256 KB is above 256 KB, and your settings want an address for such pictures."
    assert faults[PLAIN].text == words
