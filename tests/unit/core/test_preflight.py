"""Preflight of runs in a real session: each fact that blocks a run or leads to a question."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.core.deployments.deployment_catalogue import MAX_AGE_BEFORE_RUN_S
from runcomfy_desktop.core.jobs.run_plan import plan_run
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import FakeKeyring, ImmediateKeyringWorker
from tests.support.async_wait import wait_until, wait_until_stable, yield_to_tasks
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.image_files import noisy_image
from tests.support.session_setup import make_session_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.app.session import SessionContext
    from runcomfy_desktop.core.jobs.run_plan import RunPlan
    from runcomfy_desktop.core.preflight import Preflight, PreflightChecker, PreflightRequest
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.emulator.deployments import EmulatedDeployment as RemoteDeployment
    from runcomfy_desktop.ui.base.session_services import SessionServices

PICTURE, SEED = InputKey("189", "image"), InputKey("31", "seed")
LIST = "/prod/v2/deployments"


@dataclass
class PreflightHarness:
    """Session with a draft of the first deployment in view."""

    services: SessionServices
    context: SessionContext
    connection: EmulatedConnection
    folder: Path

    @property
    def checker(self) -> PreflightChecker:
        return self.services.preflight_checker

    @property
    def remote(self) -> RemoteDeployment:
        return next(iter(self.connection.backend.deployments.values()))

    def plan(self, count: int = 1, *, has_partner_nodes: bool = False) -> RunPlan:
        plan = plan_run(self.services.draft_editor)
        assert plan is not None
        return replace(plan, count=count, has_partner_nodes=has_partner_nodes)

    async def preflight(self, plan: RunPlan | None = None, **facts: bool) -> Preflight:
        request = self.checker.request_for_plan(plan or self.plan(), **facts)
        return await self.checker.preflight(request)

    async def put_picture(self, *, is_large: bool = True) -> MediaFile:
        """Puts a stored picture into the draft."""
        path = self.folder / "forest.png"
        path.write_bytes(noisy_image("PNG", (600, 500) if is_large else (8, 8)))
        [file] = await self.services.media_store.store_files([str(path)], InputKind.IMAGE)
        assert file.is_above_inline_limit is is_large
        self.services.draft_editor.edit({PICTURE: file}, "a picture")
        return file

    def change_deployment(self) -> None:
        """Edits the deployment on RunComfy; what is known of it is too old for a run."""
        self.remote.workflow_version, self.remote.updated_at = "v99", "2027-01-01T00:00:00Z"
        self.grow_old()

    def grow_old(self) -> None:
        catalogue = self.services.catalogue
        loaded_s = catalogue.state.loaded_s - MAX_AGE_BEFORE_RUN_S
        catalogue.state = replace(catalogue.state, loaded_s=loaded_s)

    async def prepared_grid(self) -> PreparedSweep:
        prepared: list[PreparedSweep] = []
        problems: list[Problem] = []
        spec = SweepSpec((ListSpec(SEED, "1, 2, 3"),))
        self.services.sweeps.planner.prepare(spec, prepared.append, problems.append)
        await wait_until(lambda: prepared or problems)
        assert not problems
        return prepared[0]


@asynccontextmanager
async def open_preflight_harness(folder: Path) -> AsyncIterator[PreflightHarness]:
    connection = EmulatedConnection()
    context = make_session_context(folder / "program_data", BASE_URL, connection=connection)
    async with open_session(Service(BASE_URL), context) as services:
        await wait_until(lambda: services.draft_editor.state.schema is not None)
        await wait_until(lambda: not services.catalogue.state.loading)
        yield PreflightHarness(services, context, connection, folder)
    await context.network.close()
    await context.partner_key.close()
    await context.credentials.close()


async def test_a_small_run_needs_no_question(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        plan = harness.plan()
        preflight = await harness.preflight(plan)
        assert preflight.request.runs is plan
        assert (preflight.request.count, preflight.request.draft_key) == (1, plan.draft.key)
        assert preflight.changed_deployment is None
        assert preflight.unsendable_file is None
        assert preflight.picture_needing_address is None
        assert (preflight.is_key_missing, preflight.is_key_unknown) == (False, False)
        assert (preflight.question_count, preflight.shrinks) == (0, False)


async def test_a_changed_deployment_is_found_before_anything_else(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        harness.context.preferences.set(ask_from_jobs=1)
        plan = harness.plan(has_partner_nodes=True)
        harness.change_deployment()
        preflight = await harness.preflight(plan)
        assert preflight.changed_deployment is not None
        assert preflight.changed_deployment.workflow_version == "v99"
        assert preflight.question_count == 0


async def test_a_file_whose_workflow_is_sent_whole_depends_on_no_deployment(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        plan = harness.plan()
        plan = replace(plan, draft=replace(plan.draft, runs_file=True))
        harness.change_deployment()
        assert (await harness.preflight(plan)).changed_deployment is None


async def test_a_damaged_copy_is_found(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        file = await harness.put_picture(is_large=False)
        plan = harness.plan()
        assert (await harness.preflight(plan)).unsendable_file is None
        copy = harness.services.media_store.folder / file.stored_name
        copy.write_bytes(bytes(file.size_bytes + 1))
        preflight = await harness.preflight(plan)
        assert preflight.unsendable_file == file
        assert "The stored copy of forest.png is damaged" in preflight.unsendable_reason


@pytest.mark.parametrize(
    ("setting", "asks", "shrinks"),
    [
        (LargePictures.AS_IS, False, False),
        (LargePictures.SHRINK, False, True),
        (LargePictures.ASK, True, False),
        (LargePictures.ADDRESS, False, False),
    ],
)
async def test_the_setting_decides_how_large_pictures_are_sent(
    tmp_path: Path, setting: LargePictures, asks: bool, shrinks: bool
) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        file = await harness.put_picture()
        plan = harness.plan()
        harness.context.preferences.set(large_pictures=setting)
        preflight = await harness.preflight(plan)
        assert (preflight.asks_about_pictures, preflight.shrinks) == (asks, shrinks)
        assert preflight.question_count == asks
        needs_address = setting is LargePictures.ADDRESS
        assert preflight.picture_needing_address == (file if needs_address else None)


async def test_a_small_picture_leads_to_no_question(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        await harness.put_picture(is_large=False)
        harness.context.preferences.set(large_pictures=LargePictures.ASK)
        assert (await harness.preflight()).question_count == 0


async def test_only_partner_nodes_need_the_partner_key(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        plan, partner_key = harness.plan(has_partner_nodes=True), harness.context.partner_key
        preflight = await harness.preflight(plan)
        assert (preflight.is_key_missing, preflight.question_count) == (True, 1)
        assert not (await harness.preflight()).is_key_missing
        partner_key.set_key(BASE_URL, "comfyui-0123456789abcdef")
        assert not (await harness.preflight(plan)).is_key_missing


async def test_a_key_that_the_keyring_has_not_returned_yet_is_unknown(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        partner_key, keyring = harness.context.partner_key, FakeKeyring()
        credentials = Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
        partner_key.start(credentials)
        plan = harness.plan(has_partner_nodes=True)
        partner_key.begin_session(BASE_URL)
        preflight = await harness.preflight(plan)
        assert (preflight.is_key_unknown, preflight.is_key_missing) == (True, False)
        await wait_until(lambda: not partner_key.state.is_asked)
        preflight = await harness.preflight(plan)
        assert (preflight.is_key_unknown, preflight.is_key_missing) == (False, True)
        await credentials.close()


async def test_the_cost_is_asked_about_from_the_number_of_the_settings_on(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        harness.context.preferences.set(ask_from_jobs=24)
        few, many = await harness.preflight(harness.plan(23)), harness.plan(24)
        assert not few.asks_about_cost
        preflight = await harness.preflight(many)
        assert (preflight.asks_about_cost, preflight.question_count) == (True, 1)
        assert preflight.estimate == harness.services.budget.estimate(many.deployment, 24)
        assert preflight.estimate.usd_per_hour
        confirmed = await harness.preflight(many, is_cost_confirmed=True)
        assert (confirmed.asks_about_cost, confirmed.estimate) == (False, preflight.estimate)


async def test_all_questions_are_known_at_once(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        await harness.put_picture()
        harness.context.preferences.set(large_pictures=LargePictures.ASK, ask_from_jobs=1)
        preflight = await harness.preflight(harness.plan(has_partner_nodes=True))
        assert preflight.question_count == 3


async def test_a_grid_is_checked_as_one_run_is(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        file = await harness.put_picture()
        grid = await harness.prepared_grid()
        harness.context.preferences.set(large_pictures=LargePictures.ASK, ask_from_jobs=1)
        request = harness.checker.request_for_grid(grid)
        assert (request.count, request.files, request.draft_key) == (3, (file,), "")
        preflight = await harness.checker.preflight(request)
        assert preflight.request.shrinkable_pictures == (file,)
        assert preflight.estimate == grid.estimate
        # Its dialog has shown number and price.
        assert (preflight.question_count, preflight.asks_about_pictures) == (1, True)
        harness.change_deployment()
        assert (await harness.checker.preflight(request)).changed_deployment is not None


async def test_a_check_that_has_nothing_to_wait_for_is_made_for_each_request(
    tmp_path: Path,
) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        checked: list[Preflight] = []
        request = harness.checker.request_for_plan(harness.plan())
        for _press in range(3):
            harness.checker.check(request, checked.append)
        await yield_to_tasks()
        assert [each.has_waited for each in checked] == [False] * 3


async def test_a_repeated_request_is_ignored_while_the_first_waits(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        grid = await harness.prepared_grid()
        checked: list[Preflight] = []
        harness.grow_old()
        harness.connection.hold(LIST)
        one = harness.checker.request_for_plan(harness.plan())
        two = harness.checker.request_for_plan(harness.plan(2))
        requests = [one, two, harness.checker.request_for_grid(grid)]
        for request in (*requests, harness.checker.request_for_plan(harness.plan()), *requests):
            harness.checker.check(request, checked.append)
        await yield_to_tasks()
        assert checked == []
        harness.connection.release()
        await wait_until(lambda: len(checked) == 3)
        assert await wait_until_stable(lambda: len(checked)) == 3
        found: list[PreflightRequest] = [each.request for each in checked]
        assert all(each in found for each in requests)
        assert all(each.has_waited for each in checked)
        harness.checker.check(one, checked.append)
        await wait_until(lambda: len(checked) == 4)


async def test_a_workflow_that_changes_before_the_check_begins_counts(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        request = harness.checker.request_for_plan(harness.plan())
        harness.change_deployment()
        harness.services.catalogue.refresh()
        await wait_until(lambda: harness.services.catalogue.is_fresh)
        preflight = await harness.checker.preflight(request)
        assert preflight.changed_deployment is not None


async def test_checks_in_progress_end_with_their_window(tmp_path: Path) -> None:
    async with open_preflight_harness(tmp_path) as harness:
        checked: list[Preflight] = []
        request = harness.checker.request_for_plan(harness.plan())
        harness.grow_old()
        lists = harness.connection.calls.count(LIST)
        harness.connection.hold(LIST)
        harness.checker.check(request, checked.append)
        await wait_until(lambda: harness.connection.calls.count(LIST) > lists)
        harness.checker.cancel()
        harness.connection.release()
        await wait_until(lambda: harness.services.catalogue.is_fresh)
        assert await wait_until_stable(lambda: len(checked)) == 0
        harness.checker.check(request, checked.append)
        await wait_until(lambda: len(checked) == 1)
