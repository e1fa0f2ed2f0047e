"""Every flag that may be printed is in the recorded help of the release it is printed for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from moeplanner_gui.core.engines import ktransformers, llama_cpp, sglang, vllm
from moeplanner_gui.core.launch.flags import (
    ALL_PROGRAMS,
    LLAMA_SERVER,
    PROGRAMS,
    Program,
    UnknownFlagError,
    words,
)

FOLDER = Path(__file__).parents[2] / "data" / "engine_help"
FLAGS = [(program, name) for program in ALL_PROGRAMS for name in program.flags]
# "-fa,   --flash-attn [on|off|auto]   set …": names first, then what the flag takes, and its
# meaning after two spaces or on the next line.
LINE = re.compile(r"^ {0,6}(?P<names>-{1,2}[A-Za-z].*?)(?: {2,}(?=[^ -]).*)?$")
VALUES_OF_A_NAME = re.compile(r"^(--?[A-Za-z][A-Za-z0-9-]*)(?:[ =](.*))?$")


def takes(value: str | None) -> str:
    """How many words follow the flag, from the placeholder that the help shows for them."""
    if not value:
        return "none"
    first = value.split(" ")[0]
    return "many" if f"[{first} ...]" in value else "one"


@cache
def recorded(recording: str) -> dict[str, str]:
    """Every flag of a recorded help, with what it takes."""
    text = (FOLDER / f"{recording}.txt").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        entries = [
            parts
            for piece in re.split(r", +(?=-)", match["names"].rstrip())
            if (parts := VALUES_OF_A_NAME.match(piece.strip()))
        ]
        # Help of llama.cpp and of docker shows the value once, after the last of the names.
        shared = next((value for _, value in (one.groups() for one in entries) if value), None)
        found |= {one[1]: takes(shared) for one in entries}
    return found


@pytest.mark.parametrize(("program", "name"), FLAGS, ids=[f"{p.name} {n}" for p, n in FLAGS])
def test_that_a_flag_is_in_the_recorded_help_and_takes_as_many_values(
    program: Program, name: str
) -> None:
    help_ = recorded(program.recording)
    assert name in help_, f"{program.name} {program.version} has no {name}"
    assert program.flags[name].takes == help_[name]


@pytest.mark.parametrize("program", ALL_PROGRAMS, ids=lambda program: program.name)
def test_that_a_made_up_flag_is_in_no_recorded_help(program: Program) -> None:
    for made_up in ("--n-cpu-experts", "--tensor-parallel", "--gpu-split", "--mmap", "--no-mmap"):
        assert made_up not in recorded(program.recording)


@pytest.mark.parametrize("program", ALL_PROGRAMS, ids=lambda program: program.name)
def test_that_the_whole_help_was_read(program: Program) -> None:
    """Counted by another rule, so that flags lost in reading are noticed."""
    text = (FOLDER / f"{program.recording}.txt").read_text(encoding="utf-8")
    begun = re.findall(r"^ {0,6}-{1,2}[A-Za-z]", text, flags=re.MULTILINE)
    long = {name for name in recorded(program.recording) if name.startswith("--")}
    assert len(long) >= 0.95 * len(begun) > 30


@pytest.mark.parametrize("engine", list(PROGRAMS))
def test_that_the_flags_are_those_of_the_release_that_is_modelled(engine: str) -> None:
    modelled = {
        "llama.cpp": llama_cpp.VERSION,
        "vllm": vllm.VERSION,
        "sglang": sglang.VERSION,
        "ktransformers": ktransformers.VERSION,
    }
    program = next(program for key, program in PROGRAMS.items() if key == engine)
    assert f"{program.name} {program.version}" == modelled[engine]
    assert program.recording.endswith(program.version)


@pytest.mark.parametrize("program", ALL_PROGRAMS, ids=lambda program: program.name)
def test_that_each_flag_is_explained_in_one_sentence_of_our_own(program: Program) -> None:
    text = " ".join((FOLDER / f"{program.recording}.txt").read_text(encoding="utf-8").split())
    for flag in program.flags.values():
        assert flag.what[0].isupper() and flag.what.endswith(".")
        assert ". " not in flag.what
        assert flag.what not in text


def test_that_every_recording_names_its_source() -> None:
    source = (FOLDER / "SOURCE.txt").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.txt"):
        assert path.name in source or path.name == "SOURCE.txt"


def test_that_words_are_a_flag_and_its_values() -> None:
    assert words(LLAMA_SERVER, "--ctx-size", "8192") == ("--ctx-size", "8192")
    assert words(LLAMA_SERVER, "--cpu-moe") == ("--cpu-moe",)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("--mlock", ()),
        ("--tensor-parallel-size", ("2",)),
        ("--ctx-size", ()),
        ("--cpu-moe", ("1",)),
    ],
)
def test_that_a_flag_of_another_program_or_with_other_values_is_refused(
    name: str, values: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownFlagError):
        words(LLAMA_SERVER, name, *values)
