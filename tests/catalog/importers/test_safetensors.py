import json
import os
import struct
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.importers import ImportFailure, import_config, import_path
from moeplanner_gui.catalog.importers.safetensors_header import (
    MAX_HEADER_BYTES,
    StoredTensor,
    read_safetensors_header,
)
from moeplanner_gui.catalog.importers.safetensors_layout import layout_of
from tests.catalog.importers.made_files import (
    TINY_QWEN,
    safetensors_header,
    tiny_qwen_tensors,
    write_sparse,
)

DATA = Path(__file__).resolve().parents[2] / "data"
EXPERT = 256 * 256 * 2


def checkpoint(folder: Path, shards: int = 1, *, config: bool = True, index: bool = True) -> Path:
    """A tiny checkpoint; the path of its single file or its index."""
    if config:
        (folder / "config.json").write_text(json.dumps(TINY_QWEN))
    tensors = tiny_qwen_tensors()
    if shards == 1:
        return write_sparse(folder / "model.safetensors", *safetensors_header(tensors))
    names = list(tensors)
    weight_map = {}
    for number in range(shards):
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: tensors[name] for name in names[number::shards]}
        write_sparse(folder / file, *safetensors_header(part))
        weight_map |= dict.fromkeys(part, file)
    path = folder / "model.safetensors.index.json"
    if index:
        total = sum(2 * _product(shape) for _, shape in tensors.values())
        body = {"metadata": {"total_size": total}, "weight_map": weight_map}
        path.write_text(json.dumps(body))
    return path


def _product(shape: list[int]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


@pytest.mark.parametrize("shards", [1, 3])
def test_that_bytes_are_those_of_the_tensors_by_layer_and_part(shards: int, tmp_path: Path) -> None:
    imported = import_path(checkpoint(tmp_path, shards))
    (found,) = imported.model.files
    assert imported.weights == found.id
    assert imported.notes == ()
    assert found.container == "safetensors"
    assert [x.routed_experts_bytes for x in found.layers] == [12 * EXPERT] * 2
    assert found.token_embd_bytes == 1024 * 256 * 2
    assert found.output_bytes == 1024 * 256 * 2 + 256 * 2
    assert found.bytes_by_part["router"] == 2 * 4 * 256 * 2
    assert found.bytes_by_part["attention"] == 2 * 2 * (256 * 256 + 2 * 128 * 256 + 256 * 256)
    assert found.file_bytes == sum(f.stat().st_size for f in tmp_path.glob("*.safetensors"))


def test_that_a_shard_and_a_folder_stand_for_the_whole(tmp_path: Path) -> None:
    index = import_path(checkpoint(tmp_path, 3)).model.files
    shard = import_path(tmp_path / "model-00002-of-00003.safetensors").model.files
    folder = import_path(tmp_path).model.files
    assert index[0].bytes_by_part == shard[0].bytes_by_part == folder[0].bytes_by_part


def test_that_missing_shards_are_named(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 3)
    (tmp_path / "model-00003-of-00003.safetensors").unlink()
    for start in (path, tmp_path / "model-00001-of-00003.safetensors", tmp_path):
        with pytest.raises(ImportFailure, match=r"model-00003-of-00003\.safetensors"):
            import_path(start)


def test_that_an_index_alone_computes_and_says_so(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 3)
    for shard in tmp_path.glob("*.safetensors"):
        shard.unlink()
    imported = import_path(path)
    assert imported.weights == "native"
    assert imported.model.files == ()
    assert "which is what config.json gives" in imported.notes[-1]


def test_that_without_its_config_a_file_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"45 tensors .* no config\.json"):
        import_path(checkpoint(tmp_path, config=False))


def test_that_a_config_of_another_model_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**TINY_QWEN, "vocab_size": 4096}))
    with pytest.raises(ImportFailure, match="do not belong together"):
        import_path(path)


def test_that_a_name_outside_the_folder_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 2)
    for bad in ("../x.safetensors", "/etc/passwd", "a/b.safetensors", 7, "x.bin"):
        path.write_text(json.dumps({"weight_map": {"a": bad}}))
        with pytest.raises(ImportFailure) as caught:
            import_path(path)
        assert caught.value.field == "weight_map.a"


