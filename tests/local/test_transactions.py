"""Many functions write to the table of faces at once, all or nothing, as they do in AWS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from argus.core.errors import CollectionConflict
from argus.core.types import MIRROR_MODEL_ID
from cloud_lambdas.local.clients import LocalClients
from cloud_lambdas.local.simulator import Aws, simulator
from cloud_lambdas.shared.faces_table import FacesTable, StoredFace
from cloud_lambdas.shared.transactions import commit
from tests.made_up import face

WRITERS, EACH = 6, 8


def test_of_transactions_that_meet_each_is_made_whole_or_not_at_all() -> None:
    with simulator() as address:
        client = LocalClients(Aws(address, address).client).dynamodb
        client.create_table(
            TableName="faces",
            KeySchema=[
                {"AttributeName": "person_id", "KeyType": "HASH"},
                {"AttributeName": "face_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "person_id", "AttributeType": "S"},
                {"AttributeName": "face_id", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        table = FacesTable(client, "faces")

        def write(writer: int) -> None:
            for number in range(EACH):
                new = StoredFace(f"person-{writer}", face(f"{writer}/{number}"), MIRROR_MODEL_ID, 0.5, {"photo": "1"})
                while True:
                    try:
                        commit(client, table.put(new, datetime.now(timezone.utc), table.generation()))
                        break
                    except CollectionConflict:
                        continue

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        assert table.generation() == WRITERS * EACH
        assert len(table.everything()) == WRITERS * EACH
        with pytest.raises(CollectionConflict):
            commit(
                client, table.put(StoredFace("x", face("x"), MIRROR_MODEL_ID, 0.5, {}), datetime.now(timezone.utc), 1)
            )
        assert table.find("x", face("x").face_id) is None
