"""``moeplanner catalog bundle|update|undo|reset``: a catalogue as a file, and putting it to use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    CommandError,
    as_json,
    complain,
    say,
)

if TYPE_CHECKING:
    from moeplanner_gui.catalog.bundle import Bundle
    from moeplanner_gui.catalog.bundle_changes import Changes
    from moeplanner_gui.catalog.update import Preview

ACTIONS = ("bundle", "update", "undo", "reset", "status")
_MOST_NAMES = 12


def add_actions(actions: Any) -> None:
    """Declare the subcommands."""
    making = actions.add_parser("bundle", help="write a catalogue folder as one file")
    making.add_argument(
        "folder", metavar="DIR", type=Path, help="with models/, gpus/, prices/ and so on in it"
    )
    making.add_argument("out", metavar="OUT", type=Path, help="the file to write, NAME.moecatalog")
    making.add_argument("--version", default="", help="what it is called; its date when left out")
    updating = actions.add_parser(
        "update", help="use a newer catalogue from a bundle; your own rows are not touched"
    )
    updating.add_argument("bundle", metavar="FILE|URL", help="what `catalog bundle` wrote")
    updating.add_argument("--sha256", default="", help="the checksum that its publisher names")
    updating.add_argument("--dry-run", action="store_true", help="only say what would change")
    undoing = actions.add_parser("undo", help="back to the catalogue before the last update")
    resetting = actions.add_parser("reset", help="back to the catalogue of this program version")
    state = actions.add_parser("status", help="which catalogue is in use, and how old it is")
    for action in (making, updating, undoing, resetting, state):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Carry out one of them."""
    from moeplanner_gui.catalog.bundle_read import BundleError
    from moeplanner_gui.catalog.update import UnsoundBundle

    try:
        if options.action == "bundle":
            return _bundle(options)
        if options.action == "update":
            return _update(options)
        if options.action != "status":
            from moeplanner_gui.catalog import update

            (update.undo if options.action == "undo" else update.reset)()
        return _status(as_json_text=options.json)
    except UnsoundBundle as error:
        for problem in error.problems:
            complain(f"moeplanner: {problem}")
        raise CommandError(
            "the bundle has rows that are not sound; nothing of it is used."
        ) from None
    except BundleError as error:
        raise CommandError(str(error)) from None


def _bundle(options: argparse.Namespace) -> int:
    import hashlib

    from moeplanner_gui.catalog.bundle import make_bundle
    from moeplanner_gui.catalog.check import check_catalog
    from moeplanner_gui.catalog.load import load_catalog
    from moeplanner_gui.safe_write import why_not_written, write_file_atomically

    if not options.folder.is_dir():
        raise CommandError(f"{options.folder}: there is no such folder.")
    problems = check_catalog(options.folder, schemas=False)
    if problems:
        for problem in problems:
            complain(f"moeplanner: {problem}")
        raise CommandError("the catalogue is not sound, so no bundle was made.")
    date = load_catalog(options.folder).date
    try:
        data = make_bundle(options.folder, date, options.version)
        write_file_atomically(options.out, data)
    except OSError as error:
        raise CommandError(
            f"{options.out} could not be written: {why_not_written(error)}."
        ) from None
    except ValueError as error:
        raise CommandError(f"no bundle can be made: {error}") from None
    sha256 = hashlib.sha256(data).hexdigest()
    if options.json:
        made = {"file": str(options.out), "bytes": len(data), "date": date, "sha256": sha256}
        say(as_json(made))
    else:
        say(f"{options.out}: catalogue of {date}, {len(data):,} bytes\nSHA-256 {sha256}")
    return DONE


def _update(options: argparse.Namespace) -> int:
    from moeplanner_gui.catalog.update import install, preview

    bundle = _open(options.bundle)
    shown = preview(bundle, expected_sha256=options.sha256)
    if not options.dry_run:
        install(shown)
    if options.json:
        say(as_json(_as_data(shown, installed=not options.dry_run)))
        return DONE
    say(_as_text(shown))
    if not options.sha256:
        say(
            "The checksums in it show that it arrived whole, not who made it. Compare its SHA-256"
            " with the one that its publisher names, or give that with --sha256."
        )
    said = "Nothing was changed." if options.dry_run else "It is in use. `catalog undo` goes back."
    say(said)
    return DONE


def _open(source: str) -> Bundle:
    from moeplanner_gui.catalog.bundle_read import read_bundle, read_bundle_file

    if "://" in source:
        from moeplanner_gui.catalog.bundle_fetch import fetch_bundle

        return read_bundle(fetch_bundle(source))
    return read_bundle_file(Path(source))


def _as_data(shown: Preview, *, installed: bool) -> dict[str, Any]:
    changes = shown.changes
    return {
        "version": shown.bundle.manifest.version,
        "date": shown.bundle.manifest.date,
        "sha256": shown.bundle.sha256,
        "installed": installed,
        "changes": [
            {
                "kind": kind.kind,
                "added": list(kind.added),
                "changed": list(kind.changed),
                "removed": list(kind.removed),
            }
            for kind in changes.kinds
        ],
        "prices": [
            {"part": price.part_id, "before": price.before, "after": price.after}
            for price in changes.prices
        ],
    }


def _as_text(shown: Preview) -> str:
    manifest = shown.bundle.manifest
    lines = [
        f"Catalogue {manifest.version} of {manifest.date}, {len(manifest.files)} files",
        f"SHA-256 {shown.bundle.sha256}",
        *_change_lines(shown.changes),
    ]
    return "\n".join(lines)


def _change_lines(changes: Changes) -> list[str]:
    if not changes:
        return ["It has the rows and prices that are in use already."]
    lines = []
    for kind in changes.kinds:
        for word, ids in (
            ("added", kind.added),
            ("changed", kind.changed),
            ("removed", kind.removed),
        ):
            if ids:
                more = f" and {len(ids) - _MOST_NAMES:,} more" if len(ids) > _MOST_NAMES else ""
                names = ", ".join(ids[:_MOST_NAMES])
                lines.append(f"{kind.kind} rows {word}: {len(ids):,} ({names}{more})")
    for price in changes.prices:
        before = "no price" if price.before is None else f"${price.before:,.0f}"
        after = "no price" if price.after is None else f"${price.after:,.0f}"
        percent = "" if price.percent is None else f" ({price.percent:+.0f} %)"
        lines.append(f"price of {price.part_id}: {before} to {after}{percent}")
    return lines


def _status(*, as_json_text: bool) -> int:
    from datetime import date

    from moeplanner_gui.catalog.freshness import ages
    from moeplanner_gui.catalog.installed import in_force
    from moeplanner_gui.catalog.load import load_catalog

    counts = in_force()
    found = ages(load_catalog().shipped, date.today())
    if as_json_text:
        rows = [
            {"kind": age.kind, "rows": age.rows, "newest": age.newest, "oldest": age.oldest}
            | {"old": age.is_old}
            for age in found
        ]
        say(as_json({"update": counts.version or None, "folder": str(counts.folder), "data": rows}))
    else:
        used = f"update {counts.version}" if counts.update else "the one of this program version"
        say(f"Catalogue in use: {used}, {counts.folder}")
        for age in found:
            old = f"  old: more than {age.old_after_days} days" if age.is_old else ""
            say(f"  {age.kind:<16} {age.rows:>5,} rows, {age.oldest} to {age.newest}{old}")
    if counts.problem:
        complain(f"moeplanner: {counts.problem}")
        return ANSWER_IS_NO
    return DONE
