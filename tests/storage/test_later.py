"""A store that cannot be opened yet: its uses say why, until it can be."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from argus.core.errors import CollectionError, UsageError
from argus.storage.later import OpenedLater
from tests.nucleus import NucleusProcess


def test_credentials_that_come_later_are_waited_for(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key="staff/head.json", Body=b"{}")
    with NucleusProcess({}) as nucleus:
        nucleus.tell("credentials", mode="null")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            monkeypatch.setenv(name, nucleus.environment[name])
        store = OpenedLater(f"s3://{bucket}/staff")
        for mode, complaint in (("null", "no credentials at the moment"), ("refused", "retrieving credentials")):
            nucleus.tell("credentials", mode=mode)
            with pytest.raises(CollectionError, match=complaint):
                store.get("head.json")
        nucleus.tell("credentials", mode="given")
        found = store.get("head.json")
        assert found is not None and found[0] == b"{}"


def test_credentials_that_cannot_be_renewed_are_one_sentence(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with NucleusProcess({}) as nucleus:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            monkeypatch.setenv(name, nucleus.environment[name])
        nucleus.tell("credentials", mode="given", lifetime_seconds=1.0)  # renewed with each request from now on
        store = OpenedLater(f"s3://{bucket}/staff")
        assert store.get("head.json") is None
        nucleus.tell("credentials", mode="null")
        with pytest.raises(CollectionError, match="no credentials at the moment"):
            store.get("head.json")
        nucleus.tell("credentials", mode="given")
        assert store.get("head.json") is None


def test_a_folder_needs_nothing_and_what_is_no_place_is_refused_at_once(tmp_path: Path) -> None:
    store = OpenedLater(str(tmp_path))
    store.put("head.json", b"{}")
    assert store.requests_at_once == 1 and list(store.keys("")) == ["head.json"]
    with pytest.raises(UsageError, match="s3://bucket/prefix"):
        OpenedLater("ftp://there")
