"""A session from its opening to its end, and the next one on the same files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.preset_followers import use_preset
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode
from runcomfy_desktop.session import Service, open_session
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.account_house import Book
from tests.support.authority import Authority
from tests.support.clients import Naps
from tests.support.emulated import TOKEN, LoopbackEmulator
from tests.support.preset_house import preset
from tests.support.proxy_servers import HttpProxy
from tests.support.raw_server import RawServer, json_reply
from tests.support.session_house import run_one, slow_cloud, surroundings
from tests.support.until import settled, until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cloud() -> Iterator[LoopbackEmulator]:
    with slow_cloud() as emulator:
        yield emulator


async def test_a_session_leaves_nothing_behind_but_its_files(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around = surroundings(tmp_path, cloud.base_url)
    before = asyncio.all_tasks()
    demo = Service(cloud.base_url, is_demo=True, demo_token=TOKEN)
    for service in (Service(cloud.base_url), demo, Service(cloud.base_url)):
        async with open_session(service, around) as parts:
            await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
            assert around.key.token == TOKEN
            await run_one(parts)
        assert around.key.token == ""
        assert asyncio.all_tasks() == before
    await around.credentials.close()
    assert sorted(job.service for job in parts.queue.jobs.values()) == [cloud.base_url] * 2


async def test_a_wallet_that_cannot_be_read_keeps_no_job_waiting(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    going_on = asyncio.Event()

    async def pause(_seconds: float) -> None:
        await going_on.wait()

    around = surroundings(tmp_path, cloud.base_url, Retry(sleep=pause))
    async with open_session(Service(cloud.base_url), around) as parts:
        await run_one(parts)
    cloud.world.faults.set("status-500@balance:1000")
    async with open_session(Service(cloud.base_url), around) as parts:
        (job_id,) = parts.queue.jobs
        await until(lambda: parts.queue.jobs[job_id].trouble)
        going_on.set()
        await until(lambda: parts.account.state.phase is AccountPhase.UNREACHABLE)
        await until(lambda: not parts.queue.jobs[job_id].trouble)
    await around.credentials.close()


async def test_the_key_is_in_no_text_of_what_holds_it(tmp_path: Path) -> None:
    around = surroundings(tmp_path, "http://127.0.0.1:1")
    around.key.token = TOKEN
    assert TOKEN not in repr(around)


async def test_a_key_that_is_taken_away_is_not_called_online(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around = surroundings(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), around) as parts:
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await run_one(parts)
        (job_id,) = parts.queue.jobs
        await until(lambda: parts.queue.jobs[job_id].state is JobState.RUNNING)
        cloud.set_faults("unauthorized")
        parts.queue.ask_again(job_id)
        await until(lambda: parts.account.state.phase is AccountPhase.REJECTED)
        assert parts.account.state.problem is not None
        assert parts.queue.jobs[job_id].state is JobState.RUNNING
        cloud.set_faults("")
        parts.account.check()
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await until(lambda: not parts.queue.jobs[job_id].trouble)
    await around.credentials.close()


async def test_a_job_of_another_account_says_nothing_about_the_key(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around = surroundings(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), around) as parts:
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await run_one(parts)
        (job_id,) = parts.queue.jobs
        await until(lambda: parts.queue.jobs[job_id].state is JobState.RUNNING)
        balances = cloud.counts()["received"]["balance"]
        cloud.set_faults("unauthorized@status")
        parts.queue.ask_again(job_id)
        await until(lambda: parts.queue.jobs[job_id].trouble)
        await until(lambda: cloud.counts()["received"]["balance"] == balances + 1)
        await settled(lambda: cloud.counts()["received"]["balance"])
        assert cloud.counts()["received"]["balance"] == balances + 1
        assert parts.account.state.phase is AccountPhase.SIGNED_IN
    await around.credentials.close()


async def test_a_refused_submit_and_a_refused_list_are_heard_as_well(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around = surroundings(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), around) as parts:
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await until(lambda: parts.workbench.state.deployment is not None)
        draft, deployment = run_once(parts.workbench), parts.workbench.state.deployment
        assert draft is not None
        assert deployment is not None
        cloud.set_faults("unauthorized")
        parts.queue.submit_many((Run(draft, deployment),))
        await until(lambda: parts.account.state.phase is AccountPhase.REJECTED)
        cloud.set_faults("")
        parts.account.check()
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await until(lambda: not parts.catalogue.state.loading)
        cloud.set_faults("unauthorized")
        parts.catalogue.refresh()
        await until(lambda: parts.account.state.phase is AccountPhase.REJECTED)
    await around.credentials.close()


async def test_another_way_to_the_network_has_held_jobs_asked_about(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around, passwords = surroundings(tmp_path, cloud.base_url), Credentials(find=Book)
    around.network.begin(passwords)
    async with open_session(Service(cloud.base_url), around) as parts:
        await run_one(parts)
        (job_id,) = parts.queue.jobs
        cloud.world.faults.set("unauthorized@status:foreign")
        parts.queue.ask_again(job_id)
        # It is seldom asked about by itself from now on.
        await until(lambda: parts.queue.jobs[job_id].trouble)
        cloud.world.faults.set("")
        around.network.keep(NetworkChoice(ProxyMode.NONE))
        await until(lambda: not parts.queue.jobs[job_id].trouble)
    await around.network.close()
    await passwords.close()
    await around.credentials.close()


async def test_a_new_proxy_counts_without_a_new_start(tmp_path: Path) -> None:
    """The service is behind a proxy, and its certificate is the company's."""
    authority, url = Authority(), "https://api.runcomfy.invalid"
    around, passwords = surroundings(tmp_path, url, Naps().retry()), Credentials(find=Book)
    around.network.begin(passwords)
    async with (
        RawServer(
            json_reply({"balance_usd": 1.0}), tls=authority.server(tmp_path, "api.runcomfy.invalid")
        ) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        open_session(Service(url), around) as parts,
    ):
        await until(lambda: parts.account.state.phase is AccountPhase.UNREACHABLE)
        choice = NetworkChoice(
            ProxyMode.OWN, proxy.address, "anna", ca_file=str(authority.file(tmp_path))
        )
        around.network.keep(choice, "hush")
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
    assert server.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    await around.network.close()
    await passwords.close()
    await around.credentials.close()


async def test_a_stored_draft_follows_a_preset_that_is_renamed_as_the_session_ends(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    around = surroundings(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), around) as parts:
        await until(lambda: parts.workbench.state.deployment is not None)
        assert parts.workbench.state.draft is not None
        key = parts.workbench.state.draft.key
        paths: list[str] = []
        parts.library.save(preset("Portrait"), "", then=paths.append)
        await until(lambda: paths)
        use_preset(parts.workbench, key, paths[0])
        parts.drafts.new()
    async with open_session(Service(cloud.base_url), around) as parts:
        await until(lambda: parts.workbench.state.draft is not None)
        await until(lambda: not parts.library.state.loading)
        assert key not in parts.workbench.pages
        parts.library.rename(paths[0], "Portrait of before")
    drafts = DraftStore(around.paths.session(demo=False).drafts, around.notices.failure)
    kept = await drafts.load(key)
    assert kept is not None
    assert (paths[0], kept.preset) == ("Portrait.json", "Portrait of before.json")
    await around.credentials.close()
