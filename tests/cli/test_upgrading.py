"""``argus collection upgrade`` with real photos and networks: from the plain model to this program's."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from PIL import Image

from argus.cli.main import main
from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.moving import WantedFace
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID
from argus.device.sync.collection_sync import CollectionSync
from argus.enrolment.compose import photo_analyser
from argus.enrolment.enrol import look_at
from argus.enrolment.judge import Refusal
from argus.enrolment.ledger import RefusalLedger
from argus.enrolment.naming import person_of
from argus.enrolment.photo_places import photos_at
from argus.enrolment.reembedding import Reembedder
from argus.storage.folder import FolderStore
from argus.storage.open_store import open_store
from argus.storage.repository import CollectionRepository
from argus.storage.signing import KeyFileSigner, make_key
from argus.storage.upgrading import Upgrade
from argus.vision.analyser import FaceAnalyser, PhotoDetector
from argus.vision.embedder_dlib import DlibEmbedder
from argus.vision.faces import FaceReader
from argus.vision.model_store import ModelStore
from argus.vision.networks import Networks
from tests.made_up import vector
from tests.storage import moving

WHO = {"Barack Obama": ("obama.jpg", "obama2.jpg"), "Joe Biden": ("biden.jpg",)}


def now() -> datetime:
    return datetime.now(timezone.utc)


def enrolled_with(analyser: FaceAnalyser, portraits: Path) -> Collection:
    people = []
    for name, photos in WHO.items():
        found = [look_at(analyser, portraits / photo)[1] for photo in photos]
        faces = [one.face for one in found if one is not None]
        assert len(faces) == len(photos)
        people.append(Enrolled.of(person_of(name, "person"), faces, analyser.model_id))
    return Collection.of(people, analyser.model_id)


@pytest.fixture(scope="module")
def plain(portraits: Path, model_store: ModelStore) -> Collection:
    """As the plain model sees them, by dlib itself."""
    networks = Networks.load()
    embedder = DlibEmbedder(model_store)
    return enrolled_with(
        FaceAnalyser(PhotoDetector(networks.scanner), FaceReader(networks.landmarker), embedder), portraits
    )


@pytest.fixture(scope="module")
def mirrored(portraits: Path) -> Collection:
    """As this program's model sees them."""
    return enrolled_with(photo_analyser(), portraits)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """Their photos under other names, and some that are no one's."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate(photo for own in WHO.values() for photo in own):
        (folder / str(number)).mkdir()
        shutil.copy(portraits / name, folder / str(number) / f"renamed-{number}.jpg")
    (folder / "text.jpg").write_text("no picture")
    return folder


def stored(place: str, people: Collection, *signers: Signer) -> BlobStore:
    store = open_store(place)
    CollectionRepository(store, "staff", now, people.model_id, signers=signers).update(lambda _: people)
    return store


def load(store: BlobStore, model_id: str = MIRROR_MODEL_ID) -> Collection:
    return CollectionRepository(store, "staff", now, model_id).load().collection


def upgrade(place: str, *arguments: str) -> int:
    return main(["collection", "upgrade", "--collection", place, *arguments])


def device(store: BlobStore, folder: Path, model_id: str, *, trust: TrustPolicy | None = None) -> CollectionSync:
    policy = trust or TrustPolicy((), now)
    return CollectionSync(
        "there", store, FolderStore(folder), trust=policy, now=now, model_id=model_id, thing=folder.name
    )


def look(sync: CollectionSync) -> bool:
    changed = sync.poll()
    sync.confirm()
    return changed


def test_devices_switch_one_after_the_other_in_s3_signed(
    plain: Collection,
    mirrored: Collection,
    photos: Path,
    tmp_path: Path,
    *,
    bucket: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place, key = f"s3://{bucket}/staff", tmp_path / "staff.key"
    make_key(key)
    signer = KeyFileSigner(key)
    store = stored(place, plain, signer)
    for path in sorted(photos.rglob("*.jpg")):
        open_store(f"s3://{bucket}/photos").put(path.relative_to(photos).as_posix(), path.read_bytes())
    trust = TrustPolicy((signer.verifier,), now)
    early, late = (
        device(store, tmp_path / "early", MIRROR_MODEL_ID, trust=trust),
        device(store, tmp_path / "late", PLAIN_MODEL_ID, trust=trust),
    )
    look(late)
    look(early)
    assert early.snapshot is None and "refused as other_model" in (early.status.last_error or "")
    keyed = ("--sign-with", str(key), "--trust", f"{key}.pub")
    assert upgrade(place, "--photos", f"s3://{bucket}/photos", *keyed, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["made"], made["people"], made["faces"], made["left_out"]) == (3, 2, 3, [])
    assert load(store) == mirrored

    assert look(early) and early.snapshot is not None and early.snapshot.collection == mirrored
    look(late)
    assert late.status.last_error is None and late.snapshot is not None and late.snapshot.collection == plain
    assert upgrade(place, "--status") == 0
    told = capsys.readouterr().out
    assert "early: switched" in told and "late: NOT SWITCHED" in told
    assert upgrade(place, "--finish", *keyed) == 1
    assert "late: NOT SWITCHED" in capsys.readouterr().err
    assert load(store, PLAIN_MODEL_ID) == plain
    assert main(["collection", "verify", "--collection", place]) == 0
    assert capsys.readouterr().out.count("is whole: 2 people, 3 faces") == 2
    assert main(["collection", "describe", "--collection", place, "--json"]) == 0
    described = [json.loads(line)["model_id"] for line in capsys.readouterr().out.splitlines()]
    assert described == [PLAIN_MODEL_ID, MIRROR_MODEL_ID]
    # The one left gets the new program, which begins with what is on its disk.
    switched = device(store, tmp_path / "late", MIRROR_MODEL_ID, trust=trust)
    switched.open()
    assert look(switched) and switched.status.last_error is None
    assert upgrade(place, "--finish", *keyed, "--wait", "5") == 0
    for one in (early, switched):
        look(one)
        assert one.status.last_error is None and one.status.sequence == 3
    # One that nobody thought of keeps what it has.
    look(late)
    assert late.snapshot is not None and late.snapshot.collection == plain
    assert "refused as other_model" in (late.status.last_error or "")
    assert main(["collection", "verify", "--collection", place, "--trust", f"{key}.pub"]) == 0


def test_both_versions_are_signed_with_another_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.key", tmp_path / "new.key"
    make_key(old)
    make_key(new)
    place = str(tmp_path / "staff")
    store = stored(place, Collection.of([moving.plain("ann")], PLAIN_MODEL_ID), KeyFileSigner(old))
    moving.carry(moving.upgrade_of(store, KeyFileSigner(old)))
    sign = ("collection", "sign", "--collection", place, "--sign-with", str(new), "--json")
    assert main([*sign, "--trust", f"{old}.pub"]) == 0
    assert [json.loads(line)["sequence"] for line in capsys.readouterr().out.splitlines()] == [2, 3]
    new_key = KeyFileSigner(new)
    assert moving.carry(moving.upgrade_of(store, new_key)) == []
    assert moving.upgrade_of(store, new_key).finish().sequence == 4


def test_whose_photos_are_missing_is_said_and_nobody_is_lost_unawares(
    plain: Collection, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, some = str(tmp_path / "staff"), tmp_path / "some"
    store = stored(place, plain)
    shutil.copytree(photos / "1", some)
    assert upgrade(place, "--photos", str(some)) == 1
    output = capsys.readouterr()
    assert "LEFT OUT  Barack Obama" in output.out and "NO FACE   Joe Biden" in output.out
    assert "--force" in output.err
    assert store.get(f"heads/{MIRROR_MODEL_ID}.json") is None
    assert upgrade(place, "--photos", str(some), "--force", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["made"], found["people"], found["faces"]) == (0, 1, 1)
    assert [one["reason"] for one in found["left_out"]] == ["photo_missing"] * 2
    # The photos turn up.
    assert upgrade(place, "--photos", str(photos)) == 0
    assert [len(one.faces) for one in load(store).people] == [2, 1]
    (joe,) = [one.person.id for one in plain.people if one.person.name == "Joe Biden"]
    CollectionRepository(store, "staff", now, PLAIN_MODEL_ID).update(lambda people: people.without_person(joe))
    assert upgrade(place, "--finish") == 2
    assert "changed in the old collection since the upgrade: Joe Biden" in capsys.readouterr().err
    assert upgrade(place, "--photos", str(tmp_path / "nowhere"), "--json") == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["removed"]] == [joe]
    # In no version of either model is anything left.
    assert not any(joe.encode() in path.read_bytes() for path in (tmp_path / "staff" / "buckets").iterdir())
    assert upgrade(place, "--abandon") == 0
    assert [one.person.name for one in load(store, PLAIN_MODEL_ID).people] == ["Barack Obama"]


def test_a_photo_that_is_refused_now_is_left_out_unless_forced(portraits: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "small.png"
    photo.parent.mkdir()
    with Image.open(portraits / "obama.jpg") as portrait:
        portrait.resize((150, 187)).save(photo)
    face = EnrolledFace(hashlib.sha256(photo.read_bytes()).hexdigest(), vector("as it was"))
    small = Collection.of([Enrolled.of(person_of("Small", "guest"), [face], PLAIN_MODEL_ID)], PLAIN_MODEL_ID)
    store = stored(str(tmp_path / "staff"), small)
    found = reembedder(store, photo.parent).run()
    assert found.side is None and [one.name for one in found.lost] == ["Small"]
    assert [one.verdict and one.verdict.refusal for one in found.left_out] == [Refusal.TOO_SMALL]
    forced = reembedder(store, photo.parent).run(force=True)
    assert (forced.made, forced.left_out) == (1, ())
    assert load(store).people[0].person == person_of("Small", "guest")


def reembedder(
    store: BlobStore, photos: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> Reembedder:
    ledger = RefusalLedger(None, MIRROR_MODEL_ID)
    return Reembedder(Upgrade(store, now), lambda: photos_at(str(photos)), photo_analyser, ledger, progress=progress)


def test_interrupted_it_goes_on_and_what_is_made_is_not_made_again(
    plain: Collection, mirrored: Collection, photos: Path, tmp_path: Path
) -> None:
    store = stored(str(tmp_path), plain)

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reembedder(store, photos, interrupt).run()
    assert load(store, PLAIN_MODEL_ID) == plain
    assert store.get(f"heads/{MIRROR_MODEL_ID}.json") is None
    assert reembedder(store, photos).run().made == 1
    assert load(store) == mirrored
    # Nothing is left to be made, and no photo is read.
    assert reembedder(store, tmp_path / "nowhere").run().made == 0


def test_whoever_was_erased_while_it_was_interrupted_is_in_nothing_it_left(
    plain: Collection, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "staff")
    store = stored(place, plain)
    gone = plain.people[0].person
    Upgrade(store, now).keep([(WantedFace(plain.people[0].face_ids[0], gone), vector("made before"))])
    CollectionRepository(store, "staff", now, PLAIN_MODEL_ID).update(lambda people: people.without_person(gone.id))
    assert upgrade(place, "--photos", str(photos), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert ([one["id"] for one in found["removed"]], found["people"]) == ([gone.id], 1)
    assert not any(gone.id.encode() in path.read_bytes() for path in (tmp_path / "staff" / "buckets").iterdir())
