"""Everything of somebody else's that is shipped has an owner, a licence and its text."""

from __future__ import annotations

import importlib.util
import json
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import notices
import product
import pytest
import sbom
import shipped


def place_of(module: str) -> str:
    found = importlib.util.find_spec(module)
    assert found is not None and found.origin is not None
    return found.origin


def entries() -> list[tuple[str, str, str]]:
    """What PyInstaller's lists say, with the places of this environment."""
    root = Path(place_of("PySide6")).parent
    qt = next(file for file in sorted(root.rglob("*Qt6Core*")) if file.is_file())
    numpy = Path(place_of("numpy")).parent
    return [
        ("start", str(product.ROOT / "installer" / "start.py"), "PYSOURCE"),
        ("pydantic", place_of("pydantic"), "PYMODULE"),
        ("platformdirs", place_of("platformdirs"), "PYMODULE"),
        ("pynvml", place_of("pynvml"), "PYMODULE"),
        ("json", place_of("json"), "PYMODULE"),
        ("moeplanner_gui", str(product.ROOT / "moeplanner_gui" / "__init__.py"), "PYMODULE"),
        ("PySide6/QtCore.abi3.so", place_of("PySide6.QtCore"), "EXTENSION"),
        (f"PySide6/Qt/lib/{qt.name}", str(qt), "BINARY"),
        ("pydantic_core/_pydantic_core.so", place_of("pydantic_core._pydantic_core"), "EXTENSION"),
        ("numpy/__init__", str(numpy / "__init__.py"), "PYMODULE"),
        ("somewhere", "-", "PYMODULE"),
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
    ]


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> shipped.Shipped:
    return shipped.of_build(entries(), tmp_path_factory.mktemp("work"))


def test_that_each_file_has_the_owner_that_it_came_from(things: shipped.Shipped) -> None:
    assert things.libraries["PySide6/QtCore.abi3.so"] == "pyside6-essentials"
    assert {owner for name, owner in things.libraries.items() if "/lib/" in name} == {"Qt"}
    assert things.libraries["pydantic_core/_pydantic_core.so"] == "pydantic-core"
    assert {one.name for one in things.components} == {
        "pydantic", "platformdirs", "nvidia-ml-py", "Python", "PySide6_Essentials", "Qt",
        "pydantic_core", "numpy",
    }  # fmt: skip


def test_that_a_file_of_nobody_stops_the_build(tmp_path: Path) -> None:
    stranger = tmp_path / "libstranger.so.1"
    stranger.write_bytes(b"")
    with pytest.raises(shipped.UnknownOriginError, match=r"libstranger\.so\.1"):
        shipped.of_build([("libstranger.so.1", str(stranger), "BINARY")], tmp_path / "work")


def test_that_a_distribution_without_a_licence_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_EXPRESSIONS", {})
    with pytest.raises(shipped.UnknownOriginError, match="nvidia-ml-py"):
        shipped.of_build([("pynvml", place_of("pynvml"), "PYMODULE")], tmp_path)


def test_that_each_component_is_named_with_its_licence_and_its_text(
    things: shipped.Shipped,
) -> None:
    said = notices.text(things)
    for one in things.components:
        assert f"{one.name} {one.version}: {one.licence}" in said
        assert one.texts
        for text in one.texts:
            assert text.strip() in said
    for library, owner in things.libraries.items():
        assert f"  {library}: {owner}\n" in said
    assert "Independent JPEG Group" in said
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in said
    # LGPL: where the sources are, and that the libraries may be replaced.
    assert "https://download.qt.io/official_releases/qt/" in said
    assert "you may replace them" in said
    # What is compiled into a wheel, as its maker lists it.
    assert "  ahash " in said


def test_that_the_text_of_each_licence_inside_of_qt_is_kept() -> None:
    told = json.loads((shipped.LICENCES / "qt_parts.json").read_text("utf-8"))
    for part in told["parts"]:
        assert part["copyright"] and part["where"]
        for name in notices.identifiers(part["licence"]):
            assert len(shipped.licence_text(name)) > 200, name


def test_that_every_distribution_that_is_locked_has_a_licence_that_is_known() -> None:
    lock = (product.ROOT / "requirements.lock").read_text("utf-8").partition("\n\n")[0]
    names = [line.partition("==")[0] for line in lock.splitlines() if "==" in line]
    assert len(names) > 15
    for name in names:
        component = shipped._distribution(metadata.distribution(name))
        assert component.licence and component.texts, name


def test_that_the_bill_of_materials_names_a_licence_for_everything(
    things: shipped.Shipped,
) -> None:
    bill = json.loads(sbom.text(things))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == product.version()
    listed = list(bill["components"])
    for one in bill["components"]:
        listed += one.get("components", [])
    assert len(listed) > 140
    assert [one["name"] for one in listed if not one.get("licenses")] == []
    references = [one["bom-ref"] for one in listed]
    assert len(references) == len(set(references))
    assert bill["dependencies"][0]["dependsOn"] == sorted(
        one["bom-ref"] for one in bill["components"]
    )


def test_that_two_builds_of_the_same_source_have_the_same_bill(things: shipped.Shipped) -> None:
    assert sbom.text(things) == sbom.text(things)


def test_that_the_bill_of_materials_is_valid(things: shipped.Shipped) -> None:
    assert sbom.problems(sbom.text(things)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="packages of Debian")
def test_that_a_library_of_the_system_belongs_to_its_package(tmp_path: Path) -> None:
    import debian_owners

    folder = Path(sysconfig.get_config_var("LIBDIR") or "/usr/lib")
    assert debian_owners.owners([str(tmp_path / "nothing.so")]) == {}
    found = debian_owners.owners(["/bin/sh", "/bin/ls", str(folder / "nothing.so")])
    if not found:
        pytest.skip("no dpkg")
    assert found["/bin/ls"] == "coreutils"
