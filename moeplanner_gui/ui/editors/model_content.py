"""From the fields of a model's form to a row and back. Knows no widgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from moeplanner_gui.core import model as rows
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.blocks import flattened, nested
from moeplanner_gui.ui.editors.row_errors import validated
from moeplanner_gui.ui.editors.values import FieldSpec

STORAGES: Final = (
    ("BF16", "bf16"),
    ("F16", "f16"),
    ("F32", "f32"),
    (say("FP8, F32 block scales"), "fp8_f32"),
    (say("FP8, E8M0 block scales"), "fp8_e8m0"),
    (say("FP4 (MXFP4), E8M0 scales"), "fp4_e8m0"),
    (say("MXFP4 (gpt-oss)"), "mxfp4"),
    (say("INT4, groups of 32"), "int4_g32"),
)
STORED_PARTS: Final = ("default", "routed_experts", "shared_experts", "attention", "dense_ffn")
_AS_DEFAULT = ((say("as the rest"), None), *STORAGES)
GENERAL: Final = (
    FieldSpec(
        "name",
        say("&Name"),
        say("What the model is called in every list"),
        group=say("Model"),
        required=True,
    ),
    FieldSpec(
        "max_context",
        say("Longest &context"),
        say("max_position_embeddings, or what the model card promises; 128K is 131,072"),
        "tokens",
        unit=say("tokens"),
        required=True,
        low=1,
        high=2**31,
        hint=say("128K, 1M or a number"),
    ),
    FieldSpec("family", say("&Family"), say("Groups it with others"), empty=say("none")),
    FieldSpec("hf_id", say("&Hugging Face id"), say("Where it was published"), empty=say("none")),
    FieldSpec("licence", say("&Licence"), say("The licence of the weights")),
    FieldSpec("released", say("&Released"), "YYYY-MM-DD"),
    FieldSpec(
        "native.default",
        say("&Stored as"),
        say("How the published checkpoint stores what is not named below"),
        "choice",
        group=say("Published checkpoint"),
        choices=STORAGES,
    ),
    FieldSpec(
        "native.routed_experts",
        say("Routed &experts"),
        say("How they are stored"),
        "choice",
        choices=_AS_DEFAULT,
    ),
    FieldSpec(
        "native.shared_experts",
        say("Shared ex&perts"),
        say("How they are stored"),
        "choice",
        choices=_AS_DEFAULT,
    ),
    FieldSpec(
        "native.attention",
        say("&Attention"),
        say("How it is stored"),
        "choice",
        choices=_AS_DEFAULT,
    ),
    FieldSpec(
        "native.dense_ffn",
        say("&Dense blocks"),
        say("How they are stored"),
        "choice",
        choices=_AS_DEFAULT,
    ),
)
PATTERNS: Final = {
    part: (
        FieldSpec(
            f"{part}_pattern.prefix",
            say("First layers"),
            say("Blocks of the first layers, by name"),
            "names",
            group=group,
            empty=say("none"),
            hint=say("like dense*3"),
        ),
        FieldSpec(
            f"{part}_pattern.cycle",
            say("Then repeated"),
            say("Blocks that repeat to the last layer"),
            "names",
            required=True,
            hint=say("like swa*5, full"),
        ),
    )
    for part, group in (
        ("attention", say("Which layer has which attention")),
        ("ffn", say("Which layer has which feed-forward block")),
    )
}


def general_values(spec: ModelSpec | None) -> dict[str, Any]:
    """The values of the first form."""
    if spec is None:
        return {"native.default": "bf16"}
    values = {key: getattr(spec, key) for key in ("name", "max_context", "family", "hf_id")}
    values.update(licence=spec.licence, released=spec.released)
    for part in STORED_PARTS:
        values[f"native.{part}"] = spec.native_format.get(part)
    return values


def architecture_values(spec: ModelSpec | None) -> dict[str, Any]:
    """The values of the architecture's form, blocks left out."""
    if spec is None:
        return {
            "norms_per_layer": 2,
            "mhc_head": True,
            "mhc_streams": 0,
            "rope_factors": 0,
            "vision_parameters": 0,
            "drafter_parameters": 0,
            "drafter_bytes": 0,
            "gguf_arch": "llama",
        }
    return flattened(spec.architecture)


