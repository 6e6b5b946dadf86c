"""Whoever asks CloudFormation of the local cloud hears what it has."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Running


def test_the_stack_has_the_outputs_and_says_where_it_runs(running: Running) -> None:
    (stack,) = running.cloud.client("cloudformation").describe_stacks(StackName="argus")["Stacks"]
    assert {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]} == running.cloud.outputs
    assert {given["ParameterKey"]: given["ParameterValue"] for given in stack["Parameters"]} == {
        "Window": "0",
        "KeepDays": "7",
    }
    assert [tag["Key"] for tag in stack["Tags"]] == ["argus:runs-on-this-machine"]


def test_the_stack_lists_what_is_there_by_its_name(running: Running) -> None:
    client = running.cloud.client("cloudformation")
    pages = client.get_paginator("list_stack_resources").paginate(StackName="argus")
    listed = {
        (one["LogicalResourceId"], one["ResourceType"]): one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }
    assert listed["Photos", "AWS::S3::Bucket"] == running.cloud.outputs["Photos"]
    assert listed["Work", "AWS::SQS::Queue"] == running.cloud.outputs["Queue"]
    assert ("Worker", "AWS::Lambda::Function") in listed
    assert ("Role", "AWS::IAM::Role") not in listed  # there are none here


def test_of_other_stacks_nothing_is_known(running: Running) -> None:
    with pytest.raises(ClientError, match=r"ValidationError.*Stack with id other does not exist"):
        running.cloud.client("cloudformation").describe_stacks(StackName="other")
    with pytest.raises(ClientError, match="the local cloud does not know DeleteStack"):
        running.cloud.client("cloudformation").delete_stack(StackName="argus")
