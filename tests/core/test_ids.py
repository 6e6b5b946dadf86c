from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.ids import repeatable_ids, time_ordered_id
from tests.core.measures import NOON

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(timezone.utc))
entropies = st.binary(min_size=10, max_size=12)


def test_the_bits_stand_where_rfc_9562_puts_them() -> None:
    # The test vector of RFC 9562, appendix A.6: 2022-02-22 14:22:22 -05:00, rand_a CC3, rand_b 18C4DC0C0C07398F.
    made = time_ordered_id(
        datetime(2022, 2, 22, 19, 22, 22, tzinfo=timezone.utc), bytes.fromhex("0cc3" + "18c4dc0c0c07398f")
    )
    assert made == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(times, entropies)
def test_version_variant_and_milliseconds(at: datetime, entropy: bytes) -> None:
    made = uuid.UUID(time_ordered_id(at, entropy))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == (at - EPOCH) // timedelta(milliseconds=1)


@given(times, times, entropies, entropies)
def test_ids_sort_by_time(one: datetime, other: datetime, entropy: bytes, other_entropy: bytes) -> None:
    first, second = sorted([one, other])
    if second - first >= timedelta(milliseconds=1):
        assert time_ordered_id(first, entropy) < time_ordered_id(second, other_entropy)


@given(times, entropies, entropies)
def test_entropy_tells_ids_of_one_time_apart(at: datetime, entropy: bytes, other: bytes) -> None:
    bits = [int.from_bytes(part[:10], "big") & ~(0xF << 76) & ~(0x3 << 62) for part in (entropy, other)]
    assert (time_ordered_id(at, entropy) == time_ordered_id(at, other)) == (bits[0] == bits[1])


def test_too_little_entropy_is_refused() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        time_ordered_id(NOON, b"123456789")


def test_repeatable_ids_repeat_by_seed_and_differ_within_a_run() -> None:
    runs = [
        [make(NOON) for _ in range(100)] for make in (repeatable_ids("a"), repeatable_ids("a"), repeatable_ids("b"))
    ]
    assert runs[0] == runs[1]
    assert len(set(runs[0] + runs[2])) == 200
