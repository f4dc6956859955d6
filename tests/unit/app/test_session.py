"""A session from opening to closing, and the next one on the same files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.core.editor.open_draft_commands import set_preset
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.account_harness import FakeKeyring
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.certificate_authority import CertificateAuthority
from tests.support.clients import RecordedSleeps
from tests.support.draft_runs import run_once
from tests.support.emulators import TOKEN, LoopbackEmulator
from tests.support.preset_harness import preset
from tests.support.proxy_servers import HttpProxy
from tests.support.raw_server import RawServer, json_reply
from tests.support.session_setup import make_session_context, run_slow_emulator, submit_one

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cloud() -> Iterator[LoopbackEmulator]:
    with run_slow_emulator() as emulator:
        yield emulator


async def test_a_session_leaves_nothing_behind_but_its_files(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    before = asyncio.all_tasks()
    demo = Service(cloud.base_url, is_demo=True, demo_token=TOKEN)
    for service in (Service(cloud.base_url), demo, Service(cloud.base_url)):
        async with open_session(service, session_context) as services:
            await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
            assert session_context.key_holder.token == TOKEN
            await submit_one(services)
        assert session_context.key_holder.token == ""
        assert asyncio.all_tasks() == before
    await session_context.credentials.close()
    assert sorted(job.service for job in services.queue.jobs.values()) == [cloud.base_url] * 2


async def test_a_wallet_that_cannot_be_read_keeps_no_job_waiting(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    going_on = asyncio.Event()

    async def pause(_seconds: float) -> None:
        await going_on.wait()

    session_context = make_session_context(tmp_path, cloud.base_url, Retry(sleep=pause))
    async with open_session(Service(cloud.base_url), session_context) as services:
        await submit_one(services)
    cloud.backend.faults.set("status-500@balance:1000")
    async with open_session(Service(cloud.base_url), session_context) as services:
        (job_id,) = services.queue.jobs
        await wait_until(lambda: services.queue.jobs[job_id].trouble)
        going_on.set()
        await wait_until(lambda: services.account.state.phase is AccountPhase.UNREACHABLE)
        await wait_until(lambda: not services.queue.jobs[job_id].trouble)
    await session_context.credentials.close()


async def test_the_key_is_in_no_text_of_what_holds_it(tmp_path: Path) -> None:
    session_context = make_session_context(tmp_path, "http://127.0.0.1:1")
    session_context.key_holder.token = TOKEN
    assert TOKEN not in repr(session_context)


async def test_a_key_that_is_taken_away_is_not_called_online(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await submit_one(services)
        (job_id,) = services.queue.jobs
        await wait_until(lambda: services.queue.jobs[job_id].state is JobState.RUNNING)
        cloud.set_faults("unauthorized")
        services.queue.poll_now(job_id)
        await wait_until(lambda: services.account.state.phase is AccountPhase.REJECTED)
        assert services.account.state.problem is not None
        assert services.queue.jobs[job_id].state is JobState.RUNNING
        cloud.set_faults("")
        services.account.check()
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await wait_until(lambda: not services.queue.jobs[job_id].trouble)
    await session_context.credentials.close()


async def test_a_job_of_another_account_says_nothing_about_the_key(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await submit_one(services)
        (job_id,) = services.queue.jobs
        await wait_until(lambda: services.queue.jobs[job_id].state is JobState.RUNNING)
        balances = cloud.counts()["received"]["balance"]
        cloud.set_faults("unauthorized@status")
        services.queue.poll_now(job_id)
        await wait_until(lambda: services.queue.jobs[job_id].trouble)
        await wait_until(lambda: cloud.counts()["received"]["balance"] == balances + 1)
        await wait_until_stable(lambda: cloud.counts()["received"]["balance"])
        assert cloud.counts()["received"]["balance"] == balances + 1
        assert services.account.state.phase is AccountPhase.SIGNED_IN
    await session_context.credentials.close()


async def test_the_balance_is_read_when_a_job_ends_and_not_when_it_is_shown_again(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await submit_one(services)
        queue = services.queue
        (job_id,) = queue.jobs
        await wait_until(lambda: queue.jobs[job_id].state is JobState.RUNNING)
        balances = cloud.counts()["received"]["balance"]
        queue.cancel(job_id)
        await wait_until(lambda: queue.jobs[job_id].state is JobState.CANCELLED)
        await wait_until(lambda: cloud.counts()["received"]["balance"] == balances + 1)
        queue.remove_many([job_id])
        await wait_until(lambda: queue.is_removed(job_id))
        queue.restore_removed([job_id])
        await wait_until(lambda: job_id in queue.jobs)
        await wait_until_stable(lambda: cloud.counts()["received"]["balance"])
        assert cloud.counts()["received"]["balance"] == balances + 1
    await session_context.credentials.close()


async def test_a_refused_submit_and_a_refused_list_are_heard_as_well(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await wait_until(lambda: services.draft_editor.state.deployment is not None)
        draft, deployment = run_once(services.draft_editor), services.draft_editor.state.deployment
        assert draft is not None
        assert deployment is not None
        cloud.set_faults("unauthorized")
        services.queue.submit_many((RunRequest(draft, deployment),))
        await wait_until(lambda: services.account.state.phase is AccountPhase.REJECTED)
        cloud.set_faults("")
        services.account.check()
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await wait_until(lambda: not services.catalogue.state.loading)
        cloud.set_faults("unauthorized")
        services.catalogue.refresh()
        await wait_until(lambda: services.account.state.phase is AccountPhase.REJECTED)
    await session_context.credentials.close()


async def test_another_way_to_the_network_has_held_jobs_asked_about(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context, passwords = (
        make_session_context(tmp_path, cloud.base_url),
        Credentials(find_keyring=FakeKeyring),
    )
    session_context.network.start(passwords)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await submit_one(services)
        (job_id,) = services.queue.jobs
        cloud.backend.faults.set("unauthorized@status:foreign")
        services.queue.poll_now(job_id)
        # The job is polled only rarely from now on.
        await wait_until(lambda: services.queue.jobs[job_id].trouble)
        cloud.backend.faults.set("")
        session_context.network.save(NetworkSettings(ProxyMode.NONE))
        await wait_until(lambda: not services.queue.jobs[job_id].trouble)
    await session_context.network.close()
    await passwords.close()
    await session_context.credentials.close()


async def test_a_new_proxy_counts_without_a_new_start(tmp_path: Path) -> None:
    """A new proxy and a company certificate are used without a restart."""
    authority, url = CertificateAuthority(), "https://api.runcomfy.invalid"
    session_context, passwords = (
        make_session_context(tmp_path, url, RecordedSleeps().retry()),
        Credentials(find_keyring=FakeKeyring),
    )
    session_context.network.start(passwords)
    async with (
        RawServer(
            json_reply({"balance_usd": 1.0}), tls=authority.server(tmp_path, "api.runcomfy.invalid")
        ) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        open_session(Service(url), session_context) as services,
    ):
        await wait_until(lambda: services.account.state.phase is AccountPhase.UNREACHABLE)
        choice = NetworkSettings(
            ProxyMode.OWN, proxy.address, "anna", ca_file=str(authority.write_pem(tmp_path))
        )
        session_context.network.save(choice, "hush")
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
    assert server.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    await session_context.network.close()
    await passwords.close()
    await session_context.credentials.close()


async def test_a_stored_draft_follows_a_preset_that_is_renamed_as_the_session_ends(
    tmp_path: Path, cloud: LoopbackEmulator
) -> None:
    session_context = make_session_context(tmp_path, cloud.base_url)
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.draft_editor.state.deployment is not None)
        assert services.draft_editor.state.draft is not None
        key = services.draft_editor.state.draft.key
        paths: list[str] = []
        services.preset_library.save(preset("Portrait"), "", then=paths.append)
        await wait_until(lambda: paths)
        set_preset(services.draft_editor, key, paths[0])
        services.drafts.create()
    async with open_session(Service(cloud.base_url), session_context) as services:
        await wait_until(lambda: services.draft_editor.state.draft is not None)
        await wait_until(lambda: not services.preset_library.state.loading)
        assert key not in services.draft_editor.open_drafts
        services.preset_library.rename(paths[0], "Portrait of before")
    drafts = DraftStore(
        session_context.paths.session(demo=False).drafts, session_context.notices.post_failure
    )
    stored = await drafts.load(key)
    assert stored is not None
    assert (paths[0], stored.preset) == ("Portrait.json", "Portrait of before.json")
    await session_context.credentials.close()
