#!/usr/bin/env python3
"""Sets everything up in this folder and opens the program, or runs its tests.

    python3 installer/bootstrap.py run [PLAN.moeplan]
    python3 installer/bootstrap.py test [pytest arguments]

Standard library only, on Linux, macOS and Windows. What it makes lies in ``.venv``; a second run
finds it and starts at once. On Debian and Ubuntu it installs missing system libraries where it
may (as root, or with sudo that asks nothing), else it prints the command.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "moeplanner-setup.json"
OLDEST = (3, 11)
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}

# Soname -> Debian package. The first group every start needs, the others a window.
OFFSCREEN_PACKAGES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
}
X11_PACKAGES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
}
WAYLAND_PACKAGES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
# A process takes 1.4 GB at the end.
MOST_TEST_PROCESSES = 4
TEST_PROGRAMS = {"pdftotext": "poppler-utils"}
PACKAGES = {**OFFSCREEN_PACKAGES, **X11_PACKAGES, **WAYLAND_PACKAGES}


class SetupError(Exception):
    """Something a person has to do; the text says what, with the exact command."""


def main(argv: list[str] | None = None) -> int:
    """Do what the command line asks; 0 when it worked."""
    parser = argparse.ArgumentParser(description="Set up MoE Planner and run it or its tests.")
    parser.add_argument("action", choices=("run", "test"), help="open the program, or test it")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on")
    chosen = parser.parse_args(argv)
    rest = chosen.rest[1:] if chosen.rest[:1] == ["--"] else chosen.rest
    try:
        if sys.version_info < OLDEST:
            return start_with_newer_python(argv if argv is not None else sys.argv[1:])
        set_up(chosen.action)
        return run_program(rest) if chosen.action == "run" else run_tests(rest)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def start_with_newer_python(argv: list[str]) -> int:
    """Start again with a Python that is new enough, or say how to get one."""
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return subprocess.call([found, str(Path(__file__).resolve()), *argv])
    have = platform.python_version()
    hint = ""
    if shutil.which("apt-get"):
        hint = "\n  sudo apt-get update && sudo apt-get install python3.11 python3.11-venv"
    raise SetupError(f"Python 3.11 or newer is needed; this is {have}.{hint}")


def set_up(action: str) -> None:
    """Make the environment that ``action`` needs, unless the last one still holds."""
    wanted = fingerprint(action)
    if read_stamp().get(action) != wanted or not python_answers():
        started = time.monotonic()
        make_environment()
        say(f"Installing packages from {LOCKS[action]} (some minutes the first time) …")
        pip("install", "-r", str(ROOT / LOCKS[action]))
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        stamp = {**read_stamp(), action: wanted}
        if action == "test":
            stamp["run"] = fingerprint("run")
        STAMP.write_text(json.dumps(stamp), encoding="utf-8")
        say(f"Set up in {time.monotonic() - started:.0f} s.")
    if platform.system() == "Linux":
        ensure_system_libraries()
        if action == "test":
            ensure_test_programs()


def fingerprint(action: str) -> str:
    """Changes when what has to be installed changes."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for name in ("pyproject.toml", "requirements.lock", LOCKS[action]):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, str]:
    """What the environment was last set up for; empty when it never was."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def venv_python() -> Path:
    """The environment's interpreter."""
    if platform.system() == "Windows":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def python_answers(*, with_pip: bool = False) -> bool:
    """True when the environment's interpreter starts and is new enough."""
    code = f"import sys; sys.exit(sys.version_info < {OLDEST!r})"
    if with_pip:
        code = f"import pip; {code}"
    try:
        done = subprocess.run([str(venv_python()), "-c", code], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def make_environment() -> None:
    """Create ``.venv``, or make a broken one anew."""
    if python_answers(with_pip=True):
        return
    say(f"Creating {VENV} with Python {platform.python_version()} …")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    first = subprocess.run(command, capture_output=True, text=True)
    if first.returncode == 0 and python_answers(with_pip=True):
        return
    # Debian splits ensurepip off: the usual reason for a failure here.
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("apt-get"):
        # What Qt will miss is named in the same command, so that one visit to root is enough.
        wanted = OFFSCREEN_PACKAGES if not display_of(os.environ) else PACKAGES
        also = packages_for(not_in_linker_cache(list(wanted)))
        install_packages([package, *also], "Python's venv module and libraries that Qt links")
        second = subprocess.run(command, capture_output=True, text=True)
        if second.returncode == 0 and python_answers(with_pip=True):
            return
        first = second
    text = (first.stderr or first.stdout).strip()
    raise SetupError(f"The virtual environment could not be created:\n{text}")


def pip(*arguments: str) -> None:
    """Run the environment's pip."""
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", *arguments]
    if arguments[0] == "install":
        command.insert(command.index("install") + 1, "--quiet")
    if subprocess.call(command) != 0:
        shown = " ".join(shlex.quote(part) for part in command)
        raise SetupError(f"This command failed; its message is above:\n  {shown}")


def ensure_system_libraries() -> None:
    """See that every library that Qt links is there; install or name those that are not."""
    missing = missing_libraries(display_of(os.environ))
    if not missing:
        return
    say(f"Missing system libraries: {', '.join(missing)}")
    packages = packages_for(missing)
    if shutil.which("apt-get") is None or not packages:
        raise SetupError(
            "Install the packages of your distribution that hold these libraries "
            f"and start again:\n  {' '.join(missing)}"
        )
    install_packages(packages, "libraries that Qt links")
    # One library can hide the need of another, which only shows once the first is there.
    still = missing_libraries(display_of(os.environ))
    further = packages_for(still)
    if further:
        install_packages(further, "libraries that these need")
        still = missing_libraries(display_of(os.environ))
    if still:
        raise SetupError(
            f"Still missing: {' '.join(still)}. To find the package that holds one:\n"
            f"  apt-file search {still[0]}"
        )


def ensure_test_programs() -> None:
    """Install what some tests call; they are skipped without it, so nothing here is fatal."""
    missing = [name for name in TEST_PROGRAMS if shutil.which(name) is None]
    if not missing:
        return
    packages = sorted({TEST_PROGRAMS[name] for name in missing})
    try:
        if shutil.which("apt-get") is None:
            raise SetupError(f"Missing: {', '.join(missing)}.")
        install_packages(packages, "programs that read the PDFs back")
    except SetupError as error:
        say(f"{error}\nSome tests are skipped without it.")


def display_of(environment: os._Environ[str] | dict[str, str]) -> str:
    """What a window would open on: "x11", "wayland", "native", or "" when there is nothing."""
    if environment.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return ""
    if platform.system() != "Linux":
        return "native"
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "x11" if environment.get("DISPLAY") else ""


def missing_libraries(display: str) -> list[str]:
    """Sonames that the dynamic linker does not find for the parts of Qt that are used."""
    qt = pyside_folder()
    if qt is None:
        return []
    plugins = qt / "Qt" / "plugins"
    files = [*qt.glob("Qt[CGWSP]*.abi3.so"), *(qt / "Qt" / "lib").glob("libQt6DBus.so.6")]
    files += [plugins / "platforms" / f"libq{name}.so" for name in ("offscreen", "minimal")]
    if display:
        # A Wayland session runs X11 programs too, and Qt falls back to it.
        files.append(plugins / "platforms" / "libqxcb.so")
    if display == "wayland":
        files += plugins.glob("platforms/libqwayland*.so")
    existing = [str(path) for path in files if path.exists()]
    try:
        done = subprocess.run(["ldd", *existing], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return not_found(done.stdout)


def not_found(ldd_output: str) -> list[str]:
    """Sonames that ldd reports as missing, without Qt's own, sorted."""
    lines = (line.split() for line in ldd_output.splitlines() if "=> not found" in line)
    return sorted({words[0] for words in lines if not words[0].startswith("libQt6")})


def not_in_linker_cache(sonames: list[str]) -> list[str]:
    """Those of ``sonames`` that no installed library has; none when that cannot be told."""
    ldconfig = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if ldconfig is None:
        return []
    known = subprocess.run([ldconfig, "-p"], capture_output=True, text=True).stdout
    present = {line.split()[0] for line in known.splitlines() if "=>" in line}
    return [name for name in sonames if name not in present] if present else []


def packages_for(sonames: list[str]) -> list[str]:
    """The Debian packages that hold these libraries, as far as they are known."""
    return sorted({PACKAGES[name] for name in sonames if name in PACKAGES})


def pyside_folder() -> Path | None:
    """Where PySide6 lies in the environment."""
    found = sorted(VENV.glob("lib*/python3.*/site-packages/PySide6"))
    return found[0] if found else None


def install_packages(packages: list[str], what: str) -> None:
    """Install Debian packages as root or with silent sudo; else raise with the command."""
    prefix = root_prefix()
    names = " ".join(packages)
    if prefix is None:
        raise SetupError(
            f"Missing: {what}. Install it with this command and start again:\n"
            f"  sudo apt-get update && sudo apt-get install --no-install-recommends {names}"
        )
    say(f"Installing with apt-get ({what}): {names} …")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    # A failing update can still leave usable lists, so only the installation decides.
    subprocess.call([*prefix, *environment, "apt-get", "update", "-q"], **quiet)
    if subprocess.call([*prefix, *environment, *install], **quiet) != 0:
        raise SetupError(f"apt-get failed; try it by hand:\n  {' '.join([*prefix, *install])}")


def root_prefix() -> list[str] | None:
    """What to write before a command that needs root: nothing as root, sudo where it asks nothing.

    None when neither is possible.
    """
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    asks_nothing = subprocess.run([sudo, "-n", "true"], capture_output=True, timeout=30)
    return [sudo, "-n"] if asks_nothing.returncode == 0 else None


def run_program(arguments: list[str]) -> int:
    """Open the window; without a display make the same sample's files instead."""
    start = [str(venv_python()), "-m", "moeplanner_gui"]
    if display_of(os.environ):
        return subprocess.call([*start, *arguments])
    say("No display found, so no window can open. Running the sample without one …")
    folder = sample_folder()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.call([*start, "--sample-output", str(folder)], env=environment)


def sample_folder() -> Path:
    """A folder that can be written: beside the program, else a temporary one."""
    folder = ROOT / "moeplanner-sample"
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="moeplanner-sample-"))


