"""The emulator as a child process: its ready line, its options and its exit."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from runcomfy_desktop.emulator.__main__ import main
from tests.support.emulator_control import ask_control
from tests.support.emulators import TOKEN, ChildEmulator
from tests.support.process_wait import wait_until

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
_HEADERS = {"Authorization": f"Bearer {TOKEN}"}
_COMMAND = [sys.executable, "-m", "runcomfy_desktop.emulator"]


def run_once(emulator: ChildEmulator) -> bytes:
    """Returns the bytes of the first output of a small run."""
    with httpx.Client(base_url=emulator.base_url, headers=_HEADERS, trust_env=False) as client:
        overrides = {"5": {"inputs": {"width": 96, "height": 64}}}
        path = f"/prod/v1/deployments/{FLUX}/inference"
        accepted = client.post(path, json={"overrides": overrides}).json()
        result = client.get(accepted["result_url"]).json()
        return client.get(result["outputs"]["9"]["images"][0]["url"]).content


def test_two_processes_make_the_same_bytes() -> None:
    with ChildEmulator() as first, ChildEmulator() as second:
        data = run_once(first)
        assert data == run_once(second)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (96, 64)


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(with_signal: int) -> None:
    emulator = ChildEmulator("--faults", "delay-answer:600")
    with ThreadPoolExecutor(1) as aside:
        aside.submit(
            httpx.post,
            f"{emulator.base_url}/prod/v1/deployments/{FLUX}/inference",
            json={"overrides": {}},
            headers=_HEADERS,
            timeout=60,
            trust_env=False,
        )
        wait_until("it is accepted", lambda: emulator.counts()["accepted"] == 1)
        assert emulator.stop(with_signal) == 0


def test_it_makes_up_a_token_and_ends_when_nobody_comes() -> None:
    command = [*_COMMAND, "--idle-exit", "0.1", "--dialect", "newest"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    ready = json.loads(done.stdout)
    assert set(ready) == {"base_url", "token", "storage_url"}
    assert len(ready["token"]) == 36
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_control_has_to_be_asked_for_and_is_told_down_the_pipe() -> None:
    with ChildEmulator() as one, ChildEmulator() as other:
        assert one.control_token != other.control_token
        assert one.control_token not in str(one.process.args)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask_control(one.base_url, other.control_token, "skip", b"10")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask_control(one.base_url, one.token, "skip", b"10")
        assert one.control("skip") == 0


def test_a_running_process_can_be_switched() -> None:
    with (
        ChildEmulator(run_s=1e5) as emulator,
        httpx.Client(base_url=emulator.base_url, headers=_HEADERS, trust_env=False) as client,
    ):
        path = f"/prod/v1/deployments/{FLUX}/inference?webhook=https%3A%2F%2Fa.example%2F"
        accepted = client.post(path, json={"overrides": {}}).json()
        emulator.skip_time(1e5)
        assert client.get(accepted["status_url"]).json()["status"] == "completed"
        while not emulator.webhooks():
            time.sleep(0.01)
        assert [each["withheld"] for each in emulator.webhooks()] == [True]
        emulator.set_balance(0)
        emulator.set_switches(gate_status=403)
        refused = client.post(path, json={"overrides": {}})
        assert (refused.status_code, refused.json()["error_code"]) == (403, 10001)


def test_switches_and_balance_can_be_given_at_the_start() -> None:
    options = ("--switch", "wrapped_list=true", "--switch", "first_position=0", "--balance", "-1.5")
    with (
        ChildEmulator(*options) as emulator,
        httpx.Client(base_url=emulator.base_url, headers=_HEADERS, trust_env=False) as client,
    ):
        assert client.get("/prod/v2/balance").json()["balance_usd"] == -1.5
        assert "deployments" in client.get("/prod/v2/deployments").json()
        switches = emulator.control("switches")
        assert (switches["first_position"], switches["wrapped_list"]) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--faults", "nonsense"],
        ["--run-time", "-1"],
        ["--port", "99999"],
        ["--x"],
        ["--switch", "nonsense=1"],
        ["--switch", "wrapped_list"],
        ["--switch", "wrapped_list=yes"],
        ["--balance", "nan"],
    ],
)
def test_a_wrong_option_is_told(arguments: list[str]) -> None:
    command = [*_COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_a_port_in_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with ChildEmulator() as emulator:
        assert main(["--port", emulator.base_url.rpartition(":")[2]]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("emulator:")
