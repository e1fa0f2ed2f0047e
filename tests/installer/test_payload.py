"""What goes into the frozen program, and what its start puts right."""

from __future__ import annotations

import plistlib
from pathlib import Path

import payload
import product
import pytest
import start


def names(entries: list[tuple[str, str, str]]) -> list[str]:
    return [entry[0] for entry in entries]


def binaries(*found: str) -> list[str]:
    return names(payload.wanted_binaries([(name, f"/x/{name}", "BINARY") for name in found]))


def test_that_the_graphics_driver_and_the_session_are_met_with_their_own_libraries() -> None:
    assert binaries("libGL.so.1", "libstdc++.so.6", "libX11.so.6", "libglib-2.0.so.0") == []
    # What not each desktop has comes along, and so does a wheel's own copy.
    kept = ["libxcb-cursor.so.0", "libxkbcommon.so.0", "libssl.so.3", "numpy.libs/libz.so.1"]
    assert binaries(*kept) == kept


@pytest.mark.parametrize("plugins", ["PySide6/Qt/plugins", "PySide6\\plugins"])
def test_that_only_plugins_that_are_used_come_along(plugins: str) -> None:
    cut = "\\" if "\\" in plugins else "/"
    paths = [
        f"{plugins}{cut}{kind}{cut}{name}"
        for kind, name in (
            ("platforms", "libqxcb.so"),
            ("platforms", "qwindows.dll"),
            ("platforms", "libqcocoa.dylib"),
            ("platforms", "libqoffscreen.so"),
            ("platforms", "libqeglfs.so"),
            ("imageformats", "libqjpeg.so"),
            ("imageformats", "qico.dll"),
            ("imageformats", "libqwebp.so"),
            ("sqldrivers", "libqsqlite.so"),
            ("tls", "libqopensslbackend.so"),
        )
    ]
    left = {path.rpartition(cut)[2] for path in binaries(*paths)}
    assert left == {
        "libqxcb.so", "qwindows.dll", "libqcocoa.dylib", "libqoffscreen.so", "libqjpeg.so",
        "qico.dll",
    }  # fmt: skip


def test_that_a_module_that_is_only_imported_by_name_is_missed() -> None:
    import freeze

    everything = freeze.missing_modules([])
    assert {"moeplanner_gui", "moeplanner_gui.commands.detect"} <= set(everything)
    without = [name for name in everything if name != "moeplanner_gui.commands.detect"]
    assert freeze.missing_modules(without) == ["moeplanner_gui.commands.detect"]
    assert freeze.missing_modules(everything) == []


def test_that_a_command_starts_without_what_only_a_window_needs() -> None:
    hooks = ["pyi_rth_inspect", "pyi_rth_pyside6", "pyi_rth_multiprocessing", "start"]
    found = [(name, f"/x/{name}.py", "PYSOURCE") for name in hooks]
    assert names(payload.wanted_scripts(found, "linux")) == ["start"]
    assert names(payload.wanted_scripts(found, "win32")) == ["pyi_rth_pyside6", "start"]


def test_that_a_link_to_a_library_goes_with_the_library() -> None:
    found = [
        ("libQt6EglFSDeviceIntegration.so.6", "PySide6/Qt/lib/…", "SYMLINK"),
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
    ]
    assert names(payload.wanted_data(found)) == ["libQt6Core.so.6"]


def test_that_qt_speaks_the_languages_of_the_program_and_no_other() -> None:
    folder = "PySide6/Qt/translations"
    found = [(f"{folder}/{name}.qm", "", "DATA") for name in ("qtbase_de", "qtbase_fr", "qt_de")]
    assert names(payload.wanted_data(found)) == [f"{folder}/qtbase_de.qm"]
    # What translators edit stays at home.
    ours = "moeplanner_gui/_data/resources/translations/moeplanner_de"
    found = [(f"{ours}.ts", "", "DATA"), (f"{ours}.json", "", "DATA")]
    assert names(payload.wanted_data(found)) == [f"{ours}.json"]


def test_that_all_data_of_the_repository_is_taken() -> None:
    taken = dict(payload.data_files(product.ROOT))
    for place in taken:
        assert Path(place).exists()
    resources = {
        file.name
        for file in (product.ROOT / "resources").iterdir()
        if file.name != "screenshots" and not file.name.startswith(".")
    }
    assert resources == {Path(place).name for place in taken if "resources" in Path(place).parts}
    assert taken[str(product.ROOT / "catalogs")] == "moeplanner_gui/_data/catalogs"


def test_that_an_installed_wheel_has_the_same_data() -> None:
    import subprocess
    import tomllib

    project = tomllib.loads((product.ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for place, target in payload.data_files(product.ROOT):
        name = Path(place).relative_to(product.ROOT).as_posix()
        listed = subprocess.run(
            ["git", "-C", str(product.ROOT), "ls-files", name], capture_output=True, check=False
        )
        # The schema is for editors; what git does not know is not there yet.
        if listed.stdout and name != "resources/moeplan.schema.json":
            wanted = target if Path(place).is_dir() else f"{target}/{Path(place).name}"
            assert wheel[name] == wanted


def test_that_macos_knows_plan_files_as_documents_of_the_program() -> None:
    told = plistlib.loads(plistlib.dumps(payload.info_plist()))
    (document,) = told["CFBundleDocumentTypes"]
    (kind,) = told["UTExportedTypeDeclarations"]
    assert document["LSItemContentTypes"] == [kind["UTTypeIdentifier"]]
    tags = kind["UTTypeTagSpecification"]
    assert tags["public.filename-extension"] == ["moeplan"]
    assert tags["public.mime-type"] == [product.MIME]
    entitlements = Path(product.__file__).parent / "macos" / "entitlements.plist"
    assert all(plistlib.loads(entitlements.read_bytes()).values())


def test_that_other_programs_do_not_get_the_libraries_of_this_one() -> None:
    environment = {"LD_LIBRARY_PATH": "/opt/x/_internal", "HOME": "/h"}
    start.forget_library_folder(environment)
    assert environment == {"HOME": "/h"}
    environment = {"LD_LIBRARY_PATH": "/opt/x/_internal", "LD_LIBRARY_PATH_ORIG": "/mine"}
    start.forget_library_folder(environment)
    assert environment == {"LD_LIBRARY_PATH": "/mine"}


def test_that_certificates_of_the_system_are_found_unless_somebody_named_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "bundle.crt"
    there.write_text("")
    monkeypatch.setattr(start, "_CERTIFICATES", (str(tmp_path / "none"), str(there)))
    environment: dict[str, str] = {}
    start.find_certificates(environment)
    assert environment == {"SSL_CERT_FILE": str(there)}
    environment = {"SSL_CERT_FILE": "/mine.pem"}
    start.find_certificates(environment)
    assert environment == {"SSL_CERT_FILE": "/mine.pem"}


def test_that_a_portable_copy_keeps_everything_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "stick" / "moeplanner"
    program.parent.mkdir()
    environment: dict[str, str] = {}
    assert not start.keep_everything_beside(program, environment)
    assert environment == {}
    (program.parent / "portable.txt").write_text("")
    assert start.keep_everything_beside(program, environment)
    for name, place in environment.items():
        monkeypatch.setenv(name, place)
    import platformdirs

    from moeplanner_gui.catalog.paths import user_catalogs_dir
    from moeplanner_gui.ui.settings import config_folder

    for place in (
        config_folder(),
        user_catalogs_dir(),
        platformdirs.user_cache_path("moeplanner"),
        platformdirs.user_state_path("moeplanner"),
    ):
        assert (program.parent / "data") in place.parents
