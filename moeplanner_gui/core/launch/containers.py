"""The same commands in containers: ``docker run`` and a compose file for each computer.

Images are the projects' own, with the release in the tag as each project tags its releases; no
image was pulled to look. llama.cpp: https://github.com/ggml-org/llama.cpp/blob/master/docs/docker.md
and the tags of ghcr.io/ggml-org/llama.cpp; vLLM: https://docs.vllm.ai, "Using Docker"; SGLang:
https://docs.sglang.ai, "Install SGLang". Read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from moeplanner_gui.core.launch.flags import DOCKER_RUN
from moeplanner_gui.core.launch.pieces import Command, ComposeFile, Option, Step, option
from moeplanner_gui.core.plan import Backend, Engine
from moeplanner_gui.core.words import say

_LLAMA: Final[dict[Backend, str]] = {
    "cuda": "server-cuda12-b11549",
    "rocm": "server-rocm-b11549",
    "vulkan": "server-vulkan-b11549",
    "sycl": "server-intel-b11549",
    "cpu": "server-b11549",
}
_IMAGES: Final[dict[tuple[Engine, Backend], str]] = {
    ("vllm", "cuda"): "vllm/vllm-openai:v0.33.0",
    ("vllm", "rocm"): "vllm/vllm-openai-rocm:v0.33.0",
    ("sglang", "cuda"): "lmsysorg/sglang:v0.5.23",
}
_HUB: Final = "~/.cache/huggingface"
_INSIDE: Final = "/models"
NOT_PULLED: Final = say(
    "The image's tag is named as the project names its releases; it was not pulled to look."
)


def image_of(engine: Engine, backend: Backend) -> str | None:
    """The project's own image of the release, None where none is known."""
    if engine == "llama.cpp":
        tag = _LLAMA.get(backend)
        return None if tag is None else f"ghcr.io/ggml-org/llama.cpp:{tag}"
    return _IMAGES.get((engine, backend))


def refused(engine: Engine, backend: Backend, nodes: int) -> str:
    """Why there is no container, empty where there is one."""
    if backend == "metal":
        return say("A container cannot reach the graphics of a Mac: start llama-server itself.")
    if engine == "llama.cpp" and nodes > 1:
        return say(
            "That the project's server image holds ggml-rpc-server is not known: start the "
            "programs themselves on the computers."
        )
    if engine == "ktransformers":
        return say(
            "No image of this release by the project is known: install sglang-kt 0.7.2 and "
            "kt-kernel 0.7.2 from PyPI."
        )
    if image_of(engine, backend) is None:
        return say("No image of this release for these cards ({0}) is known.", backend)
    return ""


def in_container(step: Step, engine: Engine, backend: Backend, port: int, *, several: bool) -> Step:
    """The step with ``docker run`` before the engine's own flags."""
    image = image_of(engine, backend) or ""
    mount, command = _inside(step.command)
    run = _run_options(backend, mount, port, step.command, several=several)
    entry: tuple[str, ...] = ()
    if engine != "llama.cpp":
        entry = command.program.command[1:]
        why = say("starts the program itself, whatever the image would start")
        run.append(option(DOCKER_RUN, "--entrypoint", command.program.command[0], why=why))
    inner = [
        Option((image, *entry, *command.first), say("The image."), NOT_PULLED),
        *command.options,
    ]
    whole = Command(DOCKER_RUN, (*run, *inner))
    return replace(step, command=whole)


