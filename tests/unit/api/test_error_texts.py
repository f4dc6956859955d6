from __future__ import annotations

from itertools import product

from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.error_texts import answer_texts
from runcomfy_desktop.domain.problem import ProblemKind


def test_every_kind_has_title_and_advice_for_every_errand() -> None:
    for kind, code, errand in product(ProblemKind, (None, 10003, 403003, "odd"), Errand):
        for status in (200, 403, 408, 413, 500):
            title, advice = answer_texts(kind, code, status, errand)
            assert title.endswith(".")
            assert advice.endswith(".")
            assert not title.endswith("!")


def test_a_missing_job_and_a_missing_file_are_told_apart() -> None:
    texts = {
        answer_texts(ProblemKind.NOT_FOUND, None, 404, errand)[0]
        for errand in (Errand.POLL, Errand.FILE, Errand.SUBMIT, Errand.READ)
    }
    assert len(texts) == 4
