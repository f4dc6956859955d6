"""Runs that overrides cannot express, and runs that need a second key, over real HTTP.

Edits in the draft editor arrive at the emulator as the correct graph.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.app.session import Service, SessionContext, open_session
from runcomfy_desktop.core.account.account import KeyHolder
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.drafts.dynamic_inputs import choice_changes
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.store.credentials import Credentials
from tests.support import token_search
from tests.support.account_harness import FakeKeyring
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_services import SessionServices

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
class SessionHarness:
    """Session against an emulator over a socket."""

    services: SessionServices
    emulator: LoopbackEmulator
    partner: PartnerKey
    shown_notices: list[Notice]
    folder: Path

    async def open(self, deployment_id: str) -> None:
        catalogue = self.services.catalogue
        await wait_until(lambda: catalogue.state.loaded_s and not catalogue.state.opening_id)
        catalogue.open(deployment_id)
        draft_editor = self.services.draft_editor
        await wait_until(
            lambda: (
                draft_editor.state.deployment is not None
                and draft_editor.state.deployment.deployment_id == deployment_id
                and draft_editor.state.schema is not None
            )
        )

    async def run(self) -> Job:
        draft, deployment = (
            run_once(self.services.draft_editor),
            self.services.draft_editor.state.deployment,
        )
        assert draft is not None
        assert deployment is not None
        known = set(self.services.queue.jobs)
        self.services.queue.submit_many((RunRequest(draft, deployment),))
        return await self.ended(known)

    async def ended(self, known: set[str]) -> Job:
        jobs = self.services.queue.jobs
        await wait_until(lambda: any(jobs[each].state.is_finished for each in set(jobs) - known))
        (job_id,) = set(jobs) - known
        return jobs[job_id]

    def sent(self) -> list[Any]:
        return [each["body"] for each in self.emulator.log() if each["call"] == "submit"]


@asynccontextmanager
async def open_session_harness(folder: Path) -> AsyncIterator[SessionHarness]:
    backend = make_backend(timing=INSTANT)
    flux = backend.deployments[FLUX]
    for deployment_id, workflow in ((RESIZE, RESIZED), (POSTCARD, CARD)):
        backend.deployments[deployment_id] = replace(
            flux, deployment_id=deployment_id, name="mine", workflow=workflow, overrides={}
        )
    with LoopbackEmulator(backend) as emulator:
        keyring = FakeKeyring()
        keyring.passwords[emulator.base_url] = TOKEN
        notices, shown_notices = Notices(), list[Notice]()
        notices.listen(shown_notices.append)
        preferences = Preferences(Settings(), lambda _settings: None)
        mine, theirs = (
            Credentials(find_keyring=lambda: keyring),
            Credentials(find_keyring=lambda: keyring),
        )
        partner = PartnerKey(notices)
        partner.start(theirs)
        session_context = SessionContext(
            find_paths(folder),
            preferences,
            notices,
            mine,
            KeyHolder(),
            Network(preferences, notices),
            partner,
            lambda _path: (1, 1),
        )
        async with open_session(Service(emulator.base_url), session_context) as services:
            yield SessionHarness(services, emulator, partner, shown_notices, folder)
        await partner.close()
        for each in (mine, theirs):
            await each.close()


async def test_another_choice_of_a_dynamic_input_arrives_as_the_right_graph(
    tmp_path: Path,
) -> None:
    async with open_session_harness(tmp_path) as made:
        await made.open(RESIZE)
        draft_editor = made.services.draft_editor
        assert draft_editor.state.draft is not None
        changes = choice_changes(
            TYPE, "scale by multiplier", draft_editor.state.draft, draft_editor.state.schema
        )
        draft_editor.edit(changes, "choose")
        draft_editor.edit({InputKey("2", "resize_type.multiplier"): 0.5}, "type")
        assert (
            draft_editor.state.whole_workflow_reason
            == "Sent whole, because Make it small adds or removes inputs"
        )
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
    from runcomfy_desktop.domain.jobs.job_inputs import job_inputs

    async with open_session_harness(tmp_path) as made:
        await made.open(RESIZE)
        draft_editor = made.services.draft_editor
        assert draft_editor.state.draft is not None
        changes = choice_changes(
            TYPE, "scale longer dimension", draft_editor.state.draft, draft_editor.state.schema
        )
        draft_editor.edit({**changes, InputKey("2", "resize_type.longer_size"): 40}, "choose")
        job = await made.run()
        known = set(made.services.queue.jobs)
        made.services.queue.run_again(job.job_id)
        again = await made.ended(known)
        assert again.state is JobState.DONE, again.technical
        first, second = made.sent()
        assert first == second
        edited = draft_editor.state.draft.changes
        draft_editor.reset_all()
        assert draft_editor.state.draft.changes == {}
        assert draft_editor.state.whole_workflow_reason == ""
        draft_editor.edit(job_inputs(again, draft_editor.state.draft), "take over")
        assert draft_editor.state.draft.changes == edited


async def test_values_of_a_choice_that_was_left_again_are_not_sent(tmp_path: Path) -> None:
    async with open_session_harness(tmp_path) as made:
        await made.open(RESIZE)
        draft_editor = made.services.draft_editor
        draft_editor.edit({TYPE: "scale by multiplier"}, "choose")
        draft_editor.edit({InputKey("2", "resize_type.multiplier"): 0.5}, "type")
        draft_editor.edit({TYPE: "scale dimensions"}, "choose back")
        draft_editor.edit({InputKey("2", "resize_type.width"): 32}, "type")
        assert draft_editor.state.whole_workflow_reason == ""
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert not job.is_reshaped
        assert made.sent() == [{"overrides": {"2": {"inputs": {"resize_type.width": 32}}}}]


async def test_partner_nodes_get_their_key_and_nothing_keeps_it(tmp_path: Path) -> None:
    async with open_session_harness(tmp_path) as made:
        await made.open(POSTCARD)
        node = InputKey("1", "")
        fault = made.services.draft_editor.state.issues[node]
        assert not fault.blocks
        assert "Comfy.org key" in fault.text
        failed = await made.run()
        assert failed.state is JobState.FAILED
        assert failed.reason == "Unauthorized: Please login first to use this node."
        made.partner.set_key(made.emulator.base_url, PARTNER_KEY)
        await wait_until(lambda: node not in made.services.draft_editor.state.issues)
        made.services.draft_editor.edit({InputKey("1", "seed"): 2}, "type")
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert job.has_partner_nodes
        without, with_key = made.sent()
        assert "extra_data" not in without
        assert with_key["extra_data"].keys() == {"api_key_comfy_org"}
        (run,) = [
            each for each in made.emulator.backend.runs.values() if each.submit_request.partner_key
        ]
        assert run.submit_request.partner_key == PARTNER_KEY
        assert PARTNER_KEY not in repr(job) + repr(made.shown_notices)
    assert token_search.files_with(PARTNER_KEY, [tmp_path]) == {}


async def test_a_workflow_without_partner_nodes_never_takes_the_key_along(tmp_path: Path) -> None:
    async with open_session_harness(tmp_path) as made:
        made.partner.set_key(made.emulator.base_url, PARTNER_KEY)
        await made.open(RESIZE)
        job = await made.run()
        assert job.state is JobState.DONE, job.technical
        assert made.sent() == [{"overrides": {}}]


@pytest.mark.parametrize("faults", ["status-400@submit:1", "html@submit:1", "drop-answer:1"])
async def test_bad_hours_leave_no_key_behind(tmp_path: Path, faults: str) -> None:
    async with open_session_harness(tmp_path) as made:
        made.partner.set_key(made.emulator.base_url, PARTNER_KEY)
        await made.open(POSTCARD)
        made.emulator.set_faults(faults)
        draft = run_once(made.services.draft_editor)
        deployment = made.services.draft_editor.state.deployment
        assert draft is not None
        assert deployment is not None
        made.services.queue.submit_many((RunRequest(draft, deployment),))
        jobs = made.services.queue.jobs
        await wait_until(lambda: any(not job.state.is_active for job in jobs.values()))
        assert PARTNER_KEY not in repr(jobs) + repr(made.shown_notices)
    assert token_search.files_with(PARTNER_KEY, [tmp_path]) == {}
