"""Free calls to the real service, with `--live` and a key in RUNCOMFY_TOKEN. Nothing is submitted.

RUNCOMFY_BASE_URL replaces RunComfy's address, for other services with this API.
"""

from __future__ import annotations

import os

import pytest

from runcomfy_desktop.api import account, deployments, inference
from runcomfy_desktop.api.inference import RequestRef
from runcomfy_desktop.api.object_info import read_object_info
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.settings import DEFAULT_BASE_URL
from tests.support.clients import client_of

pytestmark = pytest.mark.live
BASE_URL = os.environ.get("RUNCOMFY_BASE_URL", DEFAULT_BASE_URL)
TOKEN = os.environ.get("RUNCOMFY_TOKEN", "")
NOBODYS = "00000000-0000-4000-8000-000000000000"


async def test_balance_and_deployments() -> None:
    async with client_of(BASE_URL, TOKEN) as client:
        assert (await account.read_balance(client)).currency
        for each in await deployments.list_deployments(client):
            record = await deployments.read_deployment(client, each.deployment_id)
            assert record.name == each.name
            if record.payload is not None and record.payload.object_info_url:
                assert await read_object_info(client, record.payload.object_info_url)


async def test_a_wrong_key_is_refused() -> None:
    async with client_of(BASE_URL, NOBODYS) as client:
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is ProblemKind.AUTH


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_unknown_request(version: str) -> None:
    async with client_of(BASE_URL, TOKEN, version=version) as client:
        with pytest.raises(Problem) as caught:
            await inference.read_status(client, RequestRef(NOBODYS, NOBODYS, queue_version=version))
    kinds = (ProblemKind.NOT_FOUND, ProblemKind.AUTH, ProblemKind.FOREIGN)
    assert caught.value.kind in kinds


async def test_an_unknown_deployment() -> None:
    async with client_of(BASE_URL, TOKEN) as client:
        with pytest.raises(Problem) as caught:
            await deployments.read_deployment(client, NOBODYS)
    assert caught.value.kind in (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN, ProblemKind.AUTH)
