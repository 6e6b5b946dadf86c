"""How the functions read their environment."""

from __future__ import annotations

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.environment import (
    ALERT_COOL_DOWN_SECONDS,
    ALERTS_QUEUE,
    SIGHTINGS_DAYS,
    positive_number,
    required,
    whole_number,
)


def test_a_variable_that_is_missing_or_empty_is_named() -> None:
    assert required({ALERTS_QUEUE: "https://queue"}, ALERTS_QUEUE) == "https://queue"
    for environment in ({}, {ALERTS_QUEUE: ""}):
        with pytest.raises(UsageError, match="lacks ARGUS_ALERTS_QUEUE"):
            required(environment, ALERTS_QUEUE)


def test_a_number_has_a_default_and_is_whole_and_positive() -> None:
    assert positive_number({}, SIGHTINGS_DAYS, 90) == 90
    assert positive_number({SIGHTINGS_DAYS: ""}, SIGHTINGS_DAYS, 90) == 90
    assert positive_number({SIGHTINGS_DAYS: "7"}, SIGHTINGS_DAYS, 90) == 7
    for value in ("0", "-1", "1.5", "week", "²"):
        with pytest.raises(UsageError, match="ARGUS_SIGHTINGS_DAYS must be a whole number"):
            positive_number({SIGHTINGS_DAYS: value}, SIGHTINGS_DAYS, 90)


def test_a_number_may_be_none_where_none_has_a_meaning() -> None:
    assert whole_number({}, ALERT_COOL_DOWN_SECONDS, 300) == 300
    assert whole_number({ALERT_COOL_DOWN_SECONDS: "0"}, ALERT_COOL_DOWN_SECONDS, 300) == 0
    with pytest.raises(UsageError, match="must be a whole number of 0 or more, not '-1'"):
        whole_number({ALERT_COOL_DOWN_SECONDS: "-1"}, ALERT_COOL_DOWN_SECONDS, 300)


def test_the_endpoint_for_devices_is_a_host_a_url_or_the_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_IOT_DATA_PLANE", raising=False)
    assert Clients("abc.iot.eu-central-1.amazonaws.com").iot_data.meta.endpoint_url == (
        "https://abc.iot.eu-central-1.amazonaws.com"
    )
    assert Clients("http://127.0.0.1:9").iot_data.meta.endpoint_url == "http://127.0.0.1:9"
    assert Clients().iot_data.meta.endpoint_url == "https://data-ats.iot.eu-central-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_IOT_DATA_PLANE", "http://127.0.0.1:8")
    assert Clients().iot_data.meta.endpoint_url == "http://127.0.0.1:8"
