"""Signed URLs are cut; everything else is unchanged."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.media.signed_urls import strip_signatures

_BARE = "https://store.example/a/cat.png"


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Algorithm=AWS4&X-Amz-Credential=AK&X-Amz-Signature=5ec",
        "x-goog-signature=5ec",
        "Expires=1&Signature=5ec&Key-Pair-Id=K",
        "sv=2020&sig=5ec",
        "token=5ec",
        "a=1&access_token=5ec",
    ],
)
def test_a_signature_goes(query: str) -> None:
    assert strip_signatures(f"{_BARE}?{query}") == _BARE
    message = strip_signatures({"a": [f"see <{_BARE}?{query}> and", 1]})
    assert message == {"a": [f"see <{_BARE}> and", 1]}


def test_a_text_that_only_begins_like_data_is_no_hiding_place() -> None:
    signed = f"{_BARE}?X-Amz-Signature=5ec"
    assert strip_signatures(f"data: see {signed}") == f"data: see {_BARE}"
    assert (
        strip_signatures(f"data:image/png;base64,AAAA {signed}")
        == f"data:image/png;base64,AAAA {_BARE}"
    )


def test_the_names_of_an_object_hold_none_either() -> None:
    assert strip_signatures({f"{_BARE}?sig=5ec": 1, "b": 2}) == {_BARE: 1, "b": 2}


@pytest.mark.parametrize(
    "value",
    [
        "a lighthouse? token=yes",
        f"{_BARE}?width=3&name=x",
        f"{_BARE}?design=5",
        "data:image/png;base64,AAAA",
        {"a": [1, None, "x"]},
    ],
)
def test_the_rest_stays_what_it_is(value: str) -> None:
    assert strip_signatures(value) is value
