"""``argus cloud people``: made, listed, shown, renamed and changed, over the local cloud."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from argus.cli.main import main
from argus.core.errors import UsageError
from cloud_lambdas.console.contact import email_address, phone_number, short_note
from cloud_lambdas.local.compose import LocalCloud
from tests.cloud.console.conftest import Ask

Refused = Callable[..., str]


@pytest.fixture
def refused(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> Refused:
    """What a command says that is refused."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        assert main(["cloud", "people", *arguments]) == 2
        return capsys.readouterr().err

    return run


def test_somebody_is_made_shown_and_changed(ask: Ask) -> None:
    code, [made] = ask("people", "add", "Mia Ø. Berg", "--category", "missing", "--phone", "+47 (22) 85-50-50",
                       "--email", "mia@example.org", "--note", "call her sister")  # fmt: skip
    record = {"id": "mia-ø-berg", "name": "Mia Ø. Berg", "category": "missing", "phone": "+4722855050",
              "email": "mia@example.org", "note": "call her sister"}  # fmt: skip
    assert (code, made) == (0, record)
    assert ask("people", "show", "Mia Ø. Berg") == (0, [{**record, "faces": [], "photos": []}])
    changed = {**record, "category": "resident", "phone": "+4722855051"}
    del changed["note"]
    assert ask("people", "change", "mia-ø-berg", "--category", "resident", "--phone", "+4722855051", "--note", "") == (
        0,
        [changed],
    )
    assert ask("people", "rename", "mia-ø-berg", "Mia Dahl") == (0, [{**changed, "name": "Mia Dahl"}])
    assert ask("people", "show", "Mia Dahl")[1][0]["id"] == "mia-ø-berg"


def test_people_are_listed_page_by_page(ask: Ask, tell: Callable[..., tuple[int, str]]) -> None:
    ids = [f"page-{number:02}" for number in range(7)]
    for person_id in ids:
        ask("people", "add", person_id)
    found, after = [], "pagd"
    while len(page := ask("people", "list", "--limit", "3", "--after", after)[1]) == 3:
        found += page
        after = page[-1]["id"]
    assert [one["id"] for one in found + page if one["id"].startswith("page-")] == ids
    assert tell("people", "list", "--limit", "2", "--after", "pagd") == (
        0,
        "page-00: page-00 (person)\npage-01: page-01 (person)\n",
    )


def test_what_cannot_be_is_said_in_a_sentence(ask: Ask, refused: Refused) -> None:
    ask("people", "add", "Nils")
    ask("people", "add", "Ola")
    for arguments, sentence in {
        ("add", "NILS"): "there is already somebody with the id 'nils'",
        ("add", "Nils"): "there is already somebody",
        ("add", " "): "nobody can be called",
        ("add", "Per", "--phone", "0800 123"): "that is no telephone number",
        ("add", "Per", "--email", "per"): "that is no e-mail address",
        ("rename", "ola", "Nils"): "there is already somebody called 'Nils'",
        ("rename", "ola", " "): "nobody can be called",
        ("change", "ola", "--category", ""): "nobody can be called",
        ("change", "ola"): "nothing is to be changed",
        ("show", "nobody"): "nobody has the id or the name 'nobody'",
        ("change", "nobody", "--note", "x"): "nobody has the id or the name 'nobody'",
        ("erase", "ola"): "there is nobody to ask whether to erase: say --yes",
        ("erase", "a/b", "--yes"): "nobody can have the id",
        ("erase", "ola", "--yes", "--receipt", os.devnull): "choose another name for the receipt",
        ("list", "--stack", "elsewhere"): "there is no stack elsewhere",
    }.items():
        assert sentence in refused(*arguments), arguments
    assert {"nils", "ola"} <= {one["id"] for one in ask("people", "list", "--limit", "1000")[1]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("+351 900 000 000", "+351900000000"), (" +1(212)555-0100", "+12125550100"), ("+4930/1234", "+49301234")],
)
def test_a_telephone_number_has_one_spelling(given: str, kept: str) -> None:
    assert phone_number(given) == kept


@pytest.mark.parametrize("wrong", ["", "900000000", "00351900000000", "+0351900000", "+12345", "+1234567890123456",
                                   "+35190000000x", "++351900000000", "+٣٥١٩٠٠٠٠٠"])  # fmt: skip
def test_what_is_no_telephone_number(wrong: str) -> None:
    with pytest.raises(UsageError):
        phone_number(wrong)


def test_addresses_and_notes() -> None:
    assert email_address(" Ana.B+x@mail.example.org ") == "Ana.B+x@mail.example.org"
    assert short_note(" äöü ") == "äöü"
    for wrong in ("", "a", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a@c.de\nBcc: x@y.de", f"{'a' * 250}@c.de"):
        with pytest.raises(UsageError):
            email_address(wrong)
    for wrong in ("", "two\nlines", "x" * 1001):
        with pytest.raises(UsageError):
            short_note(wrong)


def test_nothing_that_recognises_is_loaded() -> None:
    """Whoever looks after people need not have it."""
    code = (
        "import sys, cloud_lambdas.console.people, cloud_lambdas.console.erasing.eraser\n"
        "print(sorted({'PIL', 'dlib', 'onnxruntime'} & sys.modules.keys()))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
