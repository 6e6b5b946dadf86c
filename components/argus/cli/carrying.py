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
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    export.set_defaults(run=_export)

    import_ = add_command(
        commands,
        "import",
        summary="copy a collection here, from a file of `export` or another place",
        description=(
            "Copies a collection to a place that has none, with its number and its signatures. With --merge its\n"
            "people are added to those who are there: somebody who is there already gets the faces that are new.\n"
            "Encodings that were pickled for face_recognition are read without running the pickle, and added to a\n"
            "collection of dlib's plain model; for a collection that Argus recognises by, enrol the photos instead."
        ),
        examples="""
            argus collection import --collection people staff.zip
            argus collection import --collection s3://bucket/staff people
            argus collection import --collection people --merge visitors.zip --trust staff.key.pub
        """,
    )
    add_collection_option(import_, "where to put it")
    import_.add_argument(
        "source", metavar="SOURCE", help="a file of `export`, a folder, s3://bucket/prefix, or a pickle of encodings"
    )
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
    from argus.core.trust import check_erasures
    from argus.device.adapters.clock import SystemClock
    from argus.storage.archive import copy_collection, unpacked
    from argus.storage.examining import read_description
    from argus.storage.heads import followed_heads
    from argus.storage.open_store import is_folder, open_store
    from argus.storage.reading import HEAD_KEY
    from argus.storage.repository import CollectionRepository

    policy = believed(arguments)
    target = open_store(arguments.collection)
    is_file = is_folder(arguments.source) and Path(arguments.source).is_file()
    if is_file and _is_pickle(Path(arguments.source)):
        _import_pickle(arguments, Path(arguments.source))
        tell(*read_description(target), as_json=arguments.json)
        return ExitCode.DONE
    if not arguments.merge and target.get(HEAD_KEY) is not None:
        raise UsageError(f"there is a collection in {arguments.collection} already: --merge adds people to it")
    with unpacked(Path(arguments.source)) if is_file else nullcontext(open_store(arguments.source)) as source:
        if arguments.merge:
            reader = CollectionRepository(CountedStore(source), "source", SystemClock().now, trust=policy)
            new = reader.load()
            for one in followed_heads(target):
                check_erasures(new.head.statement, one.head.statement)
            opened(arguments, changes=True).update(lambda old: _merged(old, new.collection))
        else:
            copy_collection(source, target, Progress("objects"), policy)
    tell(*read_description(target), as_json=arguments.json)
    return ExitCode.DONE


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1) == b"\x80"


def _import_pickle(arguments: argparse.Namespace, path: Path) -> None:
    """Adds encodings of dlib's plain model to a collection of that model; no other can be compared with them."""
    from argus.core.errors import CollectionMissing, ModelError, UsageError
    from argus.core.types import PLAIN_MODEL_ID
    from argus.enrolment.encodings import collection_of_encodings
    from argus.enrolment.naming import DEFAULT_CATEGORY
    from argus.storage.pickles import read_pickled_encodings

    new = collection_of_encodings(read_pickled_encodings(path), DEFAULT_CATEGORY)
    repository = opened(arguments, changes=True, model_id=PLAIN_MODEL_ID)
    try:
        repository.load()
    except (CollectionMissing, ModelError) as error:
        raise UsageError(
            f"{path} holds encodings of {len(new)} people by model {PLAIN_MODEL_ID}, which only a collection of that "
            f"model can take, and Argus recognises by a better one: enrol them from their photos with `argus enrol`"
        ) from error
    repository.update(lambda old: _merged(old, new))


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
