import struct
import time
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.importers import ImportFailure, import_config, import_path
from moeplanner_gui.catalog.importers.gguf_header import read_gguf_header
from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.core.model import Architecture
from moeplanner_gui.core.tensors import total_parameters
from moeplanner_gui.core.weights import weight_layout
from tests.catalog.importers.made_files import (
    TINY_QWEN,
    gguf_header,
    gguf_of,
    gguf_text,
    write_sparse,
)

TINY: Architecture = import_config(TINY_QWEN, name="tiny", source="test").architecture

# One of each architecture of llama.cpp that the shipped rows have and this file's writer can make.
MODELS = [
    "llama-3.1-8b",
    "qwen2.5-72b",
    "qwen3-30b-a3b",
    "qwen3-next-80b-a3b",
    "qwen3.5-35b-a3b",
    "mixtral-8x7b",
    "deepseek-v3",
    "deepseek-v3.2",
    "deepseek-v4-flash",
    "glm-4.5-air",
    "gpt-oss-20b",
    "gemma-4-26b-a4b",
    "minimax-m2",
    "mistral-small-4",
    "llama-4-scout",
    "mimo-v2-flash",
    "step-3.7-flash",
]


def tiny_file(folder: Path, *, name: str = "tiny.gguf", **more: Any) -> Path:
    metadata, tensors = gguf_of(TINY, more=more)
    return write_sparse(folder / name, *gguf_header(metadata, tensors))


@pytest.mark.parametrize("model_id", MODELS)
def test_that_a_file_of_a_catalogue_model_is_found_to_be_it(
    model_id: str, shipped: Catalog, tmp_path: Path
) -> None:
    row = shipped.models[model_id]
    metadata, tensors = gguf_of(row.architecture)
    file = write_sparse(tmp_path / f"{model_id}.gguf", *gguf_header(metadata, tensors))
    imported = import_path(file, shipped)
    assert imported.matches == model_id
    assert imported.notes == ()
    assert total_parameters(imported.model) == total_parameters(row)
    layout = imported.model.files[0]
    assert len(layout.layers) == row.architecture.layers
    assert sum(layout.bytes_by_part.values()) == sum(
        t.bytes_ for t in read_gguf_header(file).tensors
    )


def test_that_a_400_gb_file_is_read_in_under_a_second(shipped: Catalog, tmp_path: Path) -> None:
    row = shipped.models["deepseek-v3"]
    words = [f"token {n}" for n in range(200_000)]
    more = {"tokenizer.ggml.tokens": words, "tokenizer.ggml.merges": words * 2}
    metadata, tensors = gguf_of(row.architecture, "Q4_K", more)
    header, size = gguf_header(metadata, tensors)
    file = write_sparse(tmp_path / "DeepSeek-V3-Q4_K_M.gguf", header, max(size, 400 * 10**9))
    begin = time.perf_counter()
    imported = import_path(file, shipped)
    took = time.perf_counter() - begin
    assert file.stat().st_size > 400 * 10**9
    assert imported.matches == "deepseek-v3"
    assert took < 1.0


def test_that_the_bytes_are_those_of_the_tensors_by_layer_and_part(tmp_path: Path) -> None:
    metadata, tensors = gguf_of(TINY, "Q4_K")
    file = write_sparse(tmp_path / "tiny-Q4_K_M.gguf", *gguf_header(metadata, tensors))
    found = import_path(file).model.files[0]
    q4 = 256 * 256 // 256 * 144
    assert found.token_embd_bytes == 1024 * 256 // 256 * 144
    assert [x.routed_experts_bytes for x in found.layers] == [3 * 4 * q4] * 2
    assert [x.largest_expert_tensor_bytes for x in found.layers] == [4 * q4] * 2
    assert found.output_bytes == 1024 * 256 // 256 * 144 + 256 * 4
    assert found.storage == "Q4_K + F32"
    assert found.file_bytes == file.stat().st_size
    assert found.label == "Q4_K_M file"


def test_that_a_file_is_a_format_that_a_plan_can_name(tmp_path: Path) -> None:
    imported = import_path(tiny_file(tmp_path))
    assert imported.weights == imported.model.files[0].id
    layout = weight_layout(imported.model, imported.weights, "llama.cpp")
    assert layout.total_bytes == sum(imported.model.files[0].bytes_by_part.values())


@pytest.mark.parametrize("stem", ["native", "bf16", "awq-int4"])
def test_that_a_file_never_has_the_id_of_a_format(stem: str, tmp_path: Path) -> None:
    imported = import_path(tiny_file(tmp_path, name=f"{stem}.gguf"))
    assert imported.weights == f"{stem}-file"


def split(folder: Path, count: int) -> list[Path]:
    metadata, tensors = gguf_of(TINY)
    parts = []
    for number in range(count):
        keys = {"split.no": number, "split.count": count}
        head = {**metadata, **keys} if number == 0 else keys
        path = folder / f"tiny-{number + 1:05d}-of-{count:05d}.gguf"
        parts.append(write_sparse(path, *gguf_header(head, tensors[number::count])))
    return parts


@pytest.mark.parametrize("chosen", [0, 2])
def test_that_any_part_stands_for_the_whole_file(chosen: int, tmp_path: Path) -> None:
    whole = import_path(tiny_file(tmp_path)).model
    parts = split(tmp_path, 3)
    found = import_path(parts[chosen]).model
    assert found.architecture == whole.architecture
    assert found.files[0].bytes_by_part == whole.files[0].bytes_by_part
    assert found.files[0].file_bytes == sum(part.stat().st_size for part in parts)


