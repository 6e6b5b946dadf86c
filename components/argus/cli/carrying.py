"""``argus collection export | import``: a collection carried, in one file or from place to place."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keeping import tell
from argus.cli.keys import add_key_options
from argus.cli.opening import add_read_options, believed, opened
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option
from argus.cli.progress import Progress

if TYPE_CHECKING:
    from argus.core.collection import Collection


def add_parsers(commands: Subparsers) -> None:
    export = add_command(
        commands,
        "export",
        summary="write it to one file, for a backup or to carry it",
        description="Writes the current version, with its signatures, to FILE, which only you can read.",
        examples="""
            argus collection export --collection people people.zip
            argus collection export --collection s3://bucket/staff --trust staff.key.pub staff.zip
        """,
    )
    add_read_options(export)
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(run=_export)

    import_ = add_command(
        commands,
        "import",
        summary="copy a collection here, from a file of `export` or another place",
        description=(
            "Copies a collection to a place that has none, with its number and its signatures. With --merge its\n"
            "people are added to those who are there: somebody who is there already gets the faces that are new."
        ),
        examples="""
            argus collection import --collection people staff.zip
            argus collection import --collection s3://bucket/staff people
            argus collection import --collection people --merge visitors.zip
        """,
    )
    add_collection_option(import_, "where to put it")
    import_.add_argument("source", metavar="SOURCE", help="a file of `export`, a folder, or s3://bucket/prefix")
    import_.add_argument("--merge", action="store_true", help="add its people to the collection that is there")
    add_key_options(import_)
    import_.set_defaults(run=_import)
    for parser in (export, import_):
        add_json_option(parser)


def _export(arguments: argparse.Namespace) -> int:
    from argus.storage.archive import export_collection
    from argus.storage.open_store import open_store

    store, progress = open_store(arguments.collection), Progress("objects")
    version = export_collection(store, arguments.file, progress, believed(arguments))
    if arguments.json:
        print_json({"file": str(arguments.file), "version": version})
    else:
        print_text(f"version {version[:12]} is in {arguments.file}; it holds vectors of faces, so keep it as safe")
    return ExitCode.DONE


def _import(arguments: argparse.Namespace) -> int:
    from argus.cli.counted_store import CountedStore
    from argus.core.errors import UsageError
    from argus.device.adapters.clock import SystemClock
    from argus.storage.archive import copy_collection, unpacked
    from argus.storage.examining import read_description
    from argus.storage.open_store import is_folder, open_store
    from argus.storage.reading import HEAD_KEY
    from argus.storage.repository import CollectionRepository

    policy = believed(arguments)
    target = open_store(arguments.collection)
    if not arguments.merge and target.get(HEAD_KEY) is not None:
        raise UsageError(f"there is a collection in {arguments.collection} already: --merge adds people to it")
    is_file = is_folder(arguments.source) and Path(arguments.source).is_file()
    with unpacked(Path(arguments.source)) if is_file else nullcontext(open_store(arguments.source)) as source:
        if arguments.merge:
            reader = CollectionRepository(CountedStore(source), "source", SystemClock().now, trust=policy)
            new = reader.load().collection
            opened(arguments, changes=True).update(lambda old: _merged(old, new))
        else:
            copy_collection(source, target, Progress("objects"), policy)
    tell(*read_description(target), as_json=arguments.json)
    return ExitCode.DONE


def _merged(old: Collection, new: Collection) -> Collection:
    from argus.core.errors import UsageError

    for one in new.people:
        present = old.find(one.person.id)
        if present is None:
            old = old.with_person(one)
        elif present.person.name != one.person.name:
            raise UsageError(
                f"{one.person.id!r} is {present.person.name!r} here and {one.person.name!r} there: rename one of both"
            )
        else:
            old = old.with_faces(present.person, one.faces)
            old = old.with_strictness(one.person.id, max(present.stricter_by, one.stricter_by))
    return old
