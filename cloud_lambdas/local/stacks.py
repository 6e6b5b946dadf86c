"""The local cloud as a stack, for whoever asks CloudFormation what there is: what ``DescribeStacks`` and
``ListStackResources`` answer, and no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud_lambdas.console.stack import RUNS_HERE
from cloud_lambdas.local.account import ACCOUNT, REGION, STACK
from cloud_lambdas.local.provision import Stack

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

Item = Mapping[str, "str | Iterable[Item]"]
"""Texts, and lists of items, by name."""


def cloudformation(stack: Stack) -> list[Route]:
    """Answers with the stack's outputs, parameters and resources, but for those that are nothing here."""
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    described = _described(stack, since)
    resources = list(_resources(stack, since))

    async def answer(request: Request) -> Response:
        asked = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        action, name = asked.get("Action", ""), asked.get("StackName", STACK)
        if name not in (STACK, described["StackId"]):
            return _refused("ValidationError", f"Stack with id {name} does not exist")
        if action == "DescribeStacks":
            return _answered(action, {"Stacks": [described]})
        if action == "ListStackResources":
            return _answered(action, {"StackResourceSummaries": resources})
        return _refused("InvalidAction", f"the local cloud does not know {action or 'this request'}")

    return [Route("/", answer, methods=["POST"])]


def _described(stack: Stack, since: str) -> Item:
    parameters = {name: value for name, value in stack.template.parameters.items() if value}
    return {
        "StackName": STACK,
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
        "CreationTime": since,
        "StackStatus": "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in stack.outputs().items()],
        "Tags": [{"Key": RUNS_HERE, "Value": "yes"}],
    }


def _resources(stack: Stack, since: str) -> Iterable[Item]:
    idle = {resource.logical_id for resource in stack.inert}
    for logical_id, made in stack.resolver.made.items():
        if logical_id not in idle:
            yield {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": made.ref,
                "ResourceType": stack.template.resources[logical_id]["Type"],
                "ResourceStatus": "CREATE_COMPLETE",
                "LastUpdatedTimestamp": since,
            }


def _answered(action: str, result: Item) -> Response:
    root = ElementTree.Element(f"{action}Response", xmlns=_NAMESPACE)
    _fill(ElementTree.SubElement(root, f"{action}Result"), result)
    return _xml(root, 200)


def _refused(code: str, message: str) -> Response:
    root = ElementTree.Element("ErrorResponse", xmlns=_NAMESPACE)
    _fill(ElementTree.SubElement(root, "Error"), {"Type": "Sender", "Code": code, "Message": message})
    return _xml(root, 400)


def _fill(element: ElementTree.Element, item: Item) -> None:
    for name, value in item.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, str):
            child.text = value
        else:
            for one in value:
                _fill(ElementTree.SubElement(child, "member"), one)


def _xml(root: ElementTree.Element, status: int) -> Response:
    return Response(ElementTree.tostring(root), status_code=status, media_type="text/xml")