def model_of(
    values: Mapping[str, Any],
    blocks: Mapping[str, Mapping[str, str]],
    base: ModelSpec | None,
    known: Collection[str],
) -> tuple[ModelSpec | None, dict[str, str]]:
    """The row of all forms together.

    Args:
        values: The fields of all forms by key; a block's start with ``attention.NAME.``.
        blocks: Kind of each block by name, for "attention" and "ffn".
        base: The row it started from.
        known: Every key there is a field for.
    """
    skipped = ("native.", "attention.", "ffn.", "attention_pattern.", "ffn_pattern.")
    general = {spec.key for spec in GENERAL}
    plain = {
        key: value
        for key, value in values.items()
        if key not in general and not key.startswith(skipped)
    }
    architecture: dict[str, Any] = nested(plain, "")
    for part in ("attention", "ffn"):
        architecture[part] = {
            name: {"kind": kind, **nested(values, f"{part}.{name}.")}
            for name, kind in blocks[part].items()
        }
        architecture[f"{part}_pattern"] = {
            "prefix": values.get(f"{part}_pattern.prefix") or (),
            "cycle": values.get(f"{part}_pattern.cycle") or (),
        }
    content: dict[str, Any] = base.model_dump(mode="json") if base is not None else {}
    stored = dict(content.get("native_format", {}))
    for part in STORED_PARTS:
        if (storage := values.get(f"native.{part}")) is None:
            stored.pop(part, None)
        else:
            stored[part] = storage
    content.update(
        id=base.id if base is not None else "model-being-edited",
        name=values.get("name"),
        family=values.get("family") or "My models",
        hf_id=values.get("hf_id") or "",
        licence=values.get("licence") or "unknown",
        released=values.get("released"),
        max_context=values.get("max_context"),
        architecture=architecture,
        native_format=stored,
    )
    if base is None:
        content.update(native_label="", verified="no", sources=[])
    row, errors = validated(ModelSpec, content, ())
    errors = {field_of(path, known): text for path, text in errors.items()}
    if row is None:
        return None, errors
    if base is None or (row.architecture, stored) != (base.architecture, base.native_format):
        row = row.model_copy(update=_typed_in(base, stored))
    return row, errors


def _typed_in(base: ModelSpec | None, stored: Mapping[str, str]) -> dict[str, Any]:
    """What an edited architecture is no longer sure of."""
    words = {value: text for text, value in STORAGES}
    used = dict.fromkeys(stored.get(part) for part in STORED_PARTS)
    # Written into the file of the row: English in every language.
    start = f", from {base.name}" if base is not None else ""
    source = rows.Source(
        what="architecture", source=f"typed in{start}", date=date.today().isoformat()
    )
    return {
        "native_label": " + ".join(words.get(s, s).split(",")[0] for s in used if s),
        "verified": "no",
        "verified_note": say("Typed in{0}.", start),
        "sources": (source,),
        # The bytes of real files belong to the architecture they were read with.
        "files": (),
    }


def field_of(path: str, known: Collection[str]) -> str:
    """The field that an error's path in the row is about."""
    path = path.removeprefix("architecture.").replace("native_format.", "native.")
    steps = path.split(".")
    if steps[0] in ("attention", "ffn") and len(steps) > 2:
        # The validator names the kind of block between its name and its field.
        steps.pop(2)
    while steps:
        key = ".".join(steps)
        if key in known:
            return key
        inner = sorted(name for name in known if name.startswith(f"{key}."))
        if inner:
            return next((name for name in inner if name.endswith(".cycle")), inner[0])
        steps.pop()
    return path
