"""Where the packages are tried: a clean Debian in a folder, or a folder beside this system."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import product

PERSON = 1000
_CHROOT = "/usr/sbin/chroot"


class TrialError(Exception):
    """A package did not do what it must."""


def files_below(folder: Path) -> set[Path]:
    """Every file and folder below one, without following links."""
    return {
        Path(above) / name for above, folders, files in os.walk(folder) for name in folders + files
    }


class Place:
    """A system to install into, with a person who uses it. Paths inside it begin at ``root``."""

    is_clean = False
    program = ""
    display = ""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home/person"

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        pass

    def inside(self, file: Path) -> str:
        """The name of a file as a program there knows it."""
        raise NotImplementedError

    def command(self, arguments: list[str]) -> list[str]:
        """How the person's command line is run from here."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """All that the person's programs find in their environment."""
        found = {
            "HOME": self.inside(self.home),
            "USER": "person",
            "LANG": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
            # xdg-open asks gio, as on a desktop; without a desktop it looks at the content only.
            "XDG_CURRENT_DESKTOP": "GNOME",
        }
        return {**found, "DISPLAY": self.display} if self.display else found

    def install(self, deb: Path) -> set[str] | None:
        """Install; gives the files that were there before, where removal can be looked at."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove the package again."""

    def missing_tools(self) -> list[str]:
        """What a desktop has that opens files by their type, and this place has not."""
        return []

    def has_no_python(self) -> bool:
        """True when no Python is installed there."""
        return False

    def all_files(self) -> set[str]:
        """Every path there, with a slash in front."""
        return set()

    def owned_files(self) -> set[str]:
        """Every path that belongs to an installed package."""
        return set()

    def as_person_owns(self, file: Path) -> None:
        """Give a file or folder to the person."""

    def run(self, arguments: list[str], accepted: tuple[int, ...] = (0,), **variables: str) -> str:
        """Run a command as the person and return what it printed.

        Args:
            arguments: The command line.
            accepted: The exit codes that are no failure.
            variables: What stands in the environment besides the usual.

        Raises:
            TrialError: It ended with another status, or not within three minutes.
        """
        try:
            done = subprocess.run(
                self.command(arguments), env={**self.environment(), **variables}, cwd="/",
                timeout=180,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise TrialError(f"{arguments} did not end.") from error
        if done.returncode not in accepted:
            said = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
            raise TrialError(f"{arguments} ended with {done.returncode}:\n{said}")
        return done.stdout

    def start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        """Start a command as the person."""
        return subprocess.Popen(
            self.command(arguments), env=self.environment(), cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def processes_of(self, program: str) -> list[int]:
        """The processes that run the file that ``program`` is."""
        wanted = os.path.realpath(self.real(program))
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _same_file(entry / "exe", wanted):
                found.append(int(entry.name))
        return found

    def real(self, program: str) -> str:
        """A path inside as a path here, links followed inside."""
        raise NotImplementedError

    def foreign_libraries(self, processes: list[int]) -> list[str]:
        """Files of this checkout and its Python that processes have loaded."""
        unwanted = (str(product.ROOT), sys.prefix, sys.base_prefix + "/lib/python")
        found = set()
        for process in processes:
            for line in Path(f"/proc/{process}/maps").read_text().splitlines():
                name = line.partition("/")[2]
                if f"/{name}".startswith(unwanted) and not f"/{name}".startswith(str(self.root)):
                    found.add(f"/{name}")
        return sorted(found)

    @staticmethod
    def end(processes: list[int]) -> None:
        """End processes and wait for their end."""
        for process in processes:
            os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while any(
            Path(f"/proc/{process}/maps").exists() and _lives(process) for process in processes
        ):
            if time.monotonic() > deadline:
                raise TrialError("The window did not end.")
            time.sleep(0.1)


class Chroot(Place):
    """A clean Debian in a folder; needs root, and mounts of its own that end with this process."""

    is_clean = True
    program = f"/usr/bin/{product.COMMAND}"

    def __enter__(self) -> Chroot:
        proc = self.root / "proc"
        _quiet("mount", "-t", "proc", "proc", str(proc))
        # The namespace of processes is new: this process has to see it, too.
        _quiet("mount", "-t", "proc", "proc", "/proc")
        _quiet("mount", "--rbind", "/dev", str(self.root / "dev"))
        shutil.copyfile("/etc/resolv.conf", self.root / "etc/resolv.conf")
        return self

    def inside(self, file: Path) -> str:
        return "/" + file.relative_to(self.root).as_posix()

    def real(self, program: str) -> str:
        # A link inside counts from the root inside.
        path = self.root / program.lstrip("/")
        for _ in range(10):
            if not path.is_symlink():
                break
            target = os.readlink(path)
            path = self.root / target.lstrip("/") if target[0] == "/" else path.parent / target
        return os.path.realpath(path)

    def command(self, arguments: list[str]) -> list[str]:
        return [_CHROOT, f"--userspec={PERSON}:{PERSON}", str(self.root), *arguments]

    def install(self, deb: Path) -> set[str]:
        copy = self.root / "tmp" / deb.name
        shutil.copyfile(deb, copy)
        wanted = subprocess.run(
            ["dpkg-deb", "-f", str(deb), "Depends"], capture_output=True, text=True, check=True
        ).stdout.strip()
        install = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
        started = time.monotonic()
        self._as_root("apt-get", "update", "-q")
        # What it depends on first: the scripts of those packages make files, too.
        self._as_root("apt-get", "satisfy", "-y", "-q", "--no-install-recommends", wanted)
        between = time.monotonic()
        before = self.all_files()
        self._as_root(*install, f"/tmp/{deb.name}")
        print(
            f"ok  installed by apt: what it depends on in {between - started:.1f} s,"
            f" itself in {time.monotonic() - between:.1f} s"
        )
        copy.unlink()
        return before

    def remove(self) -> None:
        self._as_root("apt-get", "purge", "-y", "-q", product.COMMAND)

    def has_no_python(self) -> bool:
        return not any(self.root.glob("usr/bin/python*")) and not any(
            self.root.glob("usr/local/bin/python*")
        )

    def all_files(self) -> set[str]:
        skipped = {"proc", "dev", "sys"}
        found = set()
        for above, folders, files in os.walk(self.root):
            if Path(above) == self.root:
                folders[:] = [name for name in folders if name not in skipped]
            place = above.removeprefix(str(self.root))
            found |= {f"{place}/{name}" for name in folders + files}
        return found

    def owned_files(self) -> set[str]:
        found = set()
        for file in (self.root / "var/lib/dpkg/info").glob("*.list"):
            for line in file.read_text(encoding="utf-8").splitlines():
                found.add(line)
                # /bin, /lib and /lib64 are links into /usr.
                if line.startswith(("/bin/", "/sbin/", "/lib")):
                    found.add(f"/usr{line}")
        return found

    def as_person_owns(self, file: Path) -> None:
        for path in (file, *files_below(file)):
            os.chown(path, PERSON, PERSON, follow_symlinks=False)

    def _as_root(self, *arguments: str) -> None:
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LANG": "C.UTF-8",
            "HOME": "/root",
        }
        for name in ("http_proxy", "https_proxy"):
            if name in os.environ:
                environment[name] = os.environ[name]
        done = subprocess.run(
            [_CHROOT, str(self.root), *arguments], env=environment, cwd="/",
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise TrialError(f"{arguments} ended with {done.returncode}:\n{done.stdout[-3000:]}"
                             f"\n{done.stderr[-3000:]}")  # fmt: skip


class UnpackedFolder(Place):
    """The package's files in a folder of this system, for somebody who may not install."""

    def __init__(self, root: Path) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="moeplanner-try-")))
        self.program = str(self.root / f"usr/bin/{product.COMMAND}")
        self.home.mkdir(parents=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def missing_tools(self) -> list[str]:
        wanted = ("gio", "xdg-mime", "xdg-open", "update-mime-database", "update-desktop-database")
        return [tool for tool in wanted if shutil.which(tool) is None]

    def inside(self, file: Path) -> str:
        return str(file)

    def real(self, program: str) -> str:
        return os.path.realpath(program)

    def command(self, arguments: list[str]) -> list[str]:
        return arguments

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "PATH": f"{self.root}/usr/bin:/usr/bin:/bin",
            "XDG_DATA_DIRS": f"{self.root}/usr/share:/usr/share",
        }

    def install(self, deb: Path) -> None:
        subprocess.run(["dpkg-deb", "-x", str(deb), str(self.root)], check=True)
        share = self.root / "usr/share"
        for tool, folder in (
            ("update-mime-database", share / "mime"),
            ("update-desktop-database", share / "applications"),
        ):
            if shutil.which(tool):
                subprocess.run([tool, str(folder)], check=True, capture_output=True)

    def remove(self) -> None:
        shutil.rmtree(self.root / "usr")


def _same_file(link: Path, wanted: str) -> bool:
    try:
        return os.path.realpath(link) == wanted
    except OSError:
        return False


def _lives(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def _quiet(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TrialError(f"{' '.join(command)}: {done.stderr.strip()}")
