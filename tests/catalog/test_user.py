import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeplanner_gui.catalog import file_lock
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.user import UserCatalog, UserCatalogError, slug
from moeplanner_gui.core.hardware import GpuSpec

ROOT = Path(__file__).resolve().parents[2]


def card(name: str = "Shop card 48", **changes: object) -> GpuSpec:
    row: dict[str, object] = {
        "id": "",
        "name": name,
        "vendor": "Other",
        "group": "My hardware",
        "memory_gb": 48.0,
        "sources": {"memory_gb": "typed in"},
        "source_date": "2026-11-22",
        "verified": False,
        **changes,
    }
    return GpuSpec.model_validate(row)


@pytest.fixture
def own(tmp_path: Path, shipped: Catalog) -> UserCatalog:
    return UserCatalog(tmp_path / "own", shipped=shipped, today=lambda: date(2026, 11, 22))


def files(own: UserCatalog) -> dict[str, bytes]:
    return {
        str(path.relative_to(own.folder)): path.read_bytes()
        for path in sorted(own.folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_that_a_saved_card_is_in_the_catalogue_of_the_next_start(
    own: UserCatalog, shipped: Catalog
) -> None:
    saved = own.save_gpu(card())
    assert saved.id == "shop-card-48"
    catalog = load_catalog(user_folder=own.folder)
    assert catalog.gpu("shop-card-48") == saved
    assert "shop-card-48" in catalog.user_ids
    assert catalog.problems == ()
    assert catalog.date == shipped.date


def test_that_every_shipped_model_and_host_comes_back_equal(
    own: UserCatalog, shipped: Catalog
) -> None:
    models = [own.save_model(spec) for spec in list(shipped.models.values())[:12]]
    hosts = [own.save_host(row) for row in list(shipped.hosts.values())[:5]]
    again = UserCatalog(own.folder, shipped=shipped)
    assert [again.models[row.id] for row in models] == models
    assert [again.hosts[row.id] for row in hosts] == hosts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RTX 5090 (48 GB)", "rtx-5090-48-gb"),
        ("Größe Ü", "groe-u"),
        ("中文", ""),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 500, "a" * 60),
    ],
)
def test_that_a_slug_is_safe_as_a_file_name(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_that_an_id_gets_a_prefix_only_when_it_is_taken(own: UserCatalog) -> None:
    ids = [own.save_gpu(card("RTX5090")).id for _ in range(3)]
    assert ids == ["my-rtx5090", "my-rtx5090-2", "my-rtx5090-3"]
    assert own.save_gpu(card("Fresh")).id == "fresh"
    assert own.save_gpu(card("中文")).id == "my-gpu"
    assert own.save_gpu(card("NUL")).id == "my-nul"


def test_that_no_two_kinds_share_an_id(own: UserCatalog, shipped: Catalog) -> None:
    host = next(iter(shipped.hosts.values()))
    own.save_gpu(card("Twin"))
    assert own.save_host(host.model_copy(update={"name": "Twin"})).id == "my-twin"


def test_that_renaming_keeps_the_id(own: UserCatalog) -> None:
    row = own.save_gpu(card())
    assert own.rename("gpu", row.id, "  Better\nname ").name == "Better name"
    assert list(own.gpus) == [row.id]
    with pytest.raises(UserCatalogError, match="name is empty"):
        own.rename("gpu", row.id, " \n ")
    with pytest.raises(UserCatalogError, match="200"):
        own.rename("gpu", row.id, "x" * 201)
    with pytest.raises(UserCatalogError, match="no card of yours"):
        own.rename("gpu", "rtx5090", "Mine")


def test_that_a_deleted_row_can_be_put_back_to_the_byte(own: UserCatalog) -> None:
    row = own.save_gpu(card())
    before = files(own)
    gone = own.delete("gpu", row.id)
    assert not own.gpus and not files(own)
    assert own.restore("gpu", gone) == row
    assert files(own) == before


def test_that_a_row_put_back_over_a_new_one_keeps_both(own: UserCatalog) -> None:
    gone = own.delete("gpu", own.save_gpu(card()).id)
    own.save_gpu(card())
    back = own.restore("gpu", gone)
    assert back.id == "my-shop-card-48"
    assert len(own.gpus) == 2


def test_that_an_update_of_a_row_deleted_elsewhere_says_so(own: UserCatalog) -> None:
    row = own.save_gpu(card())
    UserCatalog(own.folder).delete("gpu", row.id)
    with pytest.raises(UserCatalogError, match="any more"):
        own.update("gpu", row.model_copy(update={"tdp_w": 300.0}))
    assert not own.gpus


def test_that_a_row_which_is_not_sound_is_not_saved(own: UserCatalog, shipped: Catalog) -> None:
    with pytest.raises(UserCatalogError, match="reserved_mib"):
        own.save_gpu(card(reserved_mib=1_000_000))
    model = next(iter(shipped.models.values()))
    wrong = model.architecture.model_copy(update={"layers": 10**9})
    with pytest.raises(UserCatalogError, match="layers"):
        own.save_model(model.model_copy(update={"architecture": wrong}))
    assert not files(own)


def test_that_a_price_is_kept_with_its_part_and_can_be_forgotten(own: UserCatalog) -> None:
    row = own.save_gpu(card())
    own.set_price(row.id, 2500.0)
    own.set_price(row.id, 2400.0)
    price = load_catalog(user_folder=own.folder).price(row.id)
    assert price is not None and (price.usd, price.source) == (2400.0, "typed in")
    own.set_price(row.id, None)
    assert load_catalog(user_folder=own.folder).price(row.id) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]", b"{}", b"[" * 100_000])
def test_that_a_broken_file_is_kept_aside_and_named_never_overwritten(
    own: UserCatalog, content: bytes
) -> None:
    path = own.folder / "gpus" / "shop-card-48.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    again = UserCatalog(own.folder)
    assert [problem.file for problem in again.problems] == [str(path)]
    assert path.read_bytes() == content
    row = again.save_gpu(card())
    assert row.id == "shop-card-48"
    assert path.with_name("shop-card-48.json.broken-1").read_bytes() == content
    assert "broken-1" in again.problems[0].message
    path.write_bytes(b"once more")
    again.save_gpu(card("Other"))
    assert path.with_name("shop-card-48.json.broken-2").read_bytes() == b"once more"


def test_that_a_file_of_a_newer_version_is_left_alone(own: UserCatalog) -> None:
    row = own.save_gpu(card())
    path = own.folder / "gpus" / f"{row.id}.json"
    newer = {**json.loads(path.read_bytes()), "version": 2}
    path.write_text(json.dumps(newer), encoding="utf-8")
    content = path.read_bytes()
    saved = own.save_gpu(card())
    assert saved.id == row.id
    assert path.read_bytes() == content
    assert "newer version" in own.problems[0].message
    catalog = load_catalog(user_folder=own.folder)
    assert [problem.field for problem in catalog.problems] == ["version"]


def test_that_a_hand_written_file_of_several_rows_keeps_the_others(own: UserCatalog) -> None:
    path = own.folder / "gpus" / "mine.json"
    path.parent.mkdir(parents=True)
    rows = [json.loads(card(name, id=name.lower()).model_dump_json()) for name in ("One", "Two")]
    rows.append({"id": "three", "memory_gb": "lots"})
    content = {"date": "2026-01-01", "group": "Cards", "order": 3, "gpus": rows}
    path.write_text(json.dumps(content), encoding="utf-8")
    written = path.read_bytes()
    own.rename("gpu", "one", "Uno")
    after = json.loads(path.read_bytes())
    assert [row["name"] for row in after["gpus"]] == ["Uno", "Two"]
    # The row that could not be read is not lost.
    assert path.with_name("mine.json.broken-1").read_bytes() == written


def test_that_a_read_only_folder_gives_a_clear_sentence(own: UserCatalog, monkeypatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("moeplanner_gui.catalog.user.write_file_atomically", refuse)
    with pytest.raises(UserCatalogError, match="you may not write there") as caught:
        own.save_gpu(card())
    assert str(own.folder) in str(caught.value)


def test_that_a_folder_which_cannot_be_made_gives_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    own = UserCatalog(tmp_path / "file" / "catalogs")
    assert not own.gpus
    with pytest.raises(UserCatalogError, match="Nothing could be saved"):
        own.save_gpu(card())


def test_that_waiting_for_the_lock_ends(own: UserCatalog, monkeypatch) -> None:
    own.save_gpu(card())
    monkeypatch.setattr(file_lock, "LONGEST_WAIT_S", 0.05)
    other = file_lock.locked(own.folder / ".lock")
    with other, pytest.raises(file_lock.LockTimeoutError):  # noqa: SIM117
        with file_lock.locked(own.folder / ".lock", 0.05):
            pass


SAVES = """
import sys
from pathlib import Path
from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.core.hardware import GpuSpec
own = UserCatalog(Path(sys.argv[1]), shipped=Catalog({}))
row = GpuSpec.model_validate_json(sys.argv[2])
for number in range(25):
    saved = own.save_gpu(row)
    own.rename("gpu", saved.id, f"{sys.argv[3]} {number}")
"""


def test_that_two_programs_which_save_at_once_lose_no_row(tmp_path: Path) -> None:
    row = card("Same name").model_dump_json()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SAVES, str(tmp_path), row, who],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for who in ("first", "second")
    ]
    errors = [process.communicate()[1].decode() for process in running]
    assert errors == ["", ""]
    names = sorted(row.name for row in UserCatalog(tmp_path).gpus.values())
    assert names == sorted(f"{who} {n}" for who in ("first", "second") for n in range(25))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["save", "rename", "delete", "undo", "reopen"]),
        st.integers(0, 7),
        st.sampled_from(["Card", "card", "RTX5090", "ü", "NUL", "a" * 200, "…"]),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_that_any_run_of_saves_renames_deletes_and_undos_keeps_every_row(
    tmp_path_factory: pytest.TempPathFactory, shipped: Catalog, steps: list[tuple[str, int, str]]
) -> None:
    own = UserCatalog(tmp_path_factory.mktemp("own"), shipped=shipped)
    expected: dict[str, str] = {}
    bin_: list[GpuSpec] = []
    for step, number, name in steps:
        ids = sorted(expected)
        if step == "save":
            expected[own.save_gpu(card(name)).id] = name
        elif step == "rename" and ids:
            chosen = ids[number % len(ids)]
            own.rename("gpu", chosen, name)
            expected[chosen] = name
        elif step == "delete" and ids:
            gone = own.delete("gpu", ids[number % len(ids)])
            assert isinstance(gone, GpuSpec)
            assert gone.name == expected.pop(gone.id)
            bin_.append(gone)
        elif step == "undo" and bin_:
            back = own.restore("gpu", bin_.pop())
            expected[back.id] = back.name
        elif step == "reopen":
            own = UserCatalog(own.folder, shipped=shipped)
        assert {row.id: row.name for row in own.gpus.values()} == expected
        assert own.problems == ()
