"""What is fuzzed: the three importers and the plan reader, each with its seeds and its rule.

The rule is the same for all: a result or the reader's own error, in under a second.
"""

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moeplanner_gui.catalog.importers import ImportFailure, import_config
from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.gguf_file import read_gguf
from moeplanner_gui.catalog.importers.safetensors_model import read_safetensors
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.tensors import model_tensors, total_parameters
from moeplanner_gui.export.csv import parts_csv
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    plan_and_entries_from_json,
    plan_from_json,
    plan_to_json,
)
from tests.catalog.importers.made_files import (
    TINY_QWEN,
    gguf_header,
    gguf_of,
    safetensors_header,
    tiny_qwen_tensors,
)
from tests.fuzz.mutators import mutate_bytes, mutate_tree

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Target:
    """One reader.

    Attributes:
        make: A new input from a random generator.
        read: Reads it; returns whether it was accepted.
        refusal: The only error that ``read`` may raise.
    """

    make: Callable[[random.Random], Any]
    read: Callable[[Any], bool]
    refusal: type[Exception]


def _sound(model: ModelSpec) -> None:
    """What every accepted model must be: a row that can be written, read and counted."""
    text = model.model_dump_json()
    # Every eighth, by chance of its size: counting takes longer than all the rest.
    if len(text) % 8 == 0:
        assert ModelSpec.model_validate_json(text) == model
        assert total_parameters(model) > 0
        model_tensors.cache_clear()
    for file in model.files:
        layers = sum(x.routed_experts_bytes + x.other_bytes for x in (*file.layers, *file.mtp))
        beside = file.token_embd_bytes + file.output_bytes + file.other_bytes
        assert sum(file.bytes_by_part.values()) == layers + beside


def config_target() -> Target:
    files = sorted((ROOT / "tests" / "data" / "configs").glob("*.json"))
    seeds = [json.loads(file.read_bytes()) for file in files]
    families = json.loads((ROOT / "tests" / "data" / "family_counts.json").read_bytes())
    seeds += [row["config"] for row in families["models"].values()]
    raw = [json.dumps(seed).encode() for seed in seeds]
    large = [seed for seed, data in zip(seeds, raw, strict=True) if len(data) >= 8000]
    seeds = [seed for seed, data in zip(seeds, raw, strict=True) if len(data) < 8000]
    raw = [data for data in raw if len(data) < 8000]

    def make(rng: random.Random) -> Any:
        if rng.random() < 0.25:
            return mutate_bytes(rng.choice(raw), rng)
        # Those that list every quantised module take a hundred times as long to change.
        return mutate_tree(rng.choice(large if rng.random() < 0.01 else seeds), rng)

    def read(value: Any) -> bool:
        config = parse_object(value, what="a config.json") if isinstance(value, bytes) else value
        if not isinstance(config, dict):
            return False
        _sound(import_config(config, name="fuzz", source="fuzz"))
        return True

    return Target(make, read, ImportFailure)


_FOLDERS: list[Path] = []


def _temporary_folder() -> Path:
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="moeplanner-fuzz-", dir=memory if memory.is_dir() else None)
    _FOLDERS.append(Path(folder))
    return Path(folder)


def gguf_target() -> Target:
    folder = _temporary_folder()
    seeds: list[bytes] = []
    for config in (TINY_QWEN, *_tiny_others()):
        arch = import_config(config, name="tiny", source="fuzz").architecture
        metadata, tensors = gguf_of(arch)
        metadata["general.name"] = "tiny"
        metadata["tokenizer.ggml.tokens"] = ["a", "b", "c"]
        header, size = gguf_header(metadata, tensors)
        assert size < 2**40
        seeds.append(header)
    path = folder / "fuzz.gguf"

    def read(value: bytes) -> bool:
        with path.open("wb") as stream:
            stream.write(value)
            if len(value) > 24:
                stream.truncate(len(value) + 2**33)  # sparse: the data need not be there
        _sound(read_gguf(path)[0])
        return True

    return Target(lambda rng: mutate_bytes(rng.choice(seeds), rng), read, ImportFailure)


def _tiny_others() -> list[dict[str, Any]]:
    latent = {
        "model_type": "deepseek_v3",
        "hidden_size": 256,
        "intermediate_size": 512,
        "moe_intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "n_routed_experts": 4,
        "num_experts_per_tok": 2,
        "first_k_dense_replace": 1,
        "q_lora_rank": 64,
        "kv_lora_rank": 64,
        "vocab_size": 1024,
        "tie_word_embeddings": False,
    }
    delta = {
        **TINY_QWEN,
        "model_type": "qwen3_next",
        "num_hidden_layers": 4,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 64,
        "linear_value_head_dim": 64,
        "shared_expert_intermediate_size": 256,
    }
    return [latent, delta]


def safetensors_target() -> Target:
    folder = _temporary_folder()
    (folder / "config.json").write_text(json.dumps(TINY_QWEN))
    path = folder / "model.safetensors"
    tensors = tiny_qwen_tensors()
    seed, size = safetensors_header(tensors)
    entries = json.loads(seed[8:])

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            return mutate_bytes(seed, rng)
        body = json.dumps(mutate_tree(entries, rng), ensure_ascii=True).encode()
        return len(body).to_bytes(8, "little") + body

    def read(value: bytes) -> bool:
        with path.open("wb") as stream:
            stream.write(value)
            if len(value) > 8:
                stream.truncate(len(value) + size)
        _sound(read_safetensors(path, "fuzz")[0])
        return True

    return Target(make, read, ImportFailure)


def plan_target() -> Target:
    files = sorted((ROOT / "resources" / "samples").glob("*.moeplan"))
    raw = [file.read_bytes() for file in files]
    trees = [json.loads(data) for data in raw]

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            return mutate_bytes(rng.choice(raw), rng)
        return json.dumps(mutate_tree(rng.choice(trees), rng)).encode()

    def read(value: bytes) -> bool:
        plan = plan_from_json(value)
        assert plan_from_json(plan_to_json(plan)) == plan
        return True

    return Target(make, read, PlanFileError)


def plan_rows_target() -> Target:
    """Plans with rows and prices of their own, read and then computed with."""
    folder = ROOT / "tests" / "data" / "plan_files" / "history"
    raw = [file.read_bytes() for file in sorted(folder.glob("*.moeplan"))[-12:]]
    trees = [json.loads(data) for data in raw]
    shipped = load_catalog(catalogs_dir())

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return mutate_bytes(rng.choice(raw), rng)
        tree = rng.choice(trees)
        if "entries" in tree and rng.random() < 0.7:
            return json.dumps({**tree, "entries": mutate_tree(tree["entries"], rng)}).encode()
        return json.dumps(mutate_tree(tree, rng)).encode()

    def read(value: bytes) -> bool:
        plan, entries = plan_and_entries_from_json(value)
        assert plan_and_entries_from_json(plan_to_json(plan, entries)) == (plan, entries)
        catalog = shipped.with_entries(entries)
        try:
            assessment = evaluate(plan, catalog)
        except UnknownEntryError:
            return True
        json.dumps(assessment.to_json(), allow_nan=False)
        parts_csv(plan, assessment, catalog)
        return True

    return Target(make, read, PlanFileError)


TARGETS: dict[str, Callable[[], Target]] = {
    "config": config_target,
    "gguf": gguf_target,
    "safetensors": safetensors_target,
    "plan": plan_target,
    "plan_rows": plan_rows_target,
}


def remove_folders() -> None:
    """Remove what the targets of this process wrote."""
    while _FOLDERS:
        shutil.rmtree(_FOLDERS.pop(), ignore_errors=True)
