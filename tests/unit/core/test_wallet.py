from __future__ import annotations

import pytest

from runcomfy_desktop.core.wallet import ask_wallet, refuses
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from tests.support.line import Line


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_only_what_speaks_of_the_key_refuses_it(kind: ProblemKind) -> None:
    assert refuses(Problem("no", kind=kind)) == (kind in (ProblemKind.AUTH, ProblemKind.FOREIGN))
    assert not refuses(None)


@pytest.mark.parametrize("fault", ["error@balance:10001", "error@balance:10002"])
async def test_an_empty_wallet_is_that_of_a_good_key(fault: str) -> None:
    line = Line()
    line.world.faults.set(fault)
    async with line.client() as client:
        assert await ask_wallet(client) == (None, None)


async def test_a_token_of_its_own_is_tested_without_the_other_one() -> None:
    line = Line()
    async with line.client() as client:
        _balance, problem = await ask_wallet(client.with_token("not-the-key"))
        assert refuses(problem)
        balance, problem = await ask_wallet(client)
        assert (balance is None, problem) == (False, None)
