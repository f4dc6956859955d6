"""The runtime of AppImages, with a small image on a clean Debian, used by an ordinary user."""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from linux.appimage import runtime
from tests.installers import appimage_systems
from tests.installers.appimage_systems import INSTALLED_PATH, leftovers, run, start_in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from linux.places import Place

pytestmark = pytest.mark.timeout(300)
UNPACKED = {"APPIMAGE_EXTRACT_AND_RUN": "1"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runtime.make(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def small(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return appimage_systems.make(tmp_path_factory.mktemp("small"), program)


@pytest.fixture(scope="module")
def mounting(small: Path) -> Iterator[Place]:
    with appimage_systems.system(small, fuse=True) as place:
        yield place


@pytest.fixture(scope="module")
def unpacking(small: Path) -> Iterator[Place]:
    with appimage_systems.system(small, fuse=False) as place:
        yield place


@pytest.fixture(params=["mounting", "unpacking"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    found: Place = request.getfixturevalue(request.param)
    yield found
    assert leftovers(found) == []


def test_the_program_is_told_where_it_is(place: Place) -> None:
    message = run(place, "told", "a b", "--version").stdout.strip()
    folder, file, called, before, now, *words = message.split("|")
    assert folder.startswith("/tmp/.runcomfy-desktop-")
    assert (file, called) == (INSTALLED_PATH, INSTALLED_PATH)
    assert before == now == "/home/person"
    assert words == ["a b", "--version"]


def test_how_the_program_ends_is_how_the_appimage_ends(place: Place) -> None:
    assert run(place, "rc", "0").returncode == 0
    assert run(place, "rc", "7").returncode == 7


def test_where_fuse_is_the_image_is_mounted(mounting: Place) -> None:
    number = start_in_background(mounting, "wait")
    mounts = mounting.must(["cat", "/proc/mounts"])
    (line,) = [each for each in mounts.splitlines() if "runcomfy-desktop" in each]
    assert " fuse.appimage ro,nosuid,nodev," in line
    appimage_systems.end(mounting, number)
    assert leftovers(mounting) == []


@pytest.mark.parametrize("signal", ["TERM", "KILL", "HUP"])
def test_nothing_is_left_however_it_ends(place: Place, signal: str) -> None:
    number = start_in_background(place, "wait")
    assert len(appimage_systems.folders(place)) == 1
    appimage_systems.end(place, number, signal)
    assert leftovers(place) == []


def test_a_logout_that_tells_all_processes_leaves_nothing(place: Place) -> None:
    """A signal to all processes, as at a logout, leaves nothing behind.

    The clean-up process receives it, too, and waits until the program has ended.
    """
    start_in_background(place, "wait")
    place.run(["sh", "-c", "kill -TERM -1"], user=True)
    assert leftovers(place) == []


def test_a_child_that_outlives_the_program_keeps_its_files(mounting: Place) -> None:
    assert run(mounting, "child", "/home/person/said").returncode == 0
    wait = "until [ -s /home/person/said ]; do sleep 0.1; done; cat /home/person/said"
    # The child's working folder is in the mount, so the mount stays; it is removed when the child
    # ends.
    assert mounting.must(["sh", "-c", wait], limit_s=20) == "the data\n"
    assert leftovers(mounting) == []


def test_a_copy_of_the_mount_elsewhere_does_not_keep_it(mounting: Place) -> None:
    """A copy of the mount in another namespace does not prevent the clean-up.

    A service or sandbox that starts meanwhile inherits all mounts and lives longer.
    """
    number = start_in_background(mounting, "wait")
    other = mounting.start(["unshare", "--mount", "tail", "-f", "/dev/null"])
    taken = "until it=$(pidof tail) && grep -q runcomfy /proc/$it/mounts; do sleep 0.05; done"
    mounting.must(["sh", "-c", taken], limit_s=20)
    appimage_systems.end(mounting, number)
    assert leftovers(mounting) == []
    mounting.must(["sh", "-c", "kill $(pidof tail)"])
    other.communicate(timeout=20)


def test_many_at_once_do_not_disturb_each_other(place: Place) -> None:
    script = f"for each in 1 2 3 4 5 6 7 8; do {INSTALLED_PATH} data & done; wait"
    assert place.must(["sh", "-c", script], user=True) == "the data\n" * 8


def test_it_ends_with_its_output_closed(place: Place) -> None:
    """A shell that reads the output does not wait for the clean-up process."""
    script = f'said=$({INSTALLED_PATH} data); echo "[$said]"'
    assert place.must(["sh", "-c", script], user=True, limit_s=20) == "[the data]\n"


@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_it_starts_with_streams_closed(place: Place, closed: str) -> None:
    script = f'"$@" {closed}; echo $?'
    assert place.must(["sh", "-c", script, "sh", INSTALLED_PATH, "rc", "7"], user=True) == "7\n"


def test_what_it_unpacked_is_not_tidied_away_while_it_runs(unpacking: Place) -> None:
    """The unpacked folder is locked while the program runs.

    Desktops remove old folders from /tmp, but not locked ones.
    """
    number = start_in_background(unpacking, "wait")
    (folder,) = appimage_systems.folders(unpacking)
    assert unpacking.run(["flock", "--nonblock", f"/tmp/{folder}", "true"]).returncode == 1
    appimage_systems.end(unpacking, number)
    assert leftovers(unpacking) == []


def test_root_can_use_it_too(place: Place) -> None:
    assert place.must([INSTALLED_PATH, "data"]) == "the data\n"


def test_it_can_be_told_to_unpack_itself(mounting: Place) -> None:
    for words, env in ((("--appimage-extract-and-run", "told"), {}), (("told",), UNPACKED)):
        message = run(mounting, *words, env=env).stdout
        assert message.startswith("/tmp/.runcomfy-desktop-")
    number = start_in_background(mounting, "wait", env=UNPACKED)
    assert "runcomfy" not in mounting.must(["cat", "/proc/mounts"])
    appimage_systems.end(mounting, number, "KILL")
    assert leftovers(mounting) == []


def test_where_programs_may_not_run_it_unpacks_elsewhere(unpacking: Place) -> None:
    unpacking.must(["mount", "-t", "tmpfs", "-o", "mode=1777,noexec", "tmpfs", "/tmp"])
    try:
        message = run(unpacking, "told").stdout
        assert message.startswith("/var/tmp/.runcomfy-desktop-")
        assert run(unpacking, "told", env={"TMPDIR": "/home/person"}).stdout.startswith(
            "/home/person/."
        )
    finally:
        unpacking.must(["umount", "/tmp"])
    assert leftovers(unpacking) == []


def test_a_full_disk_is_said_and_nothing_stays(program: Path, tmp_path: Path) -> None:
    def fill(app: Path) -> None:
        # Incompressible data; otherwise the image would store it in a few bytes.
        (app / "large").write_bytes(program.read_bytes() * 4)

    with appimage_systems.system(
        appimage_systems.make(tmp_path, program, fill), fuse=False
    ) as place:
        place.must(["mount", "-t", "tmpfs", "-o", "mode=1777,size=2m", "tmpfs", "/tmp"])
        done = run(place, "data")
        assert done.returncode == 127
        assert "cannot be started: unpacking into /tmp/" in done.stdout
        assert "No space left on device" in done.stdout
        assert leftovers(place) == []


def test_mounting_to_look_inside(mounting: Place) -> None:
    script = f"""
{INSTALLED_PATH} --appimage-mount >folder & program=$!
until [ -s folder ]; do sleep 0.05; done
cat "$(cat folder)/usr/data"
kill $program; wait $program 2>/dev/null; rm folder
"""
    assert mounting.run(["sh", "-c", script], user=True).stdout == "the data\n"
    assert leftovers(mounting) == []


def test_unpacking_to_look_inside(place: Place, small: Path) -> None:
    script = f"rm -rf squashfs-root; {INSTALLED_PATH} --appimage-extract"
    assert place.must(["sh", "-c", script], user=True) == "squashfs-root\n"
    root = "/home/person/squashfs-root"
    listed = place.must(["sh", "-c", f"cd {root}; find . -printf '%P %y %m %l\\n' | sort"])
    assert listed.splitlines() == [
        " d 755 ",
        "AppRun f 755 ",
        "link l 777 usr/data",
        "usr d 755 ",
        "usr/data f 644 ",
    ]
    assert place.must([f"{root}/AppRun", "data"], user=True) == "the data\n"
    again = run(place, "--appimage-extract")
    assert again.returncode != 0
    assert "squashfs-root: File exists" in again.stdout


def test_the_other_options_of_an_appimage(place: Place, small: Path, program: Path) -> None:
    assert int(run(place, "--appimage-offset").stdout) == program.stat().st_size
    assert "AppImage type 2" in run(place, "--appimage-version").stdout
    assert "--appimage-extract-and-run" in run(place, "--appimage-help").stdout
    for words in (("--appimage-what",), ("--appimage-extract", "*.so")):
        assert run(place, *words).returncode == 2


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    (tmp_path / "AppDir").mkdir()
    (tmp_path / "AppDir" / "AppRun").write_text("#!/bin/sh\necho it runs\n")
    (tmp_path / "AppDir" / "AppRun").chmod(0o755)
    return tmp_path


def _outside(app: Path) -> None:
    (app / "evil").symlink_to("/etc/passwd")


def _above(app: Path) -> None:
    (app / "folder").mkdir()
    (app / "folder" / "evil").symlink_to("../x/../../..")


def _by_another(app: Path) -> None:
    """Adds two links, each valid on its own; one through the other leads outside."""
    (app / "folder" / "inner").mkdir(parents=True)
    (app / "folder" / "inner" / "up").symlink_to("../..")
    (app / "evil").symlink_to("folder/inner/up/../evil")


def _deep(app: Path) -> None:
    (app / "/".join(["d"] * 40)).mkdir(parents=True)


@pytest.mark.parametrize("fill", [_outside, _above, _by_another, _deep])
def test_what_leads_out_of_the_image_is_refused(
    hostile: Path, program: Path, fill: Callable[[Path], None]
) -> None:
    fill(hostile / "AppDir")
    refused(hostile, program, appimage_systems.make_image(hostile))


def test_a_device_is_refused(hostile: Path, program: Path) -> None:
    refused(
        hostile, program, appimage_systems.make_image(hostile, "-p", "null c 666 root root 1 3")
    )


def test_a_name_with_a_path_in_it_is_refused(hostile: Path, program: Path) -> None:
    """No tool creates such an image, but an attacker can."""
    (hostile / "AppDir" / "aa_evil").write_text("evil")
    image = appimage_systems.make_image(
        hostile, "-noI", "-noD", "-noF", "-no-xattrs", "-no-exports"
    )
    content = image.read_bytes()
    assert content.count(b"aa_evil") == 1
    image.write_bytes(content.replace(b"aa_evil", b"../evil"))
    refused(hostile, program, image)


def test_another_compression_is_refused(hostile: Path, program: Path) -> None:
    refused(hostile, program, appimage_systems.make_image(hostile, compression="gzip"))


def refused(folder: Path, program: Path, image: Path) -> None:
    """Asserts that the image is refused, and that the reason is reported.

    It is neither unpacked nor started, and nothing is written elsewhere.
    """
    odd = appimage_systems.join_appimage(folder / "odd.AppImage", program, image)
    with appimage_systems.system(odd, fuse=False) as place:
        for words in (["--appimage-extract"], []):
            done = place.run(
                ["sh", "-c", 'mkdir -p w; cd w; "$@"', "sh", INSTALLED_PATH, *words], user=True
            )
            assert done.returncode == 127, done.stdout
            assert "the file is damaged" in done.stdout
            assert "it runs" not in done.stdout
        assert place.must(["ls", "/home/person"]) == "w\n"
        assert leftovers(place) == []


def test_damaged_images_end_in_a_sentence(hostile: Path, program: Path) -> None:
    """Damaged directory data in an image ends with a message.

    The runtime neither crashes nor writes outside its folder.
    """
    for number in range(40):
        (hostile / "AppDir" / f"file-{number}").write_text(f"content {number}")
    plain = ("-noI", "-noF", "-noX", "-no-xattrs", "-b", "16K")
    image = appimage_systems.make_image(hostile, *plain).read_bytes()
    folders = int.from_bytes(image[64:72], "little")
    chance = random.Random(20261125)
    ended = set()
    for attempt in range(200):
        damaged = bytearray(image)
        for _each in range(chance.choice((1, 2, 8))):
            lowest, highest = chance.choice(((8, 96), (folders, len(image))))
            damaged[chance.randrange(lowest, highest)] = chance.choice(
                (0, 255, chance.randrange(256))
            )
        (hostile / "image").write_bytes(damaged)
        odd = appimage_systems.join_appimage(hostile / "odd.AppImage", program, hostile / "image")
        folder = hostile / f"attempt-{attempt}"
        folder.mkdir()
        words = [str(odd), "--appimage-extract"]
        done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=60)
        ended.add(done.returncode)
        assert {each.name for each in folder.iterdir()} <= {"squashfs-root"}
        shutil.rmtree(folder)
    assert ended == {0, 127}


def test_a_file_that_was_cut_off_says_so(small: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.AppImage"
    # The image is padded to whole blocks, so more than the padding must be missing.
    cut.write_bytes(small.read_bytes()[:-4096])
    cut.chmod(0o755)
    with appimage_systems.system(cut, fuse=False) as place:
        done = run(place, "data")
        assert done.returncode == 127
        assert "the file is damaged; download it again" in done.stdout
        assert leftovers(place) == []


def test_two_builds_of_the_runtime_are_equal(program: Path, tmp_path: Path) -> None:
    again = runtime.make(tmp_path)
    assert again.read_bytes() == program.read_bytes()


def test_it_is_static_and_small(program: Path, mounting: Place) -> None:
    assert program.stat().st_size < 2_000_000
    message = mounting.run(["sh", "-c", f"ldd {INSTALLED_PATH} 2>&1; true"]).stdout
    assert "statically linked" in message or "not a dynamic executable" in message
