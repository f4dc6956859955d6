"""Which draft of a deployment comes: its first one until another was in view or asked for."""

from __future__ import annotations

from runcomfy_desktop.core.deployments.preferred_drafts import PreferredDrafts


def test_the_first_comes_until_another_was_in_view() -> None:
    wanted = PreferredDrafts()
    assert wanted.key("one") == "one"
    wanted.prefer("one", "draft:b")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:c")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:b")
    assert wanted.key("one") == "one"


def test_what_comes_first_is_known_with_its_draft() -> None:
    wanted = PreferredDrafts()
    wanted.set_first("one", "draft:b")
    assert (wanted.first_id, wanted.key("one")) == ("one", "draft:b")


def test_editing_what_is_in_view_takes_no_request_back() -> None:
    wanted = PreferredDrafts()
    wanted.mark_viewed("one", "one")
    wanted.prefer("one", "draft:b")
    wanted.mark_viewed("one", "one")
    assert wanted.key("one") == "draft:b"
    wanted.mark_viewed("one", "draft:c")
    assert wanted.key("one") == "draft:c"
