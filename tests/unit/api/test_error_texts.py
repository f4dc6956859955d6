from __future__ import annotations

from itertools import product

from runcomfy_desktop.api.error_texts import response_texts
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.domain.base.problem import ProblemKind


def test_every_kind_has_title_and_advice_for_every_operation() -> None:
    for kind, code, operation in product(ProblemKind, (None, 10003, 403003, "odd"), ApiOperation):
        for status in (200, 403, 408, 413, 500):
            title, advice = response_texts(kind, code, status, operation)
            assert title.endswith(".")
            assert advice.endswith(".")
            assert not title.endswith("!")


def test_a_missing_job_and_a_missing_file_are_told_apart() -> None:
    texts = {
        response_texts(ProblemKind.NOT_FOUND, None, 404, operation)[0]
        for operation in (
            ApiOperation.POLL,
            ApiOperation.FILE,
            ApiOperation.SUBMIT,
            ApiOperation.READ,
        )
    }
    assert len(texts) == 4
