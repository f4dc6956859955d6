"""Weights of words in prompts: `|` is the cursor, two of them enclose a selection."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.drafts.attention_weight import TextReplacement, adjust_weight


def after(marked: str, step: float) -> str | None:
    """Returns the text with its new selection marked, or None if there is nothing to weight."""
    start = marked.index("|")
    text = marked.replace("|", "", 1)
    end = text.find("|")
    text = text.replace("|", "")
    new = adjust_weight(text, start, start if end < 0 else end, step)
    if new is None:
        return None
    return f"{text[: new.start]}|{new.text}|{text[new.end :]}"


@pytest.mark.parametrize(
    ("before", "step", "wanted"),
    [
        ("a red b|ike", 0.1, "a red |(bike:1.1)|"),
        ("a red bike|", 0.1, "a red |(bike:1.1)|"),
        ("a |red| bike", -0.1, "a |(red:0.9)| bike"),
        ("a |red bike| here", 0.05, "a |(red bike:1.05)| here"),
        ("a |red bike | here", 0.1, "a |(red bike:1.1)|  here"),
        ("a |(red:1.1)| bike", 0.1, "a |(red:1.2)| bike"),
        ("a |(red:1.1)| bike", -0.1, "a |red| bike"),
        ("a (r|ed:1.1) bike", 0.1, "a |(red:1.2)| bike"),
        ("a (|red|:1.1) bike", 0.1, "a |(red:1.2)| bike"),
        ("a (|red|) bike", 0.1, "a |(red:1.2)| bike"),
        ("a (red)| bike", -0.1, "a |red| bike"),
        ("(a (red|:1.2) bike:0.8)", 0.1, "(a |(red:1.3)| bike:0.8)"),
        ("(a| (red:1.2) bike:0.8)", 0.1, "|(a (red:1.2) bike:0.9)|"),
        ("|(a) and (b)|", 0.1, "|((a) and (b):1.1)|"),
        (r"a \(r|ed\) bike", 0.1, r"a \(|(red:1.1)|\) bike"),
        ("blue-gr|een", 0.1, "|(blue-green:1.1)|"),
        ("|自行车|, blue", 0.1, "|(自行车:1.1)|, blue"),
        ("(a:1.95|)", 0.05, "|(a:2)|"),
        ("(a:.5|)", -0.5, "|(a:0)|"),
        ("(two\nli|nes)", 0.1, "|(two\nlines:1.2)|"),
        ("(open br|acket", 0.1, "(open |(bracket:1.1)|"),
        ("closed) br|acket", 0.1, "closed) |(bracket:1.1)|"),
    ],
)
def test_a_step_changes_the_weight_and_selects_what_has_it(
    before: str, step: float, wanted: str
) -> None:
    assert after(before, step) == wanted


@pytest.mark.parametrize("before", ["|", "a , | b", "a|   |b"])
def test_where_no_word_is_nothing_happens(before: str) -> None:
    assert after(before, 0.1) is None


def test_up_and_down_again_is_as_it_was() -> None:
    text, start, end = "a red bike", 3, 3
    for step in (*[0.1] * 12, *[-0.1] * 12):
        new = adjust_weight(text, start, end, step)
        assert new is not None
        text = text[: new.start] + new.text + text[new.end :]
        start, end = new.start, new.start + len(new.text)
    assert text == "a red bike"


def test_a_weight_of_many_digits_stays_a_number() -> None:
    new = adjust_weight("(a:999999)", 2, 2, 0.1)
    assert new == TextReplacement(0, 10, "(a:1000)")
    assert adjust_weight(f"(a:{'9' * 400})", 2, 2, 0.1) is not None


def test_a_text_of_megabytes_is_looked_at_around_the_cursor_only() -> None:
    text = "(" * 2_000_000 + " bike " + ")" * 2_000_000
    new = adjust_weight(text, 2_000_002, 2_000_002, 0.1)
    assert new is not None
    assert " bike " in new.text
    assert new.text.endswith(":1.2)")
