"""``moeplanner import``: a model from its files, or from huggingface.co when asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    USAGE,
    CommandError,
    as_json,
    complain,
    say,
)
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.core.tensors import (
    active_parameters,
    model_tensors,
    mtp_parameters,
    parameter_breakdown,
    published_breakdown,
    total_parameters,
)
from moeplanner_gui.core.units import format_count, format_memory, format_parameters

if TYPE_CHECKING:
    from moeplanner_gui.catalog.importers import Imported
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.model import ModelSpec, WeightFile


def run(arguments: Sequence[str]) -> int:
    """Run the command; 1 when a file cannot be read, after the others were."""
    options = _parser().parse_args(arguments)
    if not options.files and not options.hf:
        raise CommandError(
            "name a file or a folder, or a model on huggingface.co with --hf.", USAGE
        )
    if options.name and len(options.files) + len(options.hf) > 1:
        raise CommandError("--name is for one model at a time.", USAGE)
    catalog = _catalog()
    entries: list[dict[str, Any]] = []
    failed = False
    for what, is_id in [(f, False) for f in options.files] + [(h, True) for h in options.hf]:
        try:
            entries.append(_import_one(what, catalog, options, from_hub=is_id))
        except CommandError as error:
            if len(options.files) + len(options.hf) == 1:
                raise
            complain(f"moeplanner: {error}")
            failed = True
    if options.json:
        single = len(options.files) + len(options.hf) == 1
        say(as_json(entries[0] if single else entries))
    return ANSWER_IS_NO if failed else DONE


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner import",
        description="Read a model's architecture and sizes from its files and keep it among the"
        " user's own models. Only headers are read, however large the files are.",
        epilog="Exit codes: 0 done, 1 a file cannot be read, 2 wrong usage.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        type=Path,
        help="config.json, .safetensors or its index, .gguf (any part), or a folder of them",
    )
    parser.add_argument("--name", metavar="NAME", help="call the model so")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--dry-run",
        "--no-save",
        dest="dry_run",
        action="store_true",
        help="read and show it, but do not keep it",
    )
    parser.add_argument(
        "--hf",
        action="append",
        default=[],
        metavar="ID",
        help="look a model up on huggingface.co (goes online), such as Qwen/Qwen3-30B-A3B",
    )
    return parser


def _catalog() -> Catalog:
    from moeplanner_gui.commands.plan_input import open_catalog

    return open_catalog(quiet=True)


def _import_one(
    what: Path | str, catalog: Catalog, options: argparse.Namespace, *, from_hub: bool
) -> dict[str, Any]:
    from moeplanner_gui.catalog.importers import ImportFailure, import_path

    try:
        if from_hub:
            from moeplanner_gui.catalog.importers.hub import fetch_from_hub

            imported = fetch_from_hub(str(what), catalog=catalog)
        else:
            imported = import_path(Path(what), catalog)
    except ImportFailure as failure:
        raise CommandError(str(failure)) from None
    model = imported.model
    if options.name is not None:
        model = _renamed(model, options.name)
    if not options.dry_run:
        model = _saved(model, catalog)
    entry = entry_of(model, imported, saved=not options.dry_run)
    if not options.json:
        say(_as_text(entry, model, imported))
    return entry


def _renamed(model: ModelSpec, name: str) -> ModelSpec:
    from moeplanner_gui.catalog.importers.hf_config import slug
    from moeplanner_gui.catalog.importers.importing import clean_name

    if not name.strip():
        raise CommandError("--name is empty.", USAGE)
    return model.model_copy(update={"name": clean_name(name), "id": slug(name)})


def _saved(model: ModelSpec, catalog: Catalog) -> ModelSpec:
    from moeplanner_gui.catalog.user import UserCatalog, UserCatalogError

    try:
        return UserCatalog(shipped=catalog).keep_model(model)
    except UserCatalogError as error:
        raise CommandError(str(error)) from None


def entry_of(model: ModelSpec, imported: Imported, *, saved: bool) -> dict[str, Any]:
    """The import as JSON: counts, sizes, what was assumed and what it is the same as."""
    from moeplanner_gui.core.weights import weight_layout

    arch = model.architecture
    active = active_parameters(model)
    embedding = arch.hidden_size * arch.vocab_size
    parameters = dict(published_breakdown(model))
    vision = parameters.pop("vision", 0)
    return {
        "id": model.id,
        "name": model.name,
        "family": model.family,
        "saved": saved,
        "matches": imported.matches,
        "total_parameters": total_parameters(model),
        "active_parameters": active,
        "active_parameters_with_embedding": active + (0 if arch.tied_embeddings else embedding),
        "breakdown": {**parameters, **({"vision": vision} if vision else {})},
        "parameters_by_part": {str(p): n for p, n in parameter_breakdown(model).items()},
        "mtp_parameters": mtp_parameters(model),
        "vision_parameters": vision,
        "is_moe": model.is_moe,
        "layers": arch.layers,
        "hidden_size": arch.hidden_size,
        "vocab_size": arch.vocab_size,
        "max_context": model.max_context,
        "gguf_arch": arch.gguf_arch,
        "tensors": len(model_tensors(arch)),
        "weights": imported.weights,
        "weights_bytes": {
            "native": weight_layout(model, "native", "vllm").total_bytes,
            **{file.id: _file_bytes(file) for file in model.files},
        },
        "native_format": dict(model.native_format),
        "native_label": model.native_label,
        "kv_bytes_per_token": _kv_bytes(model),
        "files": [_file_entry(file) for file in model.files],
        "notes": list(imported.notes),
        "verified": model.verified,
        "sources": [source.model_dump() for source in model.sources],
    }


def _file_bytes(file: WeightFile) -> int:
    return sum(file.bytes_by_part.values())


def _file_entry(file: WeightFile) -> dict[str, Any]:
    shown = file.model_dump(mode="json", exclude={"layers", "mtp"})
    shown["tensor_bytes"] = _file_bytes(file)
    shown["layers"] = len(file.layers)
    shown["mtp_layers"] = len(file.mtp)
    return shown


def _kv_bytes(model: ModelSpec) -> dict[str, int]:
    """What one more token costs once every window is full, in 16-bit cells of llama.cpp."""
    from moeplanner_gui.core.kv_cache import LlamaCacheOptions, llama_layer_bytes

    options = LlamaCacheOptions("f16", "f16", slots=1, unified=False, ubatch=512, cuda=False)
    arch = model.architecture
    names = arch.attention_pattern.expand(arch.layers)
    short, long = 2**30, 2**31  # beyond every window, and multiples of every block
    growth = sum(
        llama_layer_bytes(arch.attention[name], long, options)
        - llama_layer_bytes(arch.attention[name], short, options)
        for name in names
    )
    return {"f16": growth // (long - short)}


def _as_text(entry: dict[str, Any], model: ModelSpec, imported: Imported) -> str:
    lines = [f"{entry['name']} ({entry['id']}{'' if entry['saved'] else ', not kept'})"]
    lines.append(
        f"{format_parameters(entry['total_parameters'])} parameters, "
        f"{format_parameters(entry['active_parameters'])} active"
        f" ({format_count(entry['total_parameters'])} and"
        f" {format_count(entry['active_parameters'])}, without the input embedding)"
    )
    for part, count in entry["breakdown"].items():
        lines.append(f"  {part:<24} {format_count(count):>20}")
    if entry["mtp_parameters"]:
        lines.append(f"  {'prediction layers':<24} {format_count(entry['mtp_parameters']):>20}")
    native = entry["weights_bytes"]["native"]
    lines.append(f"As published ({entry['native_label']}): {format_memory(native, decimals=2)}")
    for file in model.files:
        size = format_memory(_file_bytes(file), decimals=2)
        lines.append(f"File {file.id}: {size}, {file.storage}")
    if imported.matches is not None:
        lines.append(f"Same architecture as {imported.matches} in the catalogue.")
    lines += [f"Note: {note}" for note in imported.notes]
    if entry["saved"]:
        weights = imported.weights
        extra = f" --weights {weights}" if weights not in (None, "native") else ""
        lines.append(f"Use it: moeplanner estimate --model {entry['id']}{extra} …")
    return "\n".join(lines)
