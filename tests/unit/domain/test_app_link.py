"""Links from outside: valid links, and the errors for all others."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.app_link import (
    MAX_CHARS,
    DeploymentLink,
    deployment_link,
    is_link,
    parse_link,
)
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.hostile_links import LINKS, HostileLink

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


@pytest.mark.parametrize(
    "text",
    [
        f"runcomfy-desktop:deployment/{KONTEXT}",
        f"runcomfy-desktop://deployment/{KONTEXT}",
        f"RunComfy-Desktop:deployment/{KONTEXT}",
    ],
)
def test_a_link_names_a_deployment(text: str) -> None:
    assert is_link(text)
    assert parse_link(text) == DeploymentLink(KONTEXT)


def test_the_link_that_is_made_is_read_again() -> None:
    assert parse_link(deployment_link(KONTEXT)) == DeploymentLink(KONTEXT)


@pytest.mark.parametrize("odd", ["", "a/b", "a b", "../x", "a" * 101, "é", "-x", "a%2f"])
def test_an_id_that_no_link_can_have_gets_no_link(odd: str) -> None:
    assert deployment_link(odd) == ""


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_what_is_wrong_with_a_link_is_said(link: HostileLink) -> None:
    with pytest.raises(Problem) as caught:
        parse_link(link.text)
    assert caught.value.sentence() == link.expected_text
    assert caught.value.technical == ""


def test_whatever_a_link_holds_its_sentence_is_one_short_line_of_plain_text() -> None:
    for code in [*range(0x250), 0x200B, 0x202E, 0x2028, 0xFEFF, 0xD800, 0xFFFF, 0x1F600]:
        for text in (f"runcomfy-desktop:{chr(code)}/x", f"runcomfy-desktop:deployment/{chr(code)}"):
            try:
                link = parse_link(text)
            except Problem as problem:
                sentence = problem.sentence()
                assert sentence.isprintable()
                assert len(sentence) < 200
            else:
                assert link.deployment_id == chr(code)
                assert chr(code).isalnum()
                assert chr(code).isascii()


@pytest.mark.parametrize(
    "text", ["", "/tmp/runcomfy.json", "C:\\a.json", "https://x", "runcomfy-desktop"]
)
def test_other_texts_are_no_links(text: str) -> None:
    assert not is_link(text)


def test_no_good_link_is_too_long() -> None:
    assert len(deployment_link("a" * 100)) < MAX_CHARS
