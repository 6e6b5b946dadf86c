"""Lambda's entry: an HTTP API's request for ``/p/{token}``, and the answer.

======== ============================================================================================
GET      a page with a button. Mail programs and messengers fetch links before anybody clicks: it makes
         no address, and is the same whether the picture is there or not
HEAD     the same without the page
POST     303 to an address of the picture that is good for a short time, or a page that says why not
======== ============================================================================================

A POST needs the token and nothing else: there are no cookies and no logins that another site could borrow, and whoever
can have a browser send the token has the token. So a second secret in the form would guard nothing.

No token is in the log, nor what it is kept as.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from cloud_lambdas.pictures.bucket import SnapshotsBucket
from cloud_lambdas.pictures.pages import Pages, Response
from cloud_lambdas.pictures.service import Found, Missing, Pictures
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.shared.environment import required
from cloud_lambdas.shared.erased_pictures import ErasedPictures
from cloud_lambdas.shared.links import LinkedPictures

if TYPE_CHECKING:
    from argus.core.ports import Clock  # which brings numpy: half a second more for whoever clicks first

MOST_CHARACTERS = 1_000
"""Of a request's body; the button sends none."""

Handler = Callable[[dict[str, Any], object], Response]

_CLOCK = SystemClock()


def create(environment: Mapping[str, str], clients: Clients, clock: Clock = _CLOCK) -> Handler:
    """The function over these clients.

    Raises:
        UsageError: a variable is missing.
    """
    logger = Logger(service="pictures")
    table = required(environment, names.LINKS_TABLE)
    bucket = SnapshotsBucket(clients.s3, required(environment, names.SNAPSHOTS_BUCKET))
    links, erased = LinkedPictures(clients.dynamodb, table), ErasedPictures(clients.dynamodb, table)
    pictures = Pictures(links, erased, bucket, clock)
    pages = Pages(bucket.origin)

    def look(token: str) -> Response:
        return pages.page("show", 200) if pictures.is_linked(token) else pages.page("nothing", 404)

    def open_picture(token: str) -> Response:
        opened = pictures.open(token)
        if isinstance(opened, Found):
            logger.info("picture opened", key=opened.key)
            return pages.redirect(opened.address)
        logger.info("picture not opened", reason=opened.value)
        match opened:
            case Missing.NO_LINK:
                return pages.page("nothing", 404)
            case Missing.NOT_YET:
                return pages.page("later", 404, {"Retry-After": "15"})
            case Missing.GONE:
                return pages.page("gone", 410)

    def answer(method: str, token: str, body: str) -> Response:
        if len(body) > MOST_CHARACTERS:
            return pages.page("nothing", 413)
        try:
            return open_picture(token) if method == "POST" else look(token)
        except (BotoCoreError, ClientError) as error:
            logger.error("picture not looked up", reason=str(error))
            return pages.page("trouble", 503, {"Retry-After": "15"})

    def handle(event: dict[str, Any], context: object) -> Response:
        method = event["requestContext"]["http"]["method"]
        token = event.get("pathParameters", {}).get("token", "")
        response = answer(method, token, event.get("body") or "")
        return Response(**(response | {"body": ""})) if method == "HEAD" else response

    return handle


@cache
def _handler() -> Handler:
    return create(os.environ, Clients())


def handler(event: dict[str, Any], context: object) -> Response:
    """What Lambda calls; what it needs is made at the first request."""
    return _handler()(event, context)
