"""Whether what is dragged over the window is a model. Reads no file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

from moeplanner_gui.core.words import say

FILE_FILTER = say("Models (*.gguf *.safetensors *.json);;All files (*)")
_SUFFIXES = (".gguf", ".safetensors", ".json")


def model_path(mime: QMimeData) -> Path | None:
    """The file or folder to import; of several files of one folder, the one that leads them.

    Parts of a split file, or all files of a checkpoint, are dropped together often: the first
    part stands for all, and config.json for its folder.
    """
    urls = mime.urls()
    if not urls or not all(url.isLocalFile() for url in urls):
        return None
    paths = sorted(Path(url.toLocalFile()) for url in urls)
    if len(paths) == 1:
        return paths[0] if paths[0].is_dir() or _is_model(paths[0]) else None
    if len({path.parent for path in paths}) > 1:
        return None
    files = [path for path in paths if _is_model(path)]
    if not files:
        return None
    ggufs = [path for path in files if path.suffix.lower() == ".gguf"]
    if ggufs:
        return ggufs[0]
    for ending in (".safetensors.index.json", ".safetensors", "config.json"):
        for path in files:
            if path.name.lower().endswith(ending):
                return path
    return files[0]


def _is_model(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES)
