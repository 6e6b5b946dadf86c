"""How a broker is reached: where it is, who connects, and how both prove who they are."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from awscrt.exceptions import AwsCrtError
from awscrt.io import ClientTlsContext, TlsContextOptions, TlsVersion, is_alpn_available

from argus.core.errors import UsageError

TLS_PORT, PLAIN_PORT = 8883, 1883
_WEB_PORT = 443
_AWS_PROTOCOL = "x-amzn-mqtt-ca"
"""What AWS IoT wants to be asked for where MQTT shares port 443."""


@dataclass(frozen=True)
class MqttAccess:
    """A broker, and what this device shows it.

    Attributes:
        thing: the device's name, and its client id: a broker knows one connection of each.
        certificate, key: PEM files of this device's X.509 certificate, for mutual TLS.
        authority: PEM file of who signed the broker's certificate; None: those that the machine trusts.
        user, password_file: for a broker that asks for them; the file's first line is the password.
        plain: without TLS. Everybody on the way reads along and may pretend to be the broker.
    """

    host: str
    port: int
    thing: str
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    user: str | None = None
    password_file: Path | None = None
    plain: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise UsageError("a certificate and its key belong together: give both, or neither")
        if (self.user is None) != (self.password_file is None):
            raise UsageError("a user and a password file belong together: give both, or neither")
        if self.plain and (self.certificate or self.authority):
            raise UsageError("certificates need TLS: leave them out, or do not ask for a plain connection")

    @property
    def encrypted(self) -> bool:
        """TLS, unless it was asked for without; to this machine itself only where certificates are given."""
        return not self.plain and not (is_loopback(self.host) and not (self.certificate or self.authority))

    def password(self) -> str | None:
        """Read anew at each start; raises UsageError."""
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text().partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the password file {self.password_file} cannot be read: {error}") from error

    def tls(self) -> ClientTlsContext | None:
        """None without encryption; raises UsageError for files that are missing or not what they should be."""
        if not self.encrypted:
            return None
        for path in (self.certificate, self.key, self.authority):
            if path is not None and not path.is_file():
                raise UsageError(f"there is no file {path}")
        files = ", ".join(str(path) for path in (self.certificate, self.key, self.authority) if path)
        try:
            if self.certificate:
                options = TlsContextOptions.create_client_with_mtls_from_path(str(self.certificate), str(self.key))
            else:
                options = TlsContextOptions()
            if self.authority:
                options.override_default_trust_store_from_path(None, str(self.authority))
            options.min_tls_ver = TlsVersion.TLSv1_2
            if self.port == _WEB_PORT and is_alpn_available():
                options.alpn_list = [_AWS_PROTOCOL]
            return ClientTlsContext(options)
        except (AwsCrtError, RuntimeError) as error:
            raise UsageError(f"{files}: not a certificate, its key and an authority in PEM ({error})") from error


def distrust(access: MqttAccess, seconds: float) -> str | None:
    """Why the broker's certificate is not trusted, as OpenSSL says it; None where it is, or cannot be asked.

    The MQTT client only tells that a handshake failed, half a minute late where it was the certificate.
    """
    context = ssl.create_default_context(cafile=access.authority)
    try:
        with (
            socket.create_connection((access.host, access.port), timeout=seconds) as connection,
            context.wrap_socket(connection, server_hostname=access.host),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError:
        return None


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine itself, and nobody is on the way."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
