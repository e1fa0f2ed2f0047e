"""Parameters and bytes of models: counted, dry-run and published, beside the estimate."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.catalog.importers import import_config
from moeplanner_gui.core.gguf_recipes import NEEDS_IMATRIX
from moeplanner_gui.core.gguf_types import GGUF_ALIGNMENT
from moeplanner_gui.core.gguf_variants import file_types
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.tensors import (
    active_parameters,
    parameter_breakdown,
    published_breakdown,
    total_parameters,
)
from moeplanner_gui.core.weights import weight_layout
from tests.accuracy.comparison import Comparison
from tests.core.reference import COUNTS, DATA, reference
from tests.core.rigs import CATALOG


def parameters() -> Iterator[Comparison]:
    """Total and active parameters of the language model."""
    for name, row in COUNTS.items():
        spec = CATALOG.models[name]
        yield Comparison(name, "total", row["total"], total_parameters(spec))
        yield Comparison(name, "active", row["active"], active_parameters(spec))


def parameters_by_part() -> Iterator[Comparison]:
    """Every part that the counts name as the estimator does."""
    for name, row in COUNTS.items():
        parts = {
            part.value: count for part, count in parameter_breakdown(CATALOG.models[name]).items()
        }
        for part, count in row["breakdown"].items():
            if part in parts:
                yield Comparison(name, part, count, parts[part])


def checkpoints() -> Iterator[Comparison]:
    """Published checkpoints as they are, in bytes."""
    for name, row in COUNTS.items():
        if row.get("checkpoint_bytes"):
            layout = weight_layout(CATALOG.models[name], "native", "vllm")
            yield Comparison(name, "native", row["checkpoint_bytes"], layout.total_bytes)


def _dry_runs() -> Iterator[tuple[str, str, bool, int]]:
    for file in sorted(DATA.glob("gguf_dry_run*.json")):
        for model, recipes in reference(file.name).get("sizes", {}).items():
            for recipe, sizes in recipes.items():
                # One size where an importance matrix changes nothing of the recipe's rules.
                plain, with_matrix = sizes if isinstance(sizes, list) else (sizes, None)
                if plain and recipe not in NEEDS_IMATRIX:
                    yield model, recipe, False, plain
                if with_matrix:
                    yield model, recipe, True, with_matrix


def recipes() -> Iterator[Comparison]:
    """Bytes that ``llama-quantize --dry-run`` prints, with and without an importance matrix.

    It leaves out the padding of each tensor to 32 bytes, which the file has and the layout too.
    """
    for model, recipe, matrix, size in _dry_runs():
        choice = CustomWeights(recipe=recipe, imatrix=True) if matrix else recipe
        spec = CATALOG.models[model]
        total = weight_layout(spec, choice, "llama.cpp").total_bytes
        padding = sum(
            -(tensor.elements // kind.block * kind.block_bytes) % GGUF_ALIGNMENT
            for tensor, kind in file_types(spec.architecture, recipe, imatrix=matrix)
        )
        case = f"{recipe}, with an importance matrix" if matrix else recipe
        yield Comparison(model, case, size, total - padding)


def published_files() -> Iterator[Comparison]:
    """Files that people publish under the name of a plain recipe, made with a matrix or not."""
    for row in reference("gguf_published.json")["files"]:
        layout = weight_layout(CATALOG.models[row["model"]], row["recipe"], "llama.cpp")
        yield Comparison(row["model"], row["recipe"], row["bytes"], layout.total_bytes)


def imported_configurations() -> Iterator[Comparison]:
    """Published ``config.json`` files through the importer: total, active and every part."""
    for name, row in reference("parameter_counts.json")["models"].items():
        config = reference(f"configs/{row['config_file']}")
        model = import_config(config, name=name, source=row["config_file"])
        yield Comparison(name, "total", row["total_params_language_main"], total_parameters(model))
        yield Comparison(
            name, "active", row["active_params_excl_input_embedding"], active_parameters(model)
        )
        parts = published_breakdown(model)
        for part, count in row["breakdown"].items():
            if part != "vision" or "vision_config" in config:
                yield Comparison(name, part, count, parts.get(part, 0))


def imported_families() -> Iterator[Comparison]:
    """Configurations of further families, counted by their model classes."""
    for name, row in reference("family_counts.json")["models"].items():
        model = import_config(row["config"], name=name, source=name)
        yield Comparison(name, "total", row["total"], total_parameters(model))
