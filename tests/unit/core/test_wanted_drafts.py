"""Which draft of a deployment comes: its first one until another was in view or asked for."""

from __future__ import annotations

from runcomfy_desktop.core.wanted_drafts import WantedDrafts


def test_the_first_comes_until_another_was_in_view() -> None:
    wanted = WantedDrafts()
    assert wanted.key("one") == "one"
    wanted.prefer("one", "draft:b")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:c")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:b")
    assert wanted.key("one") == "one"


def test_what_comes_first_is_known_with_its_draft() -> None:
    wanted = WantedDrafts()
    wanted.begin_with("one", "draft:b")
    assert (wanted.first_id, wanted.key("one")) == ("one", "draft:b")


def test_editing_what_is_in_view_takes_no_wish_back() -> None:
    wanted = WantedDrafts()
    wanted.saw("one", "one")
    wanted.prefer("one", "draft:b")
    wanted.saw("one", "one")
    assert wanted.key("one") == "draft:b"
    wanted.saw("one", "draft:c")
    assert wanted.key("one") == "draft:c"
