from __future__ import annotations

from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.domain.jobs.run_facts_text import (
    changed_texts,
    changes_only_seed,
    negative_prompt_text,
    prompt_text,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.job_factory import make_job

CFG, SEED, TEXT = InputKey("3", "cfg"), InputKey("3", "seed"), InputKey("6", "text")
PICTURE = MediaFile("harbour.jpg", "ab.png", "ab", "image/png", 123, 4, 5)


def test_changed_inputs_are_listed_with_the_values_before_where_known() -> None:
    job = make_job(
        changes={CFG: 3.5, InputKey("9", "image"): PICTURE, InputKey("3", "on"): False},
        facts=RunFacts(earlier={CFG: "2.5"}),
    )
    assert changed_texts(job) == ["cfg 2.5 → 3.5", "image harbour.jpg", "on false"]


def test_the_seed_of_the_job_is_not_listed_again() -> None:
    other = InputKey("4", "seed")
    job = make_job(changes={SEED: 5, other: 6}, seed=5, facts=RunFacts(titles={"4": "KSampler 2"}))
    assert changed_texts(job) == ["KSampler 2 · seed 6"]
    assert not changes_only_seed(job)
    assert changes_only_seed(make_job(changes={SEED: 5}, seed=5))
    assert not changes_only_seed(make_job(seed=5))


def test_an_old_job_names_nodes_by_their_ids_where_names_repeat() -> None:
    job = make_job(changes={TEXT: "a", InputKey("7", "text"): "b", CFG: 1})
    assert changed_texts(job) == ["#6 · text a", "#7 · text b", "cfg 1"]


def test_long_and_hostile_texts_are_one_short_line() -> None:
    job = make_job(
        changes={TEXT: "two\nlines, " + "x" * 999, InputKey("6", "\u202eevil\n"): ""},
        facts=RunFacts(earlier={TEXT: "old"}, titles={"6": "<b>T</b>\u202e"}),
    )
    text, evil = changed_texts(job)
    assert text == "<b>T</b> · text old → “two lines, xxxxxxxxxxxxxxxxxx…”"
    assert evil == '<b>T</b> · evil ""'


def test_a_shortened_text_does_not_end_with_a_space() -> None:
    job = make_job(changes={TEXT: "Turn the harbour to the blue hour, please"})
    assert changed_texts(job) == ["text “Turn the harbour to the blue…”"]


def test_prompts_are_those_of_the_run_each_once() -> None:
    facts = RunFacts(
        prompts={TEXT: "", InputKey("8", "text"): "a boat ", InputKey("9", "text"): "as deployed"},
        negative_prompts={InputKey("7", "text"): "blurry"},
    )
    job = make_job(changes={TEXT: "a boat"}, facts=facts)
    assert prompt_text(job) == "a boat\n\nas deployed"
    assert negative_prompt_text(job) == "blurry"
    assert prompt_text(make_job(changes={TEXT: "a boat"})) == ""
    # The text of a changed prompt was too large for the history.
    assert prompt_text(make_job(changes={TEXT: PICTURE}, facts=facts)) == "a boat\n\nas deployed"
