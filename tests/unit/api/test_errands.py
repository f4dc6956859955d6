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
