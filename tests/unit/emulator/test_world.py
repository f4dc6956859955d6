"""The account as a whole: one clock, many callers at once, nothing shared with another account."""

from __future__ import annotations

import threading

from runcomfy_desktop.emulator.switches import Switches
from runcomfy_desktop.emulator.world import World
from tests.support.clock import Clock
from tests.support.emulated import TOKEN
from tests.unit.emulator.asking import FLUX, KONTEXT, OLD, Line


def test_a_world_can_be_made_with_everything_set() -> None:
    clock = Clock()
    world = World(TOKEN, clock=clock, switches=Switches(gate_status=403, instance_ids=True))
    assert (world.gate_status, world.submit_status, world.has_instance_id) == (403, 200, True)
    world.skipped_s = 60
    assert world.now() == clock() + 60
    assert world.moment(clock()) == "2026-02-02T02:40:00.000000+00:00"


def test_worlds_share_nothing() -> None:
    one, other = World(TOKEN), World(TOKEN)
    one.deployments[KONTEXT].workflow.clear()
    one.shelf.clear()
    one.strangers.add("x")
    assert other.deployments[KONTEXT].workflow
    assert other.shelf
    assert other.strangers == set()


def test_many_callers_may_change_and_ask_at_once() -> None:
    line = Line()
    problems: list[int] = []

    def work(number: int) -> None:
        for _round in range(10):
            change = {"name": f"n{number}", "max_instances": number + 1}
            replies = [
                line.ask("PATCH", f"/prod/v2/deployments/{FLUX}", change),
                line.ask("POST", f"/prod/v1/deployments/{FLUX}/inference", {"overrides": {}}),
                line.ask("GET", "/prod/v2/deployments?includes=payload"),
                line.ask("DELETE", f"/prod/v2/deployments/{OLD}"),
            ]
            problems.extend(each.status for each in replies[:3] if each.status != 200)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(line.world.runs) == 40
    assert OLD in line.world.deleted
