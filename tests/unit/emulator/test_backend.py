"""The account as a whole: one clock, many parallel callers, nothing shared between accounts."""

from __future__ import annotations

import threading

from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.clocks import FakeClock
from tests.support.emulators import TOKEN
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, OLD, EmulatorHarness


def test_a_world_can_be_made_with_everything_set() -> None:
    clock = FakeClock()
    backend = EmulatedBackend(
        TOKEN, clock=clock, switches=BehaviourSwitches(gate_status=403, instance_ids=True)
    )
    assert (backend.gate_status, backend.submit_status, backend.has_instance_id) == (403, 200, True)
    backend.skipped_s = 60
    assert backend.now() == clock() + 60
    assert backend.format_time(clock()) == "2026-02-02T02:40:00.000000+00:00"


def test_worlds_share_nothing() -> None:
    one, other = EmulatedBackend(TOKEN), EmulatedBackend(TOKEN)
    one.deployments[KONTEXT].workflow.clear()
    one.saved_workflows.clear()
    one.other_account_tokens.add("x")
    assert other.deployments[KONTEXT].workflow
    assert other.saved_workflows
    assert other.other_account_tokens == set()


def test_many_callers_may_change_and_ask_at_once() -> None:
    connection = EmulatorHarness()
    problems: list[int] = []

    def work(number: int) -> None:
        for _round in range(10):
            change = {"name": f"n{number}", "max_instances": number + 1}
            replies = [
                connection.request("PATCH", f"/prod/v2/deployments/{FLUX}", change),
                connection.request(
                    "POST", f"/prod/v1/deployments/{FLUX}/inference", {"overrides": {}}
                ),
                connection.request("GET", "/prod/v2/deployments?includes=payload"),
                connection.request("DELETE", f"/prod/v2/deployments/{OLD}"),
            ]
            problems.extend(each.status for each in replies[:3] if each.status != 200)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(connection.backend.runs) == 40
    assert OLD in connection.backend.deleted
