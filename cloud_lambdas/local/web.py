"""What is spoken by HTTP and the imitation of AWS lacks: the HTTP API, AWS IoT's data plane, and calls of functions."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from threading import Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from argus.core.errors import UsageError
from cloud_lambdas.local.account import ACCOUNT
from cloud_lambdas.local.functions import LocalFunction
from cloud_lambdas.local.mqtt import BrokerDown
from cloud_lambdas.local.resources import Properties
from cloud_lambdas.local.rules import Publish

_HOST = "127.0.0.1"
_FUNCTION = re.compile(r"functions/([^/]+)/invocations$")
_LARGEST_PAYLOAD = 128 * 1024
"""Of a message: what AWS IoT takes."""

Endpoint = Callable[[Request], Awaitable[Response]]
FunctionOf = Callable[[str], LocalFunction]
"""Gives a function by name or ARN; raises UsageError where the template has none of that name."""


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; raises UsageError where the port cannot be taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} cannot be taken ({error.strerror}): choose another, or 0 for a free one"
        ) from error
    return listener


class WebServer:
    """A context manager: serves ``routes`` within, on a thread of its own."""

    def __init__(self, listener: socket.socket, routes: list[Route]) -> None:
        config = uvicorn.Config(
            Starlette(routes=routes),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def data_plane(publish: Publish) -> list[Route]:
    """``Publish`` of AWS IoT's data plane: it has been handed to the broker when it is answered."""

    async def put(request: Request) -> Response:
        payload = await request.body()
        if len(payload) > _LARGEST_PAYLOAD:
            return _error(413, "RequestEntityTooLargeException", "a message has at most 128 KB")
        topic = request.path_params["topic"]
        if not topic or "+" in topic or "#" in topic or "\0" in topic:
            return _error(400, "InvalidRequestException", "a message goes to one topic")
        retain = request.query_params.get("retain", "false").lower() == "true"
        qos = 1 if request.query_params.get("qos", "0") == "1" else 0
        try:
            await asyncio.to_thread(publish, topic, payload, retain=retain, qos=qos)
        except BrokerDown as error:
            return _error(503, "ServiceUnavailableException", str(error))
        return JSONResponse({"message": "OK"})

    return [Route("/topics/{topic:path}", put, methods=["POST"])]


def invocations(function_of: FunctionOf) -> list[Route]:
    """``Invoke`` of Lambda, with an answer and without, and ``GetFunctionConfiguration``: what is here is ready."""

    def find(request: Request) -> LocalFunction | Response:
        try:
            function = function_of(request.path_params["name"])
        except UsageError as error:
            return _error(404, "ResourceNotFoundException", str(error))
        return function

    async def describe(request: Request) -> Response:
        function = find(request)
        if isinstance(function, Response):
            return function
        return JSONResponse({"FunctionName": function.name, "State": "Active", "LastUpdateStatus": "Successful"})

    async def invoke(request: Request) -> Response:
        function = find(request)
        if isinstance(function, Response):
            return function
        if request.headers.get("x-amz-invocation-type") == "DryRun":
            return Response(status_code=204)
        called = function.invoke(json.loads(await request.body() or b"null"))
        if request.headers.get("x-amz-invocation-type") == "Event":
            return Response(status_code=202)
        await asyncio.wait([asyncio.wrap_future(called)])
        if failure := called.exception():
            told = {"errorType": type(failure).__name__, "errorMessage": str(failure)}
            return JSONResponse(told, headers={"X-Amz-Function-Error": "Unhandled"})
        return JSONResponse(called.result())

    return [
        Route("/2015-03-31/functions/{name}/configuration", describe, methods=["GET"]),
        Route("/2015-03-31/functions/{name}/invocations", invoke, methods=["POST"]),
    ]


def http_api(api: Properties, function_of: FunctionOf) -> list[Route]:
    """The paths of an ``AWS::ApiGatewayV2::Api``; raises UsageError for what is not known here."""
    routes = []
    for path, methods in api["Body"].get("paths", {}).items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            found = _FUNCTION.search(integration["uri"])
            if path.startswith("$") or found is None or integration.get("payloadFormatVersion") != "2.0":
                raise UsageError(
                    f"the local cloud does not know how {method.upper()} {path} of the HTTP API is answered"
                )
            names = [] if method == "x-amazon-apigateway-any-method" else [method.upper()]
            route_key = f"{names[0] if names else 'ANY'} {path}"
            endpoint = _endpoint(route_key, function_of(found[1]))
            routes.append(Route(re.sub(r"\{(\w+)\+\}", r"{\1:path}", path), endpoint, methods=names or _METHODS))
    return routes


_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def _endpoint(route_key: str, function: LocalFunction) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        called = function.invoke(_event(route_key, request, await request.body()))
        await asyncio.wait([asyncio.wrap_future(called)])
        if called.exception():
            return JSONResponse({"message": "Internal Server Error"}, status_code=500)
        return _response(called.result())

    return endpoint


def _event(route_key: str, request: Request, body: bytes) -> dict[str, Any]:
    """A request as an HTTP API gives it to a function, in version 2.0 of its format."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        if name != "cookie":
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]},{value}" if name in query else value
    path, now = request.url.path, time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.url.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": request.url.hostname or _HOST,
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.scope['http_version']}",
                "sourceIp": request.client.host if request.client else _HOST,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = query
    if request.path_params:
        event["pathParameters"] = {name: str(value) for name, value in request.path_params.items()}
    if cookies := request.headers.get("cookie"):
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if body:
        try:
            event["body"] = body.decode()
        except UnicodeDecodeError:
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event


def _response(answer: Any) -> Response:
    """What a function gave, as an HTTP API answers: with a status code, or anything as JSON with 200."""
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        return JSONResponse(answer)
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = Response(content, status_code=int(answer["statusCode"]))
    for name, value in (answer.get("headers") or {}).items():
        response.headers[name] = str(value)
    # Powertools' answers have these where the event is of the older format.
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        response.headers[name] = ", ".join(map(str, values))
    for cookie in answer.get("cookies") or []:
        response.headers.append("set-cookie", cookie)
    return response


def _error(status: int, code: str, text: str) -> Response:
    """An error as AWS's clients read it."""
    return JSONResponse({"message": text}, status_code=status, headers={"x-amzn-ErrorType": code})
