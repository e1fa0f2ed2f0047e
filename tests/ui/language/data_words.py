"""What is no word of the program: names and notes of the catalogue, units, engines, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

_UNITS = """GPU CPU GiB GB MiB MB TiB TB KiB tok tokens/s Mtok USD EUR MHz GHz TFLOPS TOPS Gbit GBs
    bit kWh min mm ms GFLOP"""
# Makers, engines, formats and interfaces are called so in every language.
_MAKERS = """NVIDIA AMD Intel Apple Tenstorrent llama cpp vLLM SGLang KTransformers GGUF gguf
    Hugging Face safetensors PCIe NVLink CUDA ROCm Vulkan Metal SYCL DDR ECC RDIMM MRDIMM LPDDR GDDR
    HBM SXM OAM NVL MoE KV MTP GQA MLA TTFT SWA PUE FP BF AWQ GPTQ NVFP MXFP IEEE ISO IEC OCP API
    CSV PNG SVG PDF HTML URL JSON SHA Python PySide Qt Docker Linux Windows macOS NUMA NVMe TP PP
    DP EP Mamba-2 MoE Planner moeplan moeplan/1 YYYY-MM-DD English Deutsch"""
_KEYS = """Ctrl Shift Alt Del Esc Return Enter Tab Home End Page PgUp PgDown PgDn Space Left Right
    Up Down Ins Insert Backspace Menu"""
# What engines call their own choices.
_CHOICES = (
    "cuda rocm vulkan metal sycl layer row tensor server cli auto mmap off Gold Platinum Titanium"
)
NAMES = frozenset(" ".join((_UNITS, _MAKERS, _KEYS, _CHOICES)).split())
# Qt's own, for which this language has no translation.
_QT = ("Scroll Left", "Scroll Right", "Export...", "Export")
_NO_WORDS = re.compile(
    r"https?://\S+|\b\w+\.(?:com|org|co)/?\S*|"
    r"(?<!\S)-[a-z]+\b|--[a-z][\w-]+ ?(?:all|none|layer|row|off)?|"
    r"\S+\.(?:moeplan|json|csv|py|md|gguf|sh|svg|png|txt|pdf)\b|"
    r"(?:[~.]{0,2}/|[A-Z]:\\)\S+|\b\S+_\S+|\w+@\w+|\b[0-9a-f]{12,}\b"
)
_LOG = re.compile(r"^\w+:  ?.* size = .*$|^#!?/.*$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME_FIELDS = (
    "id",
    "name",
    "vendor",
    "arch",
    "family",
    "label",
    "slot_width",
    "code",
    "what",
    "words",
)
_AROUND = "()[]{}.,;:·“”\"'!?…–—+~=→×≈●"


def strings_of(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string in rows of the catalogue, with the field that it is in."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from strings_of(getattr(value, name), name)
    elif hasattr(type(value), "__dataclass_fields__"):
        for name in type(value).__dataclass_fields__:
            yield from strings_of(getattr(value, name), name)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from strings_of(name, "id")
            yield from strings_of(item, str(name))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from strings_of(item, key)


class DataWords:
    """Takes what is data out of a text.

    Args:
        rows: What the catalogue and the plan hold.
        shortened: How else a name of a row is shown.
    """

    def __init__(self, rows: object, *shortened: Any) -> None:
        names: set[str] = set()
        texts: set[str] = set(_QT)
        # A note may hold a part of these.
        self._ids: set[str] = set()
        for key, text in strings_of(rows):
            text = " ".join(text.split())
            if len(text) < 3:
                continue
            if " " in text:
                texts.add(text)
                texts.update(" ".join(line.split()) for line in text.splitlines() if " " in line)
                if key == "name":
                    texts |= {short(text) for short in shortened} - {""}
            elif key in _NAME_FIELDS or re.search(r"\d|[A-Z].*[A-Z]|/", text):
                names |= {text, text.lower()}
                if key == "hf_id":
                    self._ids.add(text)
        texts |= {f"{text[:1].upper()}{text[1:]}" for text in texts}
        self._texts = sorted((text for text in texts if len(text) > 2), key=len, reverse=True)
        self._names = names
        self._all = "\n".join(self._texts)

    def foreign(self, text: str) -> list[str]:
        """The words of a text that are no data and of no other language than English."""
        text = " ".join(_LOG.sub(" ", text).split())
        if not self._unsaid(text):
            return []
        if text.endswith("…"):
            if text[:-1].rstrip() in self._all:
                return []
            # The last word is cut.
            text = text.rpartition(" ")[0]
        text = " ".join(piece for piece in text.split() if piece not in self._ids)
        for known in self._texts:
            if known in text:
                text = text.replace(known, " ")
        return self._unsaid(_NO_WORDS.sub(" ", text))

    def _unsaid(self, text: str) -> list[str]:
        found = []
        for piece in text.split():
            bare = piece.strip(_AROUND)
            if bare in self._names or bare in NAMES:
                continue
            for word in _WORD.findall(bare):
                if word.isascii() and word not in NAMES and word not in self._names:
                    found.append(word)
        return found