def test_that_missing_parts_are_named(tmp_path: Path) -> None:
    parts = split(tmp_path, 3)
    parts[1].unlink()
    with pytest.raises(ImportFailure, match=r"tiny-00002-of-00003\.gguf"):
        import_path(parts[0])


def test_that_one_part_under_another_name_is_refused(tmp_path: Path) -> None:
    part = split(tmp_path, 2)[0].rename(tmp_path / "renamed.gguf")
    with pytest.raises(ImportFailure) as caught:
        import_path(part)
    assert caught.value.field == "split.count"


def test_that_a_file_cut_anywhere_is_refused_with_the_byte(tmp_path: Path) -> None:
    metadata, tensors = gguf_of(TINY)
    header, size = gguf_header(metadata, tensors)
    path = tmp_path / "cut.gguf"
    for end in range(len(header)):
        path.write_bytes(header[:end])
        with pytest.raises(ImportFailure) as caught:
            read_gguf_header(path)
        assert caught.value.offset is not None
        assert caught.value.offset <= end
    write_sparse(path, header, size - 1)
    with pytest.raises(ImportFailure, match="cut off"):
        read_gguf_header(path)


def raw(counts: tuple[int, int], body: bytes, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, *counts) + body


KEY = gguf_text("general.architecture")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"GGML" + b"\0" * 60, "magic"),
        (b"FUGG" + b"\0" * 60, "magic"),
        (raw((0, 0), b"", version=1), "version"),
        (raw((2**63, 0), b""), "tensor_count"),
        (raw((0, 2**64 - 1), b""), "metadata_kv_count"),
        (raw((0, 1), struct.pack("<Q", 2**63) + b"x" * 64), None),
        (raw((0, 1), KEY + struct.pack("<I", 99)), "general.architecture"),
        (raw((0, 1), KEY + struct.pack("<IQ", 8, 2**62)), "general.architecture"),
        (raw((0, 1), KEY + struct.pack("<IIQ", 9, 8, 2**62)), "general.architecture"),
        (raw((0, 1), KEY + struct.pack("<IIQ", 9, 4, 2**62)), "general.architecture"),
        (raw((0, 1), KEY + struct.pack("<IIQ", 9, 9, 3)), "general.architecture"),
        (raw((0, 1), gguf_text(b"\xff\xfe") + struct.pack("<IB", 7, 1)), None),
        (raw((0, 2), 2 * (KEY + struct.pack("<IB", 7, 1))), "general.architecture"),
        (raw((1, 0), gguf_text("t") + struct.pack("<I", 9)), "t"),
        (raw((1, 0), gguf_text("t") + struct.pack("<IQIQ", 1, 0, 0, 0)), "t"),
        (raw((1, 0), gguf_text("t") + struct.pack("<IQIQ", 1, 2**63, 0, 0)), "t"),
        (raw((1, 0), gguf_text("t") + struct.pack("<IQIQ", 1, 32, 999, 0)), "t"),
        (raw((1, 0), gguf_text("t") + struct.pack("<IQIQ", 1, 33, 2, 0)), "t"),
        (raw((1, 0), gguf_text("t") + struct.pack("<IQIQ", 1, 32, 0, 7)), "t"),
    ],
)
def test_that_an_absurd_header_is_refused_by_name(
    data: bytes, field: str | None, tmp_path: Path
) -> None:
    path = write_sparse(tmp_path / "bad.gguf", data, 4096)
    begin = time.perf_counter()
    with pytest.raises(ImportFailure) as caught:
        import_path(path)
    assert time.perf_counter() - begin < 1.0
    assert str(caught.value).startswith("bad.gguf: ")
    if field is not None:
        assert caught.value.field == field


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("block_count", 0),
        ("block_count", 10**9),
        ("block_count", "two"),
        ("embedding_length", -1),
        ("attention.head_count", 0),
        ("attention.head_count", 2.5),
        ("attention.head_count_kv", 3),
        ("expert_used_count", 0),
        ("expert_used_count", 99),
    ],
)
def test_that_a_bad_key_is_refused_by_name(key: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure) as caught:
        import_path(tiny_file(tmp_path, **{f"qwen3moe.{key}": value}))
    assert caught.value.field == f"qwen3moe.{key}"


def test_that_a_tensor_of_an_unknown_kind_is_refused_by_name(tmp_path: Path) -> None:
    metadata, tensors = gguf_of(TINY)
    tensors.append(("blk.1.time_mix_w1.weight", (256, 64), "F32"))
    path = write_sparse(tmp_path / "odd.gguf", *gguf_header(metadata, tensors))
    with pytest.raises(ImportFailure, match="time_mix_w1"):
        import_path(path)


def test_that_a_layer_without_tensors_is_refused(tmp_path: Path) -> None:
    metadata, tensors = gguf_of(TINY)
    kept = [tensor for tensor in tensors if not tensor[0].startswith("blk.1.")]
    path = write_sparse(tmp_path / "gap.gguf", *gguf_header(metadata, kept))
    with pytest.raises(ImportFailure) as caught:
        import_path(path)
    assert caught.value.field == "blk.1"


def test_that_a_vision_projector_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match="mmproj"):
        import_path(tiny_file(tmp_path, **{"general.type": "mmproj"}))


def test_that_the_gguf_package_reads_the_same_header(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    file = tiny_file(tmp_path)
    theirs = {
        t.name: (tuple(int(n) for n in t.shape), t.tensor_type.name, int(t.n_bytes))
        for t in gguf.GGUFReader(str(file)).tensors
    }
    ours = {t.name: (t.shape, t.type_name, t.bytes_) for t in read_gguf_header(file).tensors}
    assert ours == theirs
