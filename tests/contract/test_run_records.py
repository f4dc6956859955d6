"""Records stored next to results, written by a whole session over real HTTP.

A job is run and downloaded; then its record is imported as a preset and applied to the deployment.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.app.session import Service, SessionContext, open_session
from runcomfy_desktop.core.account.account import KeyHolder
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.presets.preset_values import preset_values
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import FakeKeyring
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_services import SessionServices

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"


def create_session_context(folder: Path) -> SessionContext:
    notices = Notices()
    settings = Settings(keeps_inputs=True, output_folder=str(folder / "results"))
    preferences = Preferences(settings, lambda _settings: None)
    return SessionContext(
        find_paths(folder / "data"),
        preferences,
        notices,
        Credentials(find_keyring=FakeKeyring),
        KeyHolder(),
        Network(preferences, notices),
        PartnerKey(notices),
        lambda _path: (1, 1),
    )


async def opened(services: SessionServices) -> None:
    draft_editor = services.draft_editor
    await wait_until(
        lambda: services.catalogue.state.loaded_s and not services.catalogue.state.opening_id
    )
    services.catalogue.open(FLUX)
    await wait_until(
        lambda: (
            draft_editor.state.deployment is not None
            and draft_editor.state.deployment.deployment_id == FLUX
            and draft_editor.state.schema is not None
        )
    )


async def test_a_run_of_the_demo_comes_back_as_a_preset(tmp_path: Path) -> None:
    session_context = create_session_context(tmp_path)
    with LoopbackEmulator(make_backend(timing=INSTANT)) as emulator:
        service = Service(emulator.base_url, is_demo=True, demo_token=TOKEN)
        async with open_session(service, session_context) as services:
            draft_editor, queue = services.draft_editor, services.queue
            await opened(services)
            draft, deployment = draft_editor.state.draft, draft_editor.state.deployment
            assert draft is not None
            assert deployment is not None
            keys = {key.name: key for key in draft.workflow.input_keys()}
            seed, text = keys["noise_seed"], keys["text"]
            draft_editor.edit({seed: 2**60, text: "a harbour, fog"}, "type")
            sent = run_once(draft_editor)
            assert sent is not None
            queue.submit_many((RunRequest(sent, deployment),))
            await wait_until(
                lambda: [each.state for each in queue.jobs.values()] == [JobState.DONE]
            )
            (job,) = queue.jobs.values()
            folder = Path(job.outputs[0].path).parent
            (file,) = folder.glob("*.json")
            assert file.name == f"{Path(job.outputs[0].path).name}.run.json"
            assert folder.is_relative_to(tmp_path / "results" / "Demo")

            preset_library = services.preset_library
            made: list[Sequence[str]] = []
            preset_library.import_files([str(file)], "", made.append)
            await wait_until(lambda: made)
            read: list[Preset] = []
            preset_library.read(made[0][0], read.append)
            await wait_until(lambda: read)
            draft_editor.reset_all()
            clean = draft_editor.state.draft
            assert clean is not None
            assert clean.changes == {}
            values: dict[InputKey, object] = dict(
                preset_values(read[0], clean, draft_editor.state.schema)
            )
            assert values == dict(sent.changes)
            assert values[seed] == 2**60
        written = file.read_text(encoding="utf-8")
        assert TOKEN not in written
        assert emulator.base_url not in written
    await session_context.credentials.close()
