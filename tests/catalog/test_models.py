import json
import re

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.model import MoeFfn
from moeplanner_gui.core.weights_checkpoint import STORAGE_NAMES

REQUIRED = (
    "deepseek-v4-flash",
    "deepseek-v4-pro",
    "deepseek-v4-flash-base",
    "deepseek-v4-pro-base",
    "deepseek-v3",
    "deepseek-r1",
    "deepseek-v3.1",
    "deepseek-v3.2",
    "kimi-k2-instruct",
    "kimi-k2.5",
    "llama-4-scout",
    "llama-4-maverick",
    "qwen3-235b-a22b",
    "qwen3-next-80b-a3b",
    "glm-4.5-air",
    "gpt-oss-120b",
    "minimax-m2",
    "mixtral-8x7b",
    "gemma-3-27b",
)


def test_that_the_models_people_ask_for_are_there(shipped: Catalog) -> None:
    assert set(REQUIRED) <= shipped.models.keys()


def test_that_every_model_has_a_dated_source(shipped: Catalog) -> None:
    for model in shipped.models.values():
        assert model.sources, model.id
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", s.date or "") for s in model.sources)


def test_that_what_is_not_verified_says_what_is_missing(shipped: Catalog) -> None:
    for model in shipped.models.values():
        assert model.verified == "yes" or model.verified_note.endswith("."), model.id


def test_that_patterns_and_storages_name_things_that_exist(shipped: Catalog) -> None:
    for model in shipped.models.values():
        arch = model.architecture
        assert set(arch.attention_pattern.expand(arch.layers)) <= arch.attention.keys()
        assert set(arch.ffn_pattern.expand(arch.layers)) <= arch.ffn.keys()
        if arch.mtp is not None:
            assert arch.mtp.attention is None or arch.mtp.attention in arch.attention
            assert arch.mtp.ffn is None or arch.mtp.ffn in arch.ffn
        assert "default" in model.native_format
        assert set(model.native_format.values()) <= STORAGE_NAMES
        for block in arch.ffn.values():
            assert not isinstance(block, MoeFfn) or block.top_k <= block.experts


def test_that_v4_has_its_published_mix_of_attention_layers(shipped: Catalog) -> None:
    def count(model_id: str, block: str) -> int:
        arch = shipped.model(model_id).architecture
        return arch.attention_pattern.expand(arch.layers).count(block)

    flash = [count("deepseek-v4-flash", block) for block in ("window", "csa", "hca")]
    pro = [count("deepseek-v4-pro", block) for block in ("window", "csa", "hca")]
    assert (flash, pro) == ([2, 21, 20], [0, 30, 31])


@pytest.mark.parametrize(
    "path",
    sorted(p for p in (catalogs_dir() / "models").glob("*.json") if "schema" not in p.name),
    ids=lambda p: p.stem,
)
def test_that_no_parameter_count_is_typed_into_a_file(path) -> None:
    text = path.read_text(encoding="utf-8")
    counts = [int(n) for n in re.findall(r": (\d{8,})\b", text)]
    opaque = ("vision_parameters", "drafter_parameters", "drafter_bytes")
    sourced = {
        row["architecture"].get(name, 0) for row in json.loads(text)["models"] for name in opaque
    }
    # A context limit is the only other large number.
    contexts = {row["max_context"] for row in json.loads(text)["models"]}
    assert set(counts) <= sourced | contexts
