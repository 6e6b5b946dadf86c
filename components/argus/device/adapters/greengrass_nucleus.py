"""The component's configuration and state, by the nucleus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from awsiot.eventstreamrpc import EventStreamOperationError
from awsiot.greengrasscoreipc import model

from argus.device.adapters.greengrass_ipc import NucleusConnection, Refused
from argus.device.nucleus import ComponentState
from argus.device.settings.model import Settings
from argus.device.transport import TransportError

_KEYS = tuple(field.name for field in fields(Settings))

_NOT_OURS = "accessControl"


class GreengrassNucleus:
    """Implements :class:`argus.device.nucleus.Nucleus`."""

    def __init__(self, connection: NucleusConnection) -> None:
        self._connection = connection

    def get_configuration(self) -> dict[str, Any]:
        try:
            document = self._value([])
        except model.ServiceError:
            # The whole does not fit into one message; its parts may.
            document = {}
            for name in _KEYS:
                part = self._part(name)
                document |= {} if part is None else {name: part}
        return {key: value for key, value in document.items() if key != _NOT_OURS}

    def on_configuration_change(self, handler: Callable[[], None]) -> None:
        what = "SubscribeToConfigurationUpdate"
        try:
            self._connection.ask(
                what,
                lambda client: client.subscribe_to_configuration_update_async(
                    key_path=[],
                    on_stream_event=lambda event: handler(),
                    on_stream_error=lambda error: False,
                    on_stream_closed=lambda: self._connection.lose(
                        "the nucleus ended the subscription to configuration"
                    ),
                )[0],
            )
        except EventStreamOperationError as error:
            raise Refused(what, error) from error

    def report_state(self, state: ComponentState) -> None:
        what, request = f"UpdateState to {state}", model.UpdateStateRequest(state=state)
        try:
            self._connection.call(what, lambda client: client.new_update_state(), request)
        except EventStreamOperationError as error:
            raise Refused(what, error) from error

    def _value(self, key_path: list[str]) -> dict[str, Any]:
        """Raises ServiceError as it is, among whose reasons is an answer that would be too long."""
        try:
            answer = self._connection.call(
                "GetConfiguration",
                lambda client: client.new_get_configuration(),
                model.GetConfigurationRequest(key_path=key_path),
            )
        except model.ResourceNotFoundError:
            return {}
        except model.ServiceError:
            raise
        except EventStreamOperationError as error:
            raise Refused("GetConfiguration", error) from error
        value: dict[str, Any] = answer.value
        return value

    def _part(self, name: str) -> Any:
        """One of the top keys; a leaf is answered as ``{name: value}``. None where there is nothing."""
        try:
            value = self._value([name])
        except model.ServiceError as error:
            raise TransportError(
                f"the nucleus cannot tell the configuration of {name!r} (ServiceError): with more than 9,000 bytes or "
                "some 120 keys it does not fit into one of its messages; shorten it"
            ) from error
        return value[name] if value.keys() == {name} else value or None
