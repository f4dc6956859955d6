"""Fuzzy search: matches, their rank, and the marked characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.fuzzy import (
    MAX_CHARS,
    MAX_LOOSE_CHARS,
    MatchRank,
    SearchTerm,
    contains,
    contains_loosely,
    fold,
    rank,
    spans,
    terms_of,
)

words = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"], exclude_characters='"'))
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("euler", "euler", MatchRank.WORD),
        ("euler", "the Euler one", MatchRank.WORD),
        ("euler", "euler_ancestral", MatchRank.PREFIX),
        ("name", "sampler_name", MatchRank.PREFIX),
        ("amp", "KSampler", MatchRank.INSIDE),
        ("ksmplr", "KSampler", MatchRank.SUBSEQUENCE),
        ("ldimg", "Load Image", MatchRank.SUBSEQUENCE),
        ("ksanpler", "KSampler", MatchRank.TYPO),
        ("smapler", "Sampler", MatchRank.TYPO),
        ("steeps", "steps", MatchRank.TYPO),
        ("zebra", "KSampler", MatchRank.NONE),
        ("rk", "KSampler", MatchRank.NONE),
        ("stpe", "steps", MatchRank.TYPO),
        ("abx", "abc", MatchRank.NONE),
    ],
)
def test_a_word_is_ranked_by_how_it_stands(word: str, text: str, expected: MatchRank) -> None:
    assert rank(SearchTerm(word), fold(text)) is expected


def test_the_best_place_of_several_counts() -> None:
    assert rank(SearchTerm("image"), "preimage image_upload image") is MatchRank.WORD


def test_words_are_split_at_spaces_and_quotes_hold_them_together() -> None:
    assert terms_of('  KSampler "Load  image"  x ') == (
        SearchTerm("ksampler"),
        SearchTerm("load  image", is_exact=True),
        SearchTerm("x"),
    )
    assert terms_of('"blue bi') == (SearchTerm("blue bi", is_exact=True, is_unclosed=True),)
    assert terms_of('""  " "') == ()
    assert terms_of("a a") == (SearchTerm("a"),)


def test_quotes_mean_whole_words() -> None:
    (exact,) = terms_of('"euler"')
    assert contains(exact, "euler")
    assert contains(exact, "an euler, then")
    assert not contains(exact, "euler_ancestral")
    assert not contains_loosely(exact, "eu ler")
    (growing,) = terms_of('"eul')
    assert contains(growing, "euler_ancestral")


def test_letters_may_lie_apart_in_short_texts_only() -> None:
    short = "k" + "-" * (MAX_LOOSE_CHARS - 2) + "s"
    assert contains_loosely(SearchTerm("ks"), short)
    assert not contains_loosely(SearchTerm("ks"), short.replace("k", "k-"))


def test_marks_are_joined_where_words_overlap() -> None:
    assert spans(terms_of("samp ampler"), "KSampler") == ((1, 8),)
    assert spans(terms_of("a"), "banana") == ((1, 2), (3, 4), (5, 6))


def test_letters_without_a_small_form_of_one_letter_keep_their_place() -> None:
    text = "Straße İstanbul"
    assert len(fold(text)) == len(text)
    assert [text[a:b] for a, b in spans(terms_of("istanbul stra"), text)] == ["Stra"]
    assert [text[a:b] for a, b in spans(terms_of("STANBUL"), text)] == ["stanbul"]


@given(anything)
def test_folding_keeps_the_length_and_is_done_after_once(text: str) -> None:
    once = fold(text)
    assert len(once) == len(text)
    assert fold(once) == once


@given(words.filter(bool), anything)
def test_marked_letters_spell_the_word(word: str, text: str) -> None:
    """The marked characters spell the word, once or several times, except for a typo."""
    terms = terms_of(word)
    hay = fold(text)
    for term in terms:
        found = rank(term, hay)
        marked = "".join(hay[a:b] for a, b in spans([term], text, is_loose=True))
        assert bool(marked) is (found is not MatchRank.NONE)
        assert contains_loosely(term, hay) is (found is not MatchRank.NONE)
        if found is MatchRank.SUBSEQUENCE:
            assert marked == term.text
        elif found > MatchRank.SUBSEQUENCE:
            assert marked.count(term.text) * len(term.text) <= len(marked)
            assert set(marked) == set(term.text)


@given(st.text("abcKS _", min_size=1, max_size=12), st.text("abcKS _\n", max_size=60))
def test_few_letters_are_found_and_marked_alike(query: str, text: str) -> None:
    hay = fold(text)
    for term in terms_of(query):
        marked = spans([term], text, is_loose=True)
        assert marked == spans([term], text, is_loose=True)
        assert bool(marked) is contains_loosely(term, hay)
        assert all(0 <= a < b <= len(text) for a, b in marked)
        assert all(first[1] < second[0] for first, second in pairwise(marked))


@given(st.text(min_size=1, max_size=30), st.integers(0, 29))
def test_a_word_with_letters_left_out_is_still_found(text: str, at: int) -> None:
    word = fold(text)
    for term in terms_of(word[:at] + word[at + 1 :]):
        if term.is_loose and not term.is_exact and " " not in term.text:
            assert contains_loosely(term, word) or '"' in word or not word.isalnum()


@given(st.text(max_size=300))
def test_whatever_is_typed_becomes_a_few_words(query: str) -> None:
    terms = terms_of(query)
    assert len(terms) <= 12
    assert all(term.text.strip() for term in terms)


def test_no_line_is_long_enough_to_try_for_ever() -> None:
    term = SearchTerm("a" * 38 + "bc")
    assert rank(term, "a" * MAX_LOOSE_CHARS) is MatchRank.NONE
    assert rank(SearchTerm("a-" * 15), "a-" * 15 + "]^") is MatchRank.WORD
    assert rank(SearchTerm("]^"), "a]-^b") is MatchRank.SUBSEQUENCE


@pytest.mark.parametrize("text", ["a" * 100_000, "ab " * 33_000, "\n" * 100_000])
@pytest.mark.parametrize("query", ["a" * 200, "aaaaaaaab", "ab" * 20, '"a"', "a b c d e f"])
def test_a_long_text_is_looked_into_so_far_only(text: str, query: str) -> None:
    hay, terms = fold(text), terms_of(query)
    assert len(hay) == min(len(text), MAX_CHARS)
    for term in terms:
        rank(term, hay)  # Within the time limit of a test.
    assert all(end <= MAX_CHARS for _start, end in spans(terms, text, is_loose=True))
    assert len(spans(terms, text, is_loose=True)) <= 200