def _run_options(
    backend: Backend, mount: tuple[str, str], port: int, command: Command, *, several: bool
) -> list[Option]:
    def add(name: str, *values: str, why: str) -> None:
        found.append(option(DOCKER_RUN, name, *values, why=why))

    found: list[Option] = []
    add("--rm", why=say("the model's files stay where they are"))
    if backend == "cuda":
        add("--gpus", "all", why=say("the variables below choose among them"))
    elif backend in ("rocm", "vulkan", "sycl"):
        if backend == "rocm":
            add("--device", "/dev/kfd", why=say("AMD's compute interface"))
        add("--device", "/dev/dri", why=say("the graphics cards"))
        add("--group-add", "video", why=say("the group that may use them"))
    add(
        "--ipc",
        "host",
        why=say("the engine's processes share memory; Docker's 64 MB are too little"),
    )
    add("--ulimit", "memlock=-1", why=say("host memory that cards read directly is locked"))
    add("--volume", ":".join(mount), why=say("the model's files"))
    if several:
        add("--network", "host", why=say("the computers talk over the host's own addresses"))
    else:
        add("--publish", f"127.0.0.1:{port}:{port}", why=say("only this computer can connect"))
    for name, value, why in command.environment:
        add("--env", f"{name}={value}", why=why)
    return found


def _inside(command: Command) -> tuple[tuple[str, str], Command]:
    """The folder to mount, and the command with the model's place inside the container."""
    places = {"--model", "--model-path"}
    found = [one.words[1] for one in command.options if one.name in places]
    model = (*found, *command.first)[0]
    parent, _, file = model.rpartition("/")
    if found and model.endswith(".gguf"):
        # A file at the root, in a folder, or in the folder where the shell is.
        folder, inner = parent or ("/" if model.startswith("/") else "."), f"{_INSIDE}/{file}"
    elif model.startswith(("/", "./", "../", "~/")) or "/" not in model:
        folder, inner = model, _INSIDE
    else:
        return (_HUB, "/root/.cache/huggingface"), command
    if not folder.startswith(("/", "./", "../", "~/")) and folder not in (".", "MODEL_FOLDER"):
        folder = f"./{folder}"
    options = tuple(
        replace(one, words=(one.words[0], inner)) if one.name in places else one
        for one in command.options
    )
    first = (inner,) if command.first else ()
    return (folder, f"{_INSIDE}:ro"), replace(command, options=options, first=first)


def compose_files(steps: Sequence[Step], titles: dict[int, str]) -> tuple[ComposeFile, ...]:
    """A compose file for each computer, with what ``docker run`` says there."""
    return tuple(ComposeFile(s.node, titles[s.node], _compose(s.command)) for s in steps)


def _compose(command: Command) -> str:
    """YAML of one service. Every text is a JSON string, which YAML reads as the same text."""
    run = [one for one in command.options if one.name in DOCKER_RUN.flags]
    after = command.options[len(run) :]
    image, *first = after[0].words
    words = [*first, *(word for one in after[1:] for word in one.words)]
    lines = ["services:", "  engine:", f"    image: {_text(image)}"]
    listed: dict[str, list[str]] = {}
    for one in run:
        if one.name == "--gpus":
            continue
        key = _KEYS.get(one.name)
        if key is not None:
            listed.setdefault(key, []).append(one.value)
    for key in ("entrypoint", "ipc", "network_mode"):
        if key in listed:
            lines.append(f"    {key}: {_text(listed[key][0])}")
    for key in ("ports", "devices", "group_add", "volumes", "environment"):
        if key in listed:
            lines.append(f"    {key}:")
            lines += [f"      - {_text(value)}" for value in listed[key]]
    lines += ["    ulimits:", "      memlock: -1", "    command:"]
    lines += [f"      - {_text(word)}" for word in words]
    if any(one.name == "--gpus" for one in run):
        lines += [
            "    deploy:",
            "      resources:",
            "        reservations:",
            "          devices:",
            "            - driver: nvidia",
            "              count: all",
            "              capabilities: [gpu]",
        ]
    return "\n".join(lines) + "\n"


_KEYS: Final = {
    "--entrypoint": "entrypoint",
    "--ipc": "ipc",
    "--network": "network_mode",
    "--publish": "ports",
    "--device": "devices",
    "--group-add": "group_add",
    "--volume": "volumes",
    "--env": "environment",
}


def _text(word: str) -> str:
    # A compose file replaces $NAME; ${…} and $$ are written with two dollars to mean one.
    return json.dumps(word.replace("$", "$$"))
