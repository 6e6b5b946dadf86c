"""The local cloud as a stack, for whoever asks CloudFormation what there is."""

from __future__ import annotations

import json

from cloud_lambdas.console.stack import RUNS_HERE
from cloud_lambdas.local.account import PHYSICAL_ID, STACK
from cloud_lambdas.local.provision import Stack
from cloud_lambdas.local.resources import ClientOf


def record(stack: Stack, client: ClientOf) -> None:
    """Has the imitation of CloudFormation answer with the stack's outputs, parameters and resources."""
    idle = {resource.logical_id for resource in stack.inert}
    resources = {
        logical_id: {"Type": resource["Type"], "Properties": {PHYSICAL_ID: stack.resolver.made[logical_id].ref}}
        for logical_id, resource in stack.template.resources.items()
        if logical_id in stack.resolver.made and logical_id not in idle
    }
    parameters = {name: value for name, value in stack.template.parameters.items() if value}
    client("cloudformation").create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(
            {
                "Parameters": {name: {"Type": "String"} for name in parameters},
                "Resources": resources,
                "Outputs": {name: {"Value": value} for name, value in stack.outputs().items()},
            }
        ),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Tags=[{"Key": RUNS_HERE, "Value": "yes"}],
    )
