"""No secret of a camera's URL is ever shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.device.adapters.redact import redact_url

HOSTS = st.sampled_from(["cam.local", "192.168.1.7", "cam.local:554", "[fe80::1]:8554", "h"])
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


SCHEMES = st.sampled_from(["rtsp", "rtsps", "http", "https"])


@given(SCHEMES, HOSTS, st.tuples(SECRETS, SECRETS, SECRETS, SECRETS))
def test_only_scheme_and_host_are_ever_shown(scheme: str, host: str, secrets: tuple[str, str, str, str]) -> None:
    user, password, path, query = secrets
    url = f"{scheme}://{user}:{password}@{host}/{path}?{query}"
    assert redact_url(url) in {f"{scheme}://***", f"{scheme}://{host}", f"{scheme}://{host}/***"}


@given(SECRETS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact_url(f"rtsp://{text}")
    assert redact_url(once) == once


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:hunter2@cam.local:554/stream1", "rtsp://cam.local:554/***"),
        ("http://cam.local/video?user=a&pwd=hunter2", "http://cam.local/***"),
        ("http://cam.local", "http://cam.local"),
        ("rtsp://admin:p/w@cam.local/x", "rtsp://***"),
        ("rtsp://admin:p@x/y@cam.local/x", "rtsp://***"),
        ("rtsp://cam.local/user=admin_password=hunter2_channel=1.sdp", "rtsp://cam.local/***"),
        ("clips/a.mp4", "clips/a.mp4"),
        ("0", "0"),
    ],
)
def test_examples(url: str, shown: str) -> None:
    assert redact_url(url) == shown
