"""The rules of ``moeplanner import``: what is printed, what is kept, what is refused."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.cli import main
from tests.catalog.importers.made_files import gguf_header, gguf_of, write_sparse
from tests.catalog.importers.test_gguf import TINY

CONFIGS = Path(__file__).resolve().parents[1] / "data" / "configs"
FLASH = CONFIGS / "deepseek-ai--DeepSeek-V4-Flash.json"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def json_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["import", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_that_the_json_has_the_counts_in_the_published_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = json_of(capsys, str(FLASH), "--dry-run")
    assert entry["total_parameters"] == 284_332_240_471
    assert entry["active_parameters"] == 13_270_101_591
    assert entry["active_parameters_with_embedding"] == 13_799_632_471
    assert entry["mtp_parameters"] == 6_610_048_891
    assert entry["breakdown"]["routed_experts"] == 277_025_390_592
    assert entry["breakdown"]["router"] == 45_088_768
    assert sum(entry["breakdown"].values()) == entry["total_parameters"]
    assert entry["matches"] == "deepseek-v4-flash"
    assert entry["saved"] is False


def test_that_nothing_is_kept_on_a_dry_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for flag in ("--dry-run", "--no-save"):
        json_of(capsys, str(FLASH), flag)
    assert not (tmp_path / "home").exists()


def test_that_reading_a_file_again_makes_no_second_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = json_of(capsys, str(FLASH))
    assert json_of(capsys, str(FLASH))["id"] == first["id"]
    assert json_of(capsys, str(FLASH), "--name", "Another name")["id"] != first["id"]
    assert len(list((tmp_path / "home").rglob("*.json"))) == 2


def test_that_an_imported_model_can_be_estimated(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    metadata, tensors = gguf_of(TINY, "Q4_K")
    file = write_sparse(tmp_path / "tiny-Q4_K_M.gguf", *gguf_header(metadata, tensors))
    entry = json_of(capsys, str(file), "--name", "My tiny model")
    assert entry["id"] == "my-tiny-model"
    assert entry["saved"] is True
    assert entry["weights"] == entry["files"][0]["id"] == "tiny-q4-k-m"
    arguments = ["--model", entry["id"], "--weights", entry["weights"], "--gpu", "rtx4090"]
    assert main(["estimate", *arguments, "--context", "4096", "--json"]) == 0
    assessment = json.loads(capsys.readouterr().out)
    assert assessment["fits"] is True
    assert assessment["model"]["weights_bytes"] == entry["files"][0]["tensor_bytes"]


def test_that_an_import_has_an_id_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert json_of(capsys, str(FLASH))["id"] != "deepseek-v4-flash"  # which the shipped row has


def test_that_the_text_says_what_was_read_and_how_to_use_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["import", str(FLASH)]) == 0
    text = capsys.readouterr().out
    assert "284,332,240,471" in text
    assert "Same architecture as deepseek-v4-flash" in text
    assert "moeplanner estimate --model" in text


def test_that_a_bad_file_is_one_sentence_and_exit_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = tmp_path / "config.json"
    bad.write_text('{"model_type": "llama", "hidden_size": -1}')
    assert main(["import", str(bad)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("moeplanner: config.json: hidden_size is -1")


def test_that_the_good_files_of_several_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["import", str(tmp_path / "none"), str(FLASH), "--json"]) == 1
    captured = capsys.readouterr()
    assert [entry["matches"] for entry in json.loads(captured.out)] == ["deepseek-v4-flash"]
    assert "none: There is no such file." in captured.err


@pytest.mark.parametrize("arguments", [[], ["a", "b", "--name", "x"], [str(FLASH), "--name", " "]])
def test_that_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    assert main(["import", *arguments]) == 2


def test_that_no_connection_is_opened_without_being_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", never)
    monkeypatch.setattr(socket.socket, "connect", never)
    json_of(capsys, str(FLASH), "--dry-run")


def test_that_looking_up_without_a_network_is_a_polite_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", offline)
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    assert main(["import", "--hf", "Qwen/Qwen3-30B-A3B"]) == 1
    assert "huggingface.co cannot be reached" in capsys.readouterr().err
