"""After a kill, the program restores the draft that was open, with its changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.data_folder import ProgramFolder
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

WORKFLOW = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "hills"}}}
NOBODY = "http://127.0.0.1:9"


def drafts(folder: Path) -> list[dict[str, Any]]:
    """Returns the stored draft files."""
    return [json.loads(path.read_bytes()) for path in (folder / "drafts").glob("*.json")]


def changed(folder: Path, title: str) -> bool:
    return any(each["title"] == title and each["count"] for each in drafts(folder))


def in_view(folder: Path) -> str:
    note = folder / "draft-in-view.json"
    return str(json.loads(note.read_bytes())["key"]) if note.is_file() else ""


def test_a_further_draft_of_a_deployment_is_in_view_again_after_a_kill(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    program_folder = ProgramFolder(programs, display, data_dir)
    program_folder.start_service()
    folder = data_dir / "demo"
    program = program_folder.start()
    display.press("ctrl+n")
    wait_until("there is a further draft", lambda: display.windows("flux-kontext 2"))
    display.press("ctrl+e")
    wait_until("its changes are stored", lambda: changed(folder, "flux-kontext 2"))
    wait_until("it is noted", lambda: in_view(folder).startswith("draft:"))
    before = drafts(folder)
    program.kill()
    program = program_folder.start()
    wait_until("it is in view again", lambda: display.windows("flux-kontext 2"))
    assert drafts(folder) == before
    display.press("ctrl+Return")
    wait_until("a job is there", lambda: program_folder.history_rows())
    (job,) = program_folder.history_rows()
    (stored,) = (each for each in before if each["title"])
    assert json.loads(job["document"])["changes"] == stored["changes"]
    assert program.terminate() == 0


def test_a_draft_of_a_file_that_is_gone_is_in_view_again_without_a_network(
    programs: ProgramProcesses, display: Display, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my hills.json"
    file.write_text(json.dumps(WORKFLOW))
    words = ["--base-url", NOBODY]
    folder = data_dir / "account"
    program = programs.start(*words, file, data_dir=data_dir)
    display.focus(display.wait_for_window("my hills.json"))
    display.press("ctrl+n")
    wait_until("there is a further draft", lambda: display.windows("my hills.json 2"))
    display.press("ctrl+f")
    display.write("text")
    display.press("Down", "Return")
    display.write("in the mist ")
    wait_until("what is typed is stored", lambda: changed(folder, "my hills.json 2"))
    file.unlink()
    program.kill()
    program = programs.start(*words, data_dir=data_dir)
    display.focus(display.wait_for_window("my hills.json 2"))
    display.press("ctrl+shift+n")
    wait_until("what was typed is there", lambda: changed(folder, "my hills.json 3"))
    assert program.terminate() == 0