def test_that_a_header_of_two_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY_QWEN))
    path = write_sparse(tmp_path / "model.safetensors", struct.pack("<Q", 2 * 10**9), 3 * 10**9)
    begin = time.perf_counter()
    with pytest.raises(ImportFailure, match="2,000,000,000 bytes") as caught:
        import_path(path)
    assert time.perf_counter() - begin < 1.0
    assert caught.value.offset == 0


def test_that_the_largest_header_is_read_or_refused_in_a_second(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY_QWEN))
    path = tmp_path / "model.safetensors"
    size = MAX_HEADER_BYTES
    entry = b'"%07d":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},'
    many = b"{" + b"".join(entry % n for n in range(size // 63)) + b'"x":{'
    # Found by the fuzzer: a text that never ends filled the matcher's stack, 500 MB and 5 s.
    for body in (b"{" + b" " * (size - 2) + b"}", b'{"' + b"\0" * (size - 2), many):
        path.write_bytes(struct.pack("<Q", len(body)) + body)
        begin = time.process_time()
        with pytest.raises(ImportFailure):
            import_path(path)
        assert time.process_time() - begin < 1.0


def test_that_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    header, size = safetensors_header(tiny_qwen_tensors())
    path = tmp_path / "model.safetensors"
    for end in range(0, len(header), 7):
        path.write_bytes(header[:end])
        with pytest.raises(ImportFailure):
            read_safetensors_header(path)
    write_sparse(path, header, size - 1)
    with pytest.raises(ImportFailure, match="cut off"):
        read_safetensors_header(path)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"dtype": "BF17", "shape": [1], "data_offsets": [0, 2]}, "t"),
        ({"dtype": "BF16", "shape": [-1], "data_offsets": [0, 2]}, "t"),
        ({"dtype": "BF16", "shape": [2**60], "data_offsets": [0, 2]}, "t"),
        ({"dtype": "BF16", "shape": [1], "data_offsets": [2, 0]}, "t"),
        ({"dtype": "BF16", "shape": [1], "data_offsets": [0, 2, 4]}, "t"),
        ({"dtype": "BF16", "shape": [2], "data_offsets": [0, 2]}, "t"),
        ({"dtype": "BF16", "shape": 1, "data_offsets": [0, 2]}, "t"),
        ([], "t"),
    ],
)
def test_that_an_impossible_tensor_is_refused_by_name(
    entry: Any, field: str, tmp_path: Path
) -> None:
    body = json.dumps({"t": entry}).encode()
    path = write_sparse(tmp_path / "x.safetensors", struct.pack("<Q", len(body)) + body, 64)
    with pytest.raises(ImportFailure) as caught:
        read_safetensors_header(path)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1, "a": 2}', b"[]", b"", b"{", b"\xff\xfe{}", b'{"a":' * 100, b'{"a": ' + b"9" * 9999],
)
def test_that_text_that_is_no_header_is_refused(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(body)) + body)
    with pytest.raises(ImportFailure):
        read_safetensors_header(path)


def test_that_the_safetensors_package_agrees_on_names_and_shapes(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors")
    path = checkpoint(tmp_path)
    with safetensors.safe_open(str(path), framework="np") as theirs:
        names = set(theirs.keys())
        shapes = {name: tuple(theirs.get_slice(name).get_shape()) for name in names}
    ours, _ = read_safetensors_header(path)
    assert {t.name: t.shape for t in ours} == shapes


# The folder ------------------------------------------------------------------------------------


def test_that_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"No config\.json, \.safetensors or \.gguf"):
        import_path(tmp_path)


def test_that_a_loop_of_links_ends_in_a_sentence(tmp_path: Path) -> None:
    loop = tmp_path / "config.json"
    loop.symlink_to(loop)
    for path in (loop, tmp_path):
        with pytest.raises(ImportFailure):
            import_path(path)


def test_that_what_never_ends_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "config.json"
    os.mkfifo(pipe)
    begin = time.perf_counter()
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(ImportFailure):
            import_path(path)
    assert time.perf_counter() - begin < 1.0


