"""A Debian system in a folder that can be entered temporarily, in its own mount namespace.

All mounts belong to one waiting process. It ends with the process that started it, and then the
kernel removes the mounts and every process inside: nothing can be left behind.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from project import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
USER_ID = 1000
HOME = "/home/person"
_PLAIN = {"PATH": PATH, "LANG": "C.UTF-8"}
_LIMIT_S = 600.0
# Runs in the namespace. $1: mount options of the root, $2: its mount point, then triples of bind
# mounts: source, target, ro or rw.
_MOUNT = r"""
set -e
umask 022
options=$1 root=$2
shift 2
mount -t overlay overlay -o "$options" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty fuse; do
    [ -e "/dev/$name" ] || continue
    [ "$name" != fuse ] || [ -n "$WITH_FUSE" ] || continue
    : >"$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
while [ $# -gt 0 ]; do
    if [ -d "$1" ]; then
        mkdir -p "$root$2"
    else
        mkdir -p "$root$(dirname "$2")"
        [ -e "$root$2" ] || : >"$root$2"
    fi
    mount --bind "$1" "$root$2"
    [ "$3" != ro ] || mount -o remount,bind,ro "$root$2"
    shift 3
done
echo ready
# Until the caller ends it, or has gone.
exec cat >/dev/null
"""


class Place:
    """An entered system: `run` and `start` work inside it, `written` returns its new files."""

    def __init__(self, holder: int, root: Path, changes: Path) -> None:
        self._holder = holder
        self._root = root
        self._changes = changes
        self._started: list[subprocess.Popen[bytes]] = []

    def written(self, name: str) -> Path:
        """Returns the outside path of a file that was written inside."""
        return self._changes / name.lstrip("/")

    def bring(self, source: Path, name: str) -> None:
        """Copies a file into the system, readable by all users."""
        self.write(name, source.read_bytes())

    def write(self, name: str, content: bytes) -> None:
        words = self._words(
            ["sh", "-c", 'mkdir -p "${1%/*}"; cat >"$1"; chmod 644 "$1"', "sh", name]
        )
        subprocess.run(words, input=content, check=True)

    def run(
        self,
        words: Sequence[str],
        *,
        user: bool = False,
        env: Mapping[str, str] | None = None,
        limit_s: float = _LIMIT_S,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside, as root or as an ordinary user, and waits for it."""
        return subprocess.run(
            self._words(words, user, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )

    def must(
        self,
        words: Sequence[str],
        *,
        user: bool = False,
        env: Mapping[str, str] | None = None,
        limit_s: float = _LIMIT_S,
    ) -> str:
        """Runs a command and returns its output; raises Failed on a timeout or an error."""
        try:
            done = self.run(words, user=user, env=env, limit_s=limit_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"Inside: {shlex.join(words)} did not end within {limit_s:g} s") from None
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-40:])
            raise Failed(f"Inside: {shlex.join(words)} ended with {done.returncode}:\n{tail}")
        return done.stdout

    def start(
        self, words: Sequence[str], *, user: bool = False, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Starts a command inside; it ends with the system at the latest."""
        started = subprocess.Popen(
            self._words(words, user, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._started.append(started)
        return started

    def reap(self) -> None:
        """Waits for the started commands once the system has ended."""
        for each in self._started:
            each.communicate()

    def apt(self, *words: str) -> str:
        """Runs apt-get without questions and without recommended packages."""
        command = ["apt-get", "-q", "-y", "-o", "APT::Install-Recommends=false", *words]
        return self.must(command, env={"DEBIAN_FRONTEND": "noninteractive"}, limit_s=900)

    def add_person(self) -> None:
        """Adds an ordinary user without privileges, for testing programs."""
        self.must(["useradd", "--uid", str(USER_ID), "--create-home", "person"])
        self.must(["install", "-d", "-m", "700", "-o", "person", f"/run/user/{USER_ID}"])

    def _words(
        self,
        words: Sequence[str],
        user: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> list[str]:
        home = (
            {"HOME": HOME, "XDG_RUNTIME_DIR": f"/run/user/{USER_ID}"} if user else {"HOME": "/root"}
        )
        given = {**_PLAIN, **home, **(env or {})}
        return [
            "nsenter",
            f"--mount=/proc/{self._holder}/ns/mnt",
            f"--pid=/proc/{self._holder}/ns/pid_for_children",
            "chroot",
            *([f"--userspec={USER_ID}:{USER_ID}", "--groups="] if user else []),
            str(self._root),
            *("env", "-i", *(f"{name}={value}" for name, value in given.items())),
            *("sh", "-c", 'umask 022; cd "$HOME" && exec "$@"', "sh", *words),
        ]


@contextmanager
def enter(
    below: Sequence[Path],
    *,
    keep: Path | None = None,
    binds: Sequence[tuple[Path, str, str]] = (),
    fuse: bool = False,
) -> Iterator[Place]:
    """Mounts an empty layer over the folders `below` (the topmost first) and enters the result.

    Changes are kept in `keep`, or discarded without it. `binds`: (outside, inside, "ro" or "rw").
    """
    beside = keep.parent if keep is not None else below[0].parent
    scratch = Path(tempfile.mkdtemp(prefix="place-", dir=beside))
    changes, work, root = (scratch / name for name in ("changes", "work", "root"))
    for folder in (changes, work, root):
        folder.mkdir()
    # It becomes the root folder of the system, which an ordinary user must be able to access.
    changes.chmod(0o755)
    options = f"lowerdir={':'.join(map(str, below))},upperdir={changes},workdir={work}"
    triples = [str(part) for bind in binds for part in bind]
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL"]
    holder = subprocess.Popen(
        [*command, "sh", "-c", _MOUNT, "sh", options, str(root), *triples],
        env={**os.environ, "WITH_FUSE": "yes" if fuse else ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    place = Place(holder.pid, root, changes)
    try:
        assert holder.stdout is not None
        said = holder.stdout.readline()
        if said != "ready\n":
            raise Failed(f"No system could be mounted here: {said}{holder.stdout.read()}")
        yield place
        if keep is not None:
            _end(holder)
            changes.rename(keep)
    finally:
        _end(holder)
        place.reap()
        shutil.rmtree(scratch)


def _end(holder: subprocess.Popen[str]) -> None:
    """Kills the namespace and waits until all processes in it have ended."""
    holder.kill()
    holder.wait()
    for stream in (holder.stdin, holder.stdout):
        if stream is not None and not stream.closed:
            if stream is holder.stdout:
                # The other end is closed once the last process inside has ended.
                stream.read()
            stream.close()


def why_not() -> str:
    """Returns why no system can be entered here; "" if one can."""
    if os.geteuid() != 0:
        return "it needs root, to mount the clean systems that installers are built and tried in"
    missing = [each for each in ("unshare", "nsenter", "chroot", "mount") if not shutil.which(each)]
    if missing:
        return f"it needs {', '.join(missing)}"
    with tempfile.TemporaryDirectory() as folder:
        below, over, work, root = (
            Path(folder) / name for name in ("below", "over", "work", "root")
        )
        for each in (below, over, work, root):
            each.mkdir()
        options = f"lowerdir={below},upperdir={over},workdir={work}"
        words = ["unshare", "--mount", "--pid", "--fork", "sh", "-c"]
        script = 'mount -t overlay overlay -o "$1" "$2" && mount -t proc proc "$2"'
        tried = subprocess.run(
            [*words, script, "sh", options, str(root)], capture_output=True, text=True, check=False
        )
        return "" if tried.returncode == 0 else f"mounting is not allowed: {tried.stderr.strip()}"
