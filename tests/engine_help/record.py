"""Records what an engine's own command line says it can take: the text of its ``--help``.

It runs in an environment of its own, never in that of this project, and needs no GPU and no
model: it imports the engine's argument parser and lets it print itself. ``tests/data/engine_help``
has a SOURCE.txt for each recording with the packages that it was made with. ::

    python tests/engine_help/record.py llama.cpp --binary llama-server       > llama.cpp-bNNNNN.txt
    python tests/engine_help/record.py llama.cpp --library xllamacpp.abi3.so --source llama.cpp
    python tests/engine_help/record.py vllm --packages UNPACKED_WHEEL        > vllm-X.Y.Z.txt
    python tests/engine_help/record.py sglang --packages UNPACKED_WHEEL      > sglang-X.Y.Z.txt
    python tests/engine_help/record.py ktransformers --packages UNPACKED_WHEEL

A wheel is unpacked with ``unzip`` rather than installed: its own dependencies are gigabytes of
CUDA libraries that a parser never calls. The CPU build of PyTorch is enough. ``--without NAME``
puts an empty stand-in where the engine imports a package that cannot be had; the names are part
of the record.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

WIDTH = "100"
# llama.cpp prints its help and ends the process, so nothing is read back from the call.
LLAMA_DRIVER = """
#include "arg.h"
#include "common.h"
extern "C" int show_help() {
    char name[] = "llama-server", flag[] = "--help";
    char * arguments[] = {name, flag, nullptr};
    common_params params;
    return common_params_parse(2, arguments, params, LLAMA_EXAMPLE_SERVER, nullptr) ? 0 : 1;
}
"""


class _Empty(MagicMock):
    """What any name of an absent package is: enough to be imported, annotated and inherited."""

    __version__ = "0"


class _StandIns(MetaPathFinder, Loader):
    """Imports the named packages, and all below them, as empty modules."""

    def __init__(self, names: list[str]) -> None:
        self._names = frozenset(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in self._names:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = lambda attribute: _absent(attribute)  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []


def _absent(attribute: str) -> Any:
    if attribute.startswith("__") and attribute != "__version__":
        raise AttributeError(attribute)
    return "0" if attribute == "__version__" else _Empty(name=attribute)


def llama_cpp(binary: Path | None, library: Path | None, source: Path | None) -> None:
    """The help of a built server, or of a library that has llama.cpp's argument parser in it.

    Raises:
        SystemExit: neither a binary nor a library with its sources was named.
    """
    if binary:
        subprocess.run([str(binary), "--help"], check=True)
        return
    if not (library and source):
        raise SystemExit("llama.cpp needs --binary, or --library and --source")
    with tempfile.TemporaryDirectory() as folder:
        driver, built = Path(folder, "driver.cpp"), Path(folder, "driver.so")
        driver.write_text(LLAMA_DRIVER)
        includes = [
            f"-I{source / part}" for part in ("common", "include", "ggml/include", "vendor")
        ]
        # Wheels for manylinux2014 have strings of the old C++ ABI.
        old_abi = "-D_GLIBCXX_USE_CXX11_ABI=0"
        command = ["g++", "-std=c++17", "-shared", "-fPIC", old_abi, *includes]
        subprocess.run([*command, str(driver), "-o", str(built)], check=True)
        ctypes.CDLL(str(library.resolve()), ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(built)).show_help()


def vllm() -> None:
    """``vllm serve --help=all``, with the defaults of an NVIDIA card."""
    # vLLM reads its explanations from its sources only when the words of the process ask for help.
    sys.argv = ["vllm", "serve", "--help=all"]
    from vllm.entrypoints.common.cli_args import make_arg_parser  # type: ignore[import-not-found]
    from vllm.platforms import current_platform  # type: ignore[import-not-found]
    from vllm.utils.argparse_utils import FlexibleArgumentParser  # type: ignore[import-not-found]

    type(current_platform).device_type = "cuda"
    make_arg_parser(FlexibleArgumentParser(prog="vllm serve")).parse_args(["--help=all"])


def sglang(program: str) -> None:
    """The server's help; KTransformers' is that of its own build of SGLang."""
    from sglang.srt.server_args import ServerArgs  # type: ignore[import-not-found]

    parser = argparse.ArgumentParser(prog=program)
    ServerArgs.add_cli_args(parser)
    parser.print_help()


def main() -> None:
    """Print one engine's help to the standard output."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("engine", choices=["llama.cpp", "vllm", "sglang", "ktransformers"])
    parser.add_argument("--binary", type=Path, help="llama-server")
    parser.add_argument("--library", type=Path, help="a library with llama.cpp's parser in it")
    parser.add_argument("--source", type=Path, help="llama.cpp's sources of that same release")
    parser.add_argument("--packages", type=Path, help="the unpacked wheel")
    parser.add_argument("--without", nargs="*", default=[], help="packages to stand in for")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Some lists of choices are sets: without a fixed seed every recording differs.
        environment = {**os.environ, "PYTHONHASHSEED": "0", "COLUMNS": WIDTH}
        done = subprocess.run([sys.executable, *sys.argv], env=environment, check=False)
        raise SystemExit(done.returncode)
    if options.packages:
        sys.path.insert(0, str(options.packages))
    # Libraries that look for optional packages do so once, before any stand-in is there.
    if options.engine != "llama.cpp":
        __import__("transformers")
    sys.meta_path.append(_StandIns(options.without))
    match options.engine:
        case "llama.cpp":
            llama_cpp(options.binary, options.library, options.source)
        case "vllm":
            vllm()
        case "sglang":
            sglang("sglang serve")
        case _:
            sglang("python -m sglang.launch_server")


if __name__ == "__main__":
    main()
