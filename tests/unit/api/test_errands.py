from __future__ import annotations

import pytest

from runcomfy_desktop.api.errands import Errand, meaning, meaning_when_gone


@pytest.mark.parametrize("errand", list(Errand))
def test_each_errand_means_something_for_job_and_money(errand: Errand) -> None:
    assert meaning(errand).endswith(".")
    assert meaning_when_gone(errand).endswith(".")


def test_only_a_submit_can_have_been_accepted_all_the_same() -> None:
    assert "may have been accepted" in meaning(Errand.SUBMIT, uncertain=True)
    assert not any("may have been accepted" in meaning(each) for each in Errand)


@pytest.mark.parametrize("errand", [each for each in Errand if each.is_done_once])
def test_what_is_done_once_has_words_for_not_knowing(errand: Errand) -> None:
    assert meaning(errand, uncertain=True) != meaning(errand)
    assert "may have been" in meaning(errand, uncertain=True)


def test_questions_and_cancels_may_be_repeated() -> None:
    assert not any(
        each.is_done_once
        for each in (Errand.READ, Errand.RECORD, Errand.POLL, Errand.CANCEL, Errand.FILE)
    )
