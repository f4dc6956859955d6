from __future__ import annotations

import pytest

from runcomfy_desktop.api.operations import ApiOperation, consequence, consequence_when_gone


@pytest.mark.parametrize("operation", list(ApiOperation))
def test_each_operation_means_something_for_job_and_money(operation: ApiOperation) -> None:
    assert consequence(operation).endswith(".")
    assert consequence_when_gone(operation).endswith(".")


def test_only_a_submit_can_have_been_accepted_all_the_same() -> None:
    assert "may have been accepted" in consequence(ApiOperation.SUBMIT, uncertain=True)
    assert not any("may have been accepted" in consequence(each) for each in ApiOperation)


@pytest.mark.parametrize("operation", [each for each in ApiOperation if each.is_unrepeatable])
def test_what_is_done_once_has_words_for_not_knowing(operation: ApiOperation) -> None:
    assert consequence(operation, uncertain=True) != consequence(operation)
    assert "may have been" in consequence(operation, uncertain=True)


def test_questions_and_cancels_may_be_repeated() -> None:
    assert not any(
        each.is_unrepeatable
        for each in (
            ApiOperation.READ,
            ApiOperation.DEPLOYMENT,
            ApiOperation.POLL,
            ApiOperation.CANCEL,
            ApiOperation.FILE,
        )
    )
