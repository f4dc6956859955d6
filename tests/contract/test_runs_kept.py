"""What is kept beside results, by a whole session over real HTTP: run, downloaded, imported, and
applied to the deployment again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.account import KeyHolder
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.preset.values import preset_values
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.session import Service, Surroundings, open_session
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import Book
from tests.support.emulated import AT_ONCE, TOKEN, LoopbackEmulator, make_world
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.parts import WindowParts

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"


def surroundings(folder: Path) -> Surroundings:
    notices = Notices()
    wishes = Settings(keeps_inputs=True, output_folder=str(folder / "results"))
    preferences = Preferences(wishes, lambda _settings: None)
    return Surroundings(
        find_paths(folder / "data"),
        preferences,
        notices,
        Credentials(find=Book),
        KeyHolder(),
        Network(preferences, notices),
        PartnerKey(notices),
        lambda _path: (1, 1),
    )


async def opened(parts: WindowParts) -> None:
    bench = parts.workbench
    await until(lambda: parts.catalogue.state.loaded_s and not parts.catalogue.state.opening_id)
    parts.catalogue.open(FLUX)
    await until(
        lambda: (
            bench.state.deployment is not None
            and bench.state.deployment.deployment_id == FLUX
            and bench.state.schema is not None
        )
    )


async def test_a_run_of_the_demo_comes_back_as_a_preset(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    with LoopbackEmulator(make_world(pace=AT_ONCE)) as emulator:
        service = Service(emulator.base_url, is_demo=True, demo_token=TOKEN)
        async with open_session(service, around) as parts:
            bench, queue = parts.workbench, parts.queue
            await opened(parts)
            draft, deployment = bench.state.draft, bench.state.deployment
            assert draft is not None
            assert deployment is not None
            keys = {key.name: key for key in draft.workflow.input_keys()}
            seed, text = keys["noise_seed"], keys["text"]
            bench.edit({seed: 2**60, text: "a harbour, fog"}, "type")
            sent = run_once(bench)
            assert sent is not None
            queue.submit_many((Run(sent, deployment),))
            await until(lambda: [each.state for each in queue.jobs.values()] == [JobState.DONE])
            (job,) = queue.jobs.values()
            folder = Path(job.outputs[0].path).parent
            (file,) = folder.glob("*.json")
            assert file.name == f"{Path(job.outputs[0].path).name}.run.json"
            assert folder.is_relative_to(tmp_path / "results" / "Demo")

            library = parts.library
            made: list[Sequence[str]] = []
            library.import_files([str(file)], "", made.append)
            await until(lambda: made)
            read: list[Preset] = []
            library.read(made[0][0], read.append)
            await until(lambda: read)
            bench.reset_all()
            clean = bench.state.draft
            assert clean is not None
            assert clean.changes == {}
            values: dict[InputKey, object] = dict(preset_values(read[0], clean, bench.state.schema))
            assert values == dict(sent.changes)
            assert values[seed] == 2**60
        written = file.read_text(encoding="utf-8")
        assert TOKEN not in written
        assert emulator.base_url not in written
    await around.credentials.close()