def run_tests(arguments: list[str]) -> int:
    """Run the tests; on Linux the real mouse drags too, on the platform that can do them.

    ``QDrag`` returns at once on "offscreen", works on "minimal", and cannot be fed by test
    events on Windows and macOS.
    """
    pytest = [str(venv_python()), "-m", "pytest", *arguments]
    codes = [call_pytest([*pytest, *processes(arguments)], "offscreen")]
    if platform.system() == "Linux":
        say("Real mouse drags (QT_QPA_PLATFORM=minimal) …")
        files = [] if arguments else drag_files()
        codes.append(call_pytest([*pytest, *files, "-m", "real_drag"], "minimal"))
    # 5 is "no tests collected": right for one of the two when a file was asked for, never for
    # both, and never when all tests were.
    allowed = (0, 5) if arguments else (0,)
    failed = [code for code in codes if code not in allowed]
    if failed:
        return failed[0]
    return 0 if 0 in codes else 5


def processes(arguments: list[str]) -> list[str]:
    """What spreads the tests over the processors: only all of them are worth starting workers."""
    workers = min(os.cpu_count() or 1, MOST_TEST_PROCESSES)
    return [] if arguments or workers < 2 else ["-n", str(workers), "--dist", "worksteal"]


def drag_files() -> list[str]:
    """The files that mark a test as a drag: to look for them in all others takes ten seconds."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file) for file in files if b"mark.real_drag" in file.read_bytes()]


def call_pytest(command: list[str], qt_platform: str) -> int:
    """Run pytest on a Qt platform, from the top of the checkout."""
    environment = {**os.environ, "QT_QPA_PLATFORM": qt_platform}
    # Else each process of each test compiles the program and the tests anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.call(command, cwd=ROOT, env=environment)


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
