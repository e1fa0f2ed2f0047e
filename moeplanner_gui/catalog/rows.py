"""The shapes of the catalogue files. Knows fields and their types, reads no file."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec, NetworkSpec, PriceRow
from moeplanner_gui.core.kernels import KernelRule
from moeplanner_gui.core.model import ModelSpec, Source
from moeplanner_gui.core.parts import PartSpec, PresetSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Confidence = Literal["high", "medium", "low"]
PriceKind = Literal["street_new", "used", "msrp", "server", "part"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PriceEntry(PriceRow):
    """A price row as the file has it: also the range it was read from and what to know about it.

    ``part_id`` is a card's id, or a name of its own for host parts and whole systems, which then
    carry a ``name``. ``date`` is a day, a month or a year, as exact as the source was.
    """

    kind: PriceKind
    confidence: Confidence
    name: str | None = None
    note: str | None = None


FILE_VERSION: Final = 1
"""Raised when a file could no longer be read by an older program without being misread."""


class CatalogFile(_Strict):
    """What every file has. ``order`` puts files in the order a list shows them.

    ``version`` is that of the file's form; a newer one is not read. The checks of whole files
    are not needed while their rows come from the cache (``catalog/row_cache.py``).
    """

    model_config = ConfigDict(defer_build=True)

    version: Annotated[int, Field(ge=1, le=FILE_VERSION)] = FILE_VERSION
    schema_file: Annotated[str | None, Field(alias="$schema")] = None
    date: str
    order: int = 100


class ModelFile(CatalogFile):
    """One family of models."""

    family: str
    models: tuple[ModelSpec, ...]


class GpuFile(CatalogFile):
    """One group of cards. A card's source may be a key of ``sources``, the texts used often."""

    group: str
    sources: dict[str, str] = {}
    gpus: tuple[GpuSpec, ...]


class HostFile(CatalogFile):
    """One group of host platforms."""

    group: str
    sources: dict[str, str] = {}
    hosts: tuple[HostSpec, ...]


class NetworkFile(CatalogFile):
    """The networks between nodes."""

    networks: tuple[NetworkSpec, ...]


class LinkFile(CatalogFile):
    """The links inside a node."""

    links: tuple[LinkSpec, ...]


class PartFile(CatalogFile):
    """Boards, processors, supplies and what else a computer is made of."""

    parts: tuple[PartSpec, ...]


class PresetFile(CatalogFile):
    """The parts that are taken for a host platform until others are chosen."""

    presets: tuple[PresetSpec, ...]


class PriceFile(CatalogFile):
    """Dated prices."""

    currency: Literal["USD without tax"] = "USD without tax"
    prices: tuple[PriceEntry, ...]


class KnownModel(_Strict):
    """A released model of which too little is known to estimate it; it can be named, not chosen.

    ``total_parameters`` and ``active_parameters`` are words: published figures as exact as they
    were read. ``known`` and ``unknown`` are sentences for people.
    """

    id: str
    name: str
    family: str
    hf_id: str | None = None
    released: str | None = None
    max_context: Annotated[int, Field(ge=1)] | None = None
    total_parameters: str
    active_parameters: str
    checkpoint_bytes: Annotated[int, Field(ge=1)] | None = None
    known: str
    unknown: str
    sources: tuple[Source, ...]

    @property
    def sentence(self) -> str:
        """Why it cannot be estimated and what is known all the same."""
        return say(
            "{0} is known by name only and cannot be estimated. {1} Parameters: "
            "{2}; active: {3}. {4}",
            self.name,
            self.unknown,
            self.total_parameters,
            self.active_parameters,
            self.known,
        )


class KnownModelFile(CatalogFile):
    """Models that are known by name only."""

    models: tuple[KnownModel, ...]


class KernelFile(CatalogFile):
    """What the engines' kernels need of a card, one file an engine."""

    rules: tuple[KernelRule, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of catalogue file: the folder it lies in and what its rows are.

    ``key`` is the list's name in the file; ``id_field`` is None where ids may repeat (prices).
    ``files`` tells the files of a kind where several kinds share a folder.
    """

    folder: str
    key: str
    noun: str
    file_type: type[CatalogFile]
    row_type: type[BaseModel]
    id_field: str | None = "id"
    files: str = "*.json"

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a file of this kind."""
        schema = self.file_type.model_json_schema(by_alias=True)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

    @property
    def schema_name(self) -> str:
        """The file name of the schema, which lies beside the data."""
        return f"{self.noun}-file.schema.json"


KINDS = (
    Kind("models", "models", "model", ModelFile, ModelSpec),
    Kind("known_models", "models", "known-model", KnownModelFile, KnownModel),
    Kind("gpus", "gpus", "gpu", GpuFile, GpuSpec),
    Kind("hosts", "hosts", "host", HostFile, HostSpec),
    Kind("networks", "networks", "network", NetworkFile, NetworkSpec),
    Kind("links", "links", "link", LinkFile, LinkSpec),
    Kind("kernels", "rules", "kernel", KernelFile, KernelRule),
    Kind("parts", "parts", "part", PartFile, PartSpec),
    Kind("presets", "presets", "preset", PresetFile, PresetSpec),
    Kind("prices", "prices", "price", PriceFile, PriceEntry, id_field=None),
)
