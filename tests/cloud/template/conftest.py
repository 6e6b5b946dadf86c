"""The template is read once."""

from __future__ import annotations

import pytest

from tests.cloud.template import template as reading
from tests.cloud.template.template import Template


@pytest.fixture(scope="session")
def template() -> Template:
    return reading.written()


@pytest.fixture(scope="session")
def plain() -> Template:
    """In plain CloudFormation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        return reading.translated()
