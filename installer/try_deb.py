#!/usr/bin/env python3
"""Tries the Linux packages as a person would: install, run, double-click a plan, remove.

    python installer/try_deb.py prepare ROOT [--suite trixie]   a clean Debian in a folder
    python installer/try_deb.py try ROOT --packages DIR         the packages in it

The clean system has no Python and nothing of this checkout; apt fetches what the package depends
on. Needs root (or sudo that asks nothing), debootstrap, Xvfb and xdotool. Where there is no right
to make such a system, the package is unpacked into a folder and tried from there, and what that
cannot show is said.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import product

sys.path.insert(0, str(product.ROOT))

from debian_package import is_elf
from try_places import Chroot, Place, TrialError, UnpackedFolder, files_below

from moeplanner_gui.cli import COMMANDS

SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
DESKTOP = ("xdg-utils", "shared-mime-info", "desktop-file-utils", "libglib2.0-bin")
"""What every desktop has that opens files by their type; the package only recommends them."""
PLAN = product.ROOT / "resources" / "samples" / "v4-flash-two-96gb.moeplan"
CONFIG = product.ROOT / "tests" / "data" / "configs" / "zai-org--GLM-5.3.json"
TRANSLATIONS = product.ROOT / "resources" / "translations"
LANGUAGES = sorted(file.stem for file in TRANSLATIONS.glob("*.json"))
TITLE = "Sample plan"
PATIENCE_S = 60
_MADE_BY_THE_SYSTEM = re.compile(
    # What apt, dpkg and the system write down about having installed anything.
    r"/(var/(lib/(dpkg|apt|systemd)|log|cache)|etc/ld\.so\.cache|etc/(passwd|group|shadow|gshadow)-?"
    r"|home/person|tmp|run|dev|proc|usr/share/(mime|applications/mimeinfo\.cache|icons/hicolor/"
    r"icon-theme\.cache|glib-2\.0/schemas/gschemas\.compiled|info/dir))(/|$)"
)


def main(argv: list[str] | None = None) -> int:
    """0 when the packages do what they should."""
    parser = argparse.ArgumentParser(description="Try the Linux packages in a clean system.")
    parser.add_argument("action", choices=("prepare", "try", "try-inside"))
    parser.add_argument("root", type=Path, help="the folder of the clean system")
    parser.add_argument("--suite", default=SUITE, help="prepare: which release of Debian")
    parser.add_argument("--packages", type=Path, help="where the .deb and the .tar.zst are")
    parser.add_argument("--clean", action="store_true", help="try-inside: the system is there")
    chosen = parser.parse_args(argv)
    root = chosen.root.resolve()
    try:
        if chosen.action == "prepare":
            prepare(root, chosen.suite)
        elif chosen.action == "try":
            return in_own_namespace(root, chosen.packages.resolve())
        else:
            try_packages(root, chosen.packages.resolve(), is_clean=chosen.clean)
    except TrialError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(root: Path, suite: str = SUITE) -> None:
    """Make a small Debian with what a desktop opens files by. Does nothing without the right to."""
    if os.geteuid() != 0:
        print("Not root: no clean system is made.")
        return
    if shutil.which("debootstrap") is None:
        print("debootstrap is missing: no clean system is made.")
        return
    command = [
        "debootstrap", "--variant=minbase", f"--include={','.join(DESKTOP)}", suite,
        str(root), MIRROR,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        # No mirror within reach, or a container that may not make devices.
        print(f"No clean system: debootstrap ended with {done.returncode}.\n{done.stdout[-600:]}")
        shutil.rmtree(root, ignore_errors=True)
        return
    (root / "etc/apt/sources.list").write_text(
        f"deb {MIRROR} {suite} main\ndeb {MIRROR} {suite}-updates main\n"
        f"deb {MIRROR}-security {suite}-security main\n",
        encoding="utf-8",
    )
    # A package that is tried needs no guard against a power cut.
    (root / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n", encoding="utf-8")
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    person = root / "home/person"
    person.mkdir()
    os.chown(person, 1000, 1000)
    with (root / "etc/passwd").open("a", encoding="utf-8") as stream:
        stream.write("person:x:1000:1000:Person:/home/person:/bin/sh\n")
    print(f"A clean {suite} in {root}")


def in_own_namespace(root: Path, packages: Path) -> int:
    """Run the trial where its mounts and processes end with it; as an ordinary user without."""
    again = [sys.executable, __file__, "try-inside", str(root), "--packages", str(packages)]
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    if (root / "usr/bin/dpkg").exists() and os.geteuid() == 0:
        may = subprocess.run([*apart, "true"], capture_output=True, text=True, check=False)
        if may.returncode == 0:
            return subprocess.run([*apart, *again, "--clean"], check=False).returncode
        print(f"No mounts of its own: {may.stderr.strip()}")
    return subprocess.run(again, check=False).returncode


def try_packages(root: Path, packages: Path, *, is_clean: bool) -> None:
    """Try the .deb, then the archive.

    Raises:
        TrialError: Something did not come out as it must.
    """
    deb = _one(packages, "*.deb")
    archive = _one(packages, "*.tar.zst")
    place: Place
    if is_clean:
        place = Chroot(root)
    else:
        place = UnpackedFolder(root)
        print(
            "NOT TRIED without a clean system: what apt says to its dependencies, the triggers and"
            " the removal. The package is unpacked into a folder and tried from there."
        )
    with screen() as display, place:
        place.display = display
        try_deb(place, deb)
        try_archive(place, archive)


def try_deb(place: Place, deb: Path) -> None:
    """Install, use and remove the Debian package."""
    before = place.install(deb)
    if place.is_clean:
        _say("no Python", "in the clean system", place.has_no_python())
    papers(place.root / "usr/lib" / product.COMMAND)
    use(place, place.program)
    double_click(place, place.program, "double-clicked")
    place.remove()
    if before is not None:
        _say("removed", "nothing is left", not left_behind(place, before))


def try_archive(place: Place, archive: Path) -> None:
    """Unpack, install, use and remove the archive, as the person only."""
    home = place.home
    unpacked = home / "Downloads"
    unpacked.mkdir()
    place.as_person_owns(unpacked)
    subprocess.run(
        ["tar", "--extract", "--no-same-owner", f"--file={archive}", f"--directory={unpacked}"],
        check=True,
    )
    (folder,) = unpacked.iterdir()
    place.as_person_owns(folder)
    before = files_below(home)
    inside = place.inside(folder)
    place.run([f"{inside}/install.sh"])
    program = f"{place.inside(home)}/.local/bin/{product.COMMAND}"
    use(place, program, short=True)
    double_click(place, program, "from-the-archive")
    place.run([f"{place.inside(home)}/.local/lib/{product.COMMAND}/uninstall.sh"])
    left = {file for file in files_below(home) - before if not _is_users(file, home)}
    if left:
        raise TrialError(f"uninstall.sh left behind: {sorted(left)[:10]}")
    _say("archive", "installed, used and removed; nothing is left", True)


def papers(folder: Path) -> None:
    """Every library that is installed is named with its owner, every owner with its licence."""
    data = folder / "_internal/moeplanner_gui/_data"
    notices = (data / "THIRD-PARTY-NOTICES.txt").read_text("utf-8")
    bill = json.loads((data / "sbom.cdx.json").read_text("utf-8"))
    libraries = [file for file in files_below(folder) if is_elf(file)]
    listed = set(re.findall(r"^  (\S+): ", notices, re.MULTILINE))
    below = {
        file.relative_to(folder / "_internal").as_posix()
        for file in libraries
        if file.parent != folder
    }
    missing = sorted(below - listed)
    _say("notices", f"name all of {len(below)} libraries{missing[:5] or ''}", not missing)
    bare = [one["name"] for one in bill["components"] if not one.get("licenses")]
    bare += [one["name"] for one in bill["components"] if one["name"] not in notices]
    _say(
        "bill of materials", f"{len(bill['components'])} components, each with a licence", not bare
    )


def use(place: Place, program: str, *, short: bool = False) -> None:
    """Run what a person and a script run."""
    said = place.run([program, "--version"])
    if said.strip() != f"{product.NAME} {product.version()}":
        raise TrialError(f"--version said {said!r}")
    started = time.monotonic()
    said = place.run([program, "--self-test"])
    if not said.rstrip().endswith("all fine"):
        raise TrialError(f"the self-test said:\n{said}")
    print(said.rstrip())
    _say("self-test", f"of {program} in {time.monotonic() - started:.1f} s", True)
    if short:
        return
    for language in LANGUAGES:
        sentences = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
        wanted = sentences.get(TITLE, TITLE)
        said = place.run([program, "--self-test"], MOEPLANNER_LANGUAGE=language)
        _say("language", f"{language}: {said.splitlines()[1]}", "all fine" in said)
        _say("language", f"{language}: the window's title has “{wanted}”", wanted in said)
    for command in COMMANDS:
        place.run([program, command, "--help"])
    work = place.home / "work"
    work.mkdir()
    place.as_person_owns(work)
    plan = _plan_in(place, work, "plan")
    where = place.inside(work)
    told = json.loads(place.run([program, "detect", "--json"], accepted=(0, 1)))
    outcomes = {one["probe"]: one["outcome"] for one in told["reports"]}
    # No driver is a good answer; a probe's process that could not be one is not.
    is_sound = outcomes.get("host") == "found" and "frozen" not in json.dumps(told)
    _say("detect", f"each probe in a process of its own: {outcomes}", is_sound)
    said = place.run(
        [program, "estimate", "--model", "deepseek-v4-flash", "--gpu", "2xrtxpro6000", "--json"]
    )
    _say("estimate", "answers as JSON", bool(json.loads(said)))
    place.run([program, "export", plan, "--pdf", f"{where}/a.pdf", "--csv", f"{where}/a.csv"])
    _say("export", "PDF", (work / "a.pdf").read_bytes()[:5] == b"%PDF-")
    _say("export", "CSV", len((work / "a.csv").read_text("utf-8").splitlines()) > 5)
    _say("catalog", place.run([program, "catalog", "check"]).splitlines()[-1], True)
    shutil.copyfile(CONFIG, work / "config.json")
    said = place.run([program, "import", f"{where}/config.json"])
    _say("import", said.splitlines()[0], True)


def double_click(place: Place, program: str, name: str) -> None:
    """Open a plan by its type and see the window that has it in its title."""
    missing = place.missing_tools() + ([] if place.display else ["Xvfb or xdotool"])
    if missing:
        print(f"NOT TRIED: a double-click; missing: {', '.join(missing)}.")
        return
    file = place.home / f"{name}.moeplan"
    plan = _plan_in(place, place.home, name)
    kind = place.run(["gio", "info", "-a", "standard::content-type", plan])
    if product.MIME not in kind:
        raise TrialError(f"the type of a plan file is {kind!r}")
    entry = place.run(["xdg-mime", "query", "default", product.MIME]).strip()
    if entry != f"{product.COMMAND}.desktop":
        raise TrialError(f"{product.MIME} is opened by {entry!r}")
    opener = place.start(["xdg-open", plan])
    title = _title_with(place.display, name)
    if title is None:
        raise TrialError(f"no window has {name} in its title within {PATIENCE_S} s")
    running = place.processes_of(program)
    if not running:
        raise TrialError(f"the window does not belong to {program}")
    foreign = place.foreign_libraries(running)
    if foreign:
        raise TrialError(f"the window has loaded {foreign[:5]}")
    _say("double-click", f"{product.MIME} → {entry} → window “{title}”", True)
    place.end(running)
    opener.wait(PATIENCE_S)
    file.unlink()


def left_behind(place: Place, before: set[str]) -> list[str]:
    """What is there now, was not before and belongs to no installed package."""
    now = place.all_files()
    owned = place.owned_files()
    left = [file for file in sorted(now - before - owned) if not _MADE_BY_THE_SYSTEM.match(file)]
    left += [file for file in sorted(now) if _is_ours(file)]
    if left:
        raise TrialError(f"left behind: {left[:20]}")
    for cache in ("usr/share/mime/globs2", "usr/share/applications/mimeinfo.cache"):
        file = place.root / cache
        if file.is_file() and product.COMMAND in file.read_text("utf-8"):
            raise TrialError(f"{cache} still names the program")
    users = sorted(
        str(place.inside(file)) for file in files_below(place.home) if _is_users(file, place.home)
    )
    print(f"    kept on purpose, the person's own: {', '.join(users) or 'nothing'}")
    return left


def _is_ours(file: str) -> bool:
    return product.COMMAND in file and not file.startswith(
        ("/home/", "/var/cache/apt/", "/var/log/", "/tmp/", "/proc/", "/dev/", "/run/")
    )


def _is_users(file: Path, home: Path) -> bool:
    """Settings, own rows and caches stay when a program is removed."""
    place = file.relative_to(home).as_posix()
    return place.startswith(
        (".config", ".cache", ".local/state", f".local/share/{product.COMMAND}")
    )


def _plan_in(place: Place, folder: Path, name: str) -> str:
    file = folder / f"{name}.moeplan"
    shutil.copyfile(PLAN, file)
    place.as_person_owns(file)
    return place.inside(file)


def _title_with(display: str, name: str) -> str | None:
    deadline = time.monotonic() + PATIENCE_S
    environment = {**os.environ, "DISPLAY": display}
    command = ["xdotool", "search", "--name", re.escape(name)]
    while time.monotonic() < deadline:
        found = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False
        )
        for window in found.stdout.split():
            said = subprocess.run(
                ["xdotool", "getwindowname", window],
                capture_output=True, text=True, env=environment, check=False,
            )  # fmt: skip
            if name in said.stdout and product.NAME in said.stdout:
                return said.stdout.strip()
        time.sleep(0.2)
    return None


@contextmanager
def screen() -> Iterator[str]:
    """An X server of its own that nobody sees; gives its display, "" where there is no tool."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        yield ""
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-ac"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=(writing,), stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            number = stream.readline().strip()
        if not number:
            raise TrialError("Xvfb did not start.")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def _one(folder: Path, pattern: str) -> Path:
    files = sorted(folder.glob(pattern))
    if len(files) != 1:
        raise TrialError(f"{folder} has {len(files)} files {pattern}, not one.")
    return files[0]


def _say(what: str, detail: str, is_so: bool) -> None:
    if not is_so:
        raise TrialError(f"{what}: {detail}")
    print(f"ok  {what}: {detail}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
