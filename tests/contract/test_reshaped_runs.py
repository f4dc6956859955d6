"""Runs that overrides cannot express, and runs that need a second key, over real HTTP: what is
edited on the workbench arrives as the right graph."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.account import KeyHolder
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.live import choice_changes
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.session import Service, Surroundings, open_session
from runcomfy_desktop.store.credentials import Credentials
from tests.support import token_hunt
from tests.support.account_house import Book
from tests.support.emulated import AT_ONCE, TOKEN, LoopbackEmulator, make_world
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.parts import WindowParts

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
RESIZE = "00000000-0000-4000-8000-0000000000a1"
POSTCARD = "00000000-0000-4000-8000-0000000000a2"
PARTNER_KEY = "comfyui-5b0c7d1e9f3a4826b7c8d9e0f1a2b3c4"
TYPE = InputKey("2", "resize_type")
RESIZED: Any = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
    "2": {
        "class_type": "ResizeImageMaskNode",
        "inputs": {
            "input": ["1", 0],
            "resize_type": "scale dimensions",
            "resize_type.width": 64,
            "resize_type.height": 48,
            "resize_type.crop": "center",
            "scale_method": "area",
        },
        "_meta": {"title": "Make it small"},
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "small"}},
}
CARD: Any = {
    "1": {"class_type": "PostcardImageApiNode", "inputs": {"prompt": "a harbour", "seed": 1}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "card"}},
}


@dataclass
class House:
    """A session against an emulator at the other end of a socket."""

    parts: WindowParts
    emulator: LoopbackEmulator
    partner: PartnerKey
    told: list[Notice]
    folder: Path

    async def open(self, deployment_id: str) -> None:
        catalogue = self.parts.catalogue
        await until(lambda: catalogue.state.loaded_s and not catalogue.state.opening_id)
        catalogue.open(deployment_id)
        bench = self.parts.workbench
        await until(
            lambda: (
                bench.state.deployment is not None
                and bench.state.deployment.deployment_id == deployment_id
                and bench.state.schema is not None
            )
        )

    async def run(self) -> Job:
        draft, deployment = (
            run_once(self.parts.workbench),
            self.parts.workbench.state.deployment,
        )
        assert draft is not None
        assert deployment is not None
        known = set(self.parts.queue.jobs)
        self.parts.queue.submit_many((Run(draft, deployment),))
        return await self.ended(known)

    async def ended(self, known: set[str]) -> Job:
        jobs = self.parts.queue.jobs
        await until(lambda: any(jobs[each].state.is_finished for each in set(jobs) - known))
        (job_id,) = set(jobs) - known
        return jobs[job_id]

    def sent(self) -> list[Any]:
        return [each["body"] for each in self.emulator.log() if each["call"] == "submit"]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    world = make_world(pace=AT_ONCE)
    flux = world.deployments[FLUX]
    for deployment_id, workflow in ((RESIZE, RESIZED), (POSTCARD, CARD)):
        world.deployments[deployment_id] = replace(
            flux, deployment_id=deployment_id, name="mine", workflow=workflow, overrides={}
        )
    with LoopbackEmulator(world) as emulator:
        book = Book()
        book.keys[emulator.base_url] = TOKEN
        notices, told = Notices(), list[Notice]()
        notices.listen(told.append)
        preferences = Preferences(Settings(), lambda _settings: None)
        mine, theirs = Credentials(find=lambda: book), Credentials(find=lambda: book)
        partner = PartnerKey(notices)
        partner.begin(theirs)
        around = Surroundings(
            find_paths(folder),
            preferences,
            notices,
            mine,
            KeyHolder(),
            Network(preferences, notices),
            partner,
            lambda _path: (1, 1),
        )
        async with open_session(Service(emulator.base_url), around) as parts:
            yield House(parts, emulator, partner, told, folder)
        await partner.close()
        for each in (mine, theirs):
            await each.close()


async def test_another_choice_of_a_dynamic_input_arrives_as_the_right_graph(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as made:
        await made.open(RESIZE)
        bench = made.parts.workbench
        assert bench.state.draft is not None
        changes = choice_changes(TYPE, "scale by multiplier", bench.state.draft, bench.state.schema)
        bench.edit(changes, "choose")
        bench.edit({InputKey("2", "resize_type.multiplier"): 0.5}, "type")
        assert bench.state.reshaping == "Sent whole, because Make it small adds or removes inputs"
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert job.is_reshaped
        (body,) = made.sent()
        assert body.keys() == {"workflow_api_json"}
        assert body["workflow_api_json"]["2"]["inputs"] == {
            "input": ["1", 0],
            "resize_type": "scale by multiplier",
            "resize_type.multiplier": 0.5,
            "scale_method": "area",
        }
        assert {key: body["workflow_api_json"][key]["inputs"] for key in ("1", "3")} == {
            key: RESIZED[key]["inputs"] for key in ("1", "3")
        }


async def test_run_again_sends_the_same_and_its_inputs_come_back(tmp_path: Path) -> None:
    from runcomfy_desktop.domain.job_inputs import inputs_of

    async with house(tmp_path) as made:
        await made.open(RESIZE)
        bench = made.parts.workbench
        assert bench.state.draft is not None
        changes = choice_changes(
            TYPE, "scale longer dimension", bench.state.draft, bench.state.schema
        )
        bench.edit({**changes, InputKey("2", "resize_type.longer_size"): 40}, "choose")
        job = await made.run()
        known = set(made.parts.queue.jobs)
        made.parts.queue.run_again(job.job_id)
        again = await made.ended(known)
        assert again.state is JobState.DONE, again.technical
        first, second = made.sent()
        assert first == second
        edited = bench.state.draft.changes
        bench.reset_all()
        assert bench.state.draft.changes == {}
        assert bench.state.reshaping == ""
        bench.edit(inputs_of(again, bench.state.draft), "take over")
        assert bench.state.draft.changes == edited


async def test_values_of_a_choice_that_was_left_again_are_not_sent(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.open(RESIZE)
        bench = made.parts.workbench
        bench.edit({TYPE: "scale by multiplier"}, "choose")
        bench.edit({InputKey("2", "resize_type.multiplier"): 0.5}, "type")
        bench.edit({TYPE: "scale dimensions"}, "choose back")
        bench.edit({InputKey("2", "resize_type.width"): 32}, "type")
        assert bench.state.reshaping == ""
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert not job.is_reshaped
        assert made.sent() == [{"overrides": {"2": {"inputs": {"resize_type.width": 32}}}}]


async def test_partner_nodes_get_their_key_and_nothing_keeps_it(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.open(POSTCARD)
        node = InputKey("1", "")
        fault = made.parts.workbench.state.faults[node]
        assert not fault.blocks
        assert "Comfy.org key" in fault.text
        failed = await made.run()
        assert failed.state is JobState.FAILED
        assert failed.reason == "Unauthorized: Please login first to use this node."
        made.partner.keep(made.emulator.base_url, PARTNER_KEY)
        await until(lambda: node not in made.parts.workbench.state.faults)
        made.parts.workbench.edit({InputKey("1", "seed"): 2}, "type")
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert job.has_partner_nodes
        without, with_key = made.sent()
        assert "extra_data" not in without
        assert with_key["extra_data"].keys() == {"api_key_comfy_org"}
        (run,) = [each for each in made.emulator.world.runs.values() if each.order.partner_key]
        assert run.order.partner_key == PARTNER_KEY
        assert PARTNER_KEY not in repr(job) + repr(made.told)
    assert token_hunt.files_with(PARTNER_KEY, [tmp_path]) == {}


async def test_a_workflow_without_partner_nodes_never_takes_the_key_along(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        made.partner.keep(made.emulator.base_url, PARTNER_KEY)
        await made.open(RESIZE)
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert made.sent() == [{"overrides": {}}]


@pytest.mark.parametrize("faults", ["status-400@submit:1", "html@submit:1", "drop-answer:1"])
async def test_bad_hours_leave_no_key_behind(tmp_path: Path, faults: str) -> None:
    async with house(tmp_path) as made:
        made.partner.keep(made.emulator.base_url, PARTNER_KEY)
        await made.open(POSTCARD)
        made.emulator.set_faults(faults)
        draft = run_once(made.parts.workbench)
        deployment = made.parts.workbench.state.deployment
        assert draft is not None
        assert deployment is not None
        made.parts.queue.submit_many((Run(draft, deployment),))
        jobs = made.parts.queue.jobs
        await until(lambda: any(not job.state.is_active for job in jobs.values()))
        assert PARTNER_KEY not in repr(jobs) + repr(made.told)
    assert token_hunt.files_with(PARTNER_KEY, [tmp_path]) == {}