NOBODY = 65_534


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_that_a_folder_without_permission_ends_in_a_sentence() -> None:
    # Not the test's own folder: what root may read, nobody may not even reach.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        locked = Path(folder) / "locked"
        locked.mkdir(mode=0)
        as_root = os.geteuid() == 0
        if as_root:
            os.seteuid(NOBODY)
        try:
            with pytest.raises(ImportFailure, match="may not"):
                import_path(locked)
        finally:
            if as_root:
                os.seteuid(0)


@pytest.mark.parametrize("name", ["no-such-file", "x" * 5000, "nul\0byte", ""])
def test_that_a_path_that_is_none_ends_in_a_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure):
        import_path(tmp_path / name)


# Names of the released checkpoints: model, tensor, part. A layer of each kind.
NAMES = [
    ("DeepSeek-V3", "model.layers.3.mlp.experts.7.gate_proj.weight_scale_inv", "routed_experts"),
    ("DeepSeek-V3", "model.layers.3.mlp.shared_experts.up_proj.weight", "shared_experts"),
    ("DeepSeek-V3", "model.layers.3.mlp.gate.weight", "router"),
    ("DeepSeek-V3", "model.layers.3.mlp.gate.e_score_correction_bias", "router_bias"),
    ("DeepSeek-V3", "model.layers.3.self_attn.kv_a_layernorm.weight", "norm"),
    ("DeepSeek-V3", "model.layers.0.mlp.gate_proj.weight", "dense_ffn"),
    ("DeepSeek-V3", "model.layers.61.eh_proj.weight", "mtp"),
    ("GLM-5.2", "model.layers.0.self_attn.indexer.wk.weight", "indexer"),
    ("DeepSeek-V4-Flash", "model.hc_head.hc_fn", "mhc"),
    ("Nemotron-3-Super-120B-A12B", "backbone.layers.0.mixer.in_proj.weight", "recurrent"),
    ("Nemotron-3-Super-120B-A12B", "backbone.layers.0.mixer.norm.weight", "recurrent"),
    ("Nemotron-3-Super-120B-A12B", "backbone.layers.0.norm.weight", "norm"),
    (
        "Nemotron-3-Super-120B-A12B",
        "backbone.layers.1.mixer.experts.0.up_proj.weight",
        "routed_experts",
    ),
    ("Nemotron-3-Super-120B-A12B", "backbone.layers.7.mixer.q_proj.weight", "attention"),
    ("Nemotron-3-Super-120B-A12B", "backbone.embeddings.weight", "token_embd"),
    ("Qwen3.5-35B-A3B", "model.language_model.layers.0.linear_attn.A_log", "recurrent"),
    ("Qwen3.5-35B-A3B", "model.language_model.layers.0.mlp.shared_expert_gate.weight", "router"),
    ("Qwen3.5-35B-A3B", "model.visual.blocks.0.attn.qkv.weight", "vision"),
    ("Qwen3.5-35B-A3B", "mtp.layers.0.mlp.experts.0.up_proj.weight", "mtp"),
    ("Mixtral-8x7B-v0.1", "model.layers.0.block_sparse_moe.experts.0.w1.weight", "routed_experts"),
    ("Mixtral-8x7B-v0.1", "model.layers.0.block_sparse_moe.gate.weight", "router"),
    ("Gemma-3-27B", "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight", "vision"),
    ("Kimi-K2.6", "language_model.model.layers.1.mlp.experts.0.up_proj.weight", "routed_experts"),
    ("Kimi-K2.6", "mm_projector.proj.0.weight", "vision"),
]


@pytest.mark.parametrize(("model", "tensor", "part"), NAMES)
def test_that_a_tensor_is_told_by_its_released_name(model: str, tensor: str, part: str) -> None:
    counts = json.loads((DATA / "parameter_counts.json").read_bytes())["models"]
    config = json.loads((DATA / "configs" / counts[model]["config_file"]).read_bytes())
    arch = import_config(config, name=model, source="test").architecture
    every = [
        StoredTensor(f"model.layers.{n}.input_layernorm.weight", "BF16", (1,), 2)
        for n in range(arch.layers)
    ]
    odd = StoredTensor(tensor, "BF16", (500,), 1000)
    file = layout_of([*every, odd], arch, file_id="x", label="x", file_bytes=2000)
    assert file.bytes_by_part[part] >= 1000
