from __future__ import annotations

import pytest

from runcomfy_desktop.core.account.balance import fetch_balance, is_key_refused
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.emulated_connection import EmulatedConnection


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_only_what_speaks_of_the_key_refuses_it(kind: ProblemKind) -> None:
    assert is_key_refused(Problem("no", kind=kind)) == (
        kind in (ProblemKind.AUTH, ProblemKind.FOREIGN)
    )
    assert not is_key_refused(None)


@pytest.mark.parametrize("fault", ["error@balance:10001", "error@balance:10002"])
async def test_an_empty_wallet_is_that_of_a_good_key(fault: str) -> None:
    connection = EmulatedConnection()
    connection.backend.faults.set(fault)
    async with connection.client() as client:
        assert await fetch_balance(client) == (None, None)


async def test_a_token_of_its_own_is_tested_without_the_other_one() -> None:
    connection = EmulatedConnection()
    async with connection.client() as client:
        _balance, problem = await fetch_balance(client.with_token("not-the-key"))
        assert is_key_refused(problem)
        balance, problem = await fetch_balance(client)
        assert (balance is None, problem) == (False, None)
