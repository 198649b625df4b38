"""Who we are to a server, and whether we believe who it says it is.

Our own certificate is made at first use and kept under ``var/opcua/own``; a server's is believed if it, or
the authority that signed it, was pasted into the connection or lies in ``var/opcua/trusted``. One that isn't
is kept in ``var/opcua/refused`` for a person to look at.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto import security_policies
from asyncua.crypto.uacrypto import CertProperties
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from integrations.signals.base import ConnectionLost

POLICIES = (
    "Basic256Sha256,SignAndEncrypt",
    "Basic256Sha256,Sign",
    "Aes256Sha256RsaPss,SignAndEncrypt",
    "Aes128Sha256RsaOaep,SignAndEncrypt",
    "None",
)
VALID_FOR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Identity:
    """Our application's certificate: what a server's engineer has to trust."""

    uri: str
    certificate: Path
    key: Path


def folder() -> Path:
    """Where certificates lie; ``MES_VAR_DIR`` as everywhere, else ``var`` where we were started."""
    return Path(os.environ.get("MES_VAR_DIR") or "var").resolve() / "opcua"


def own_identity(base: Path | None = None) -> Identity:
    """Our certificate, made if there is none. Raises ``ConnectionLost`` when it has run out."""
    own = (base or folder()) / "own"
    uri = f"urn:{socket.gethostname()}:mes"
    identity = Identity(uri, own / "certificate.der", own / "key.pem")
    if not identity.certificate.exists() or not identity.key.exists():
        _make(identity)
    certificate = x509.load_der_x509_certificate(identity.certificate.read_bytes())
    problem = _out_of_time(certificate)
    if problem:
        raise ConnectionLost(
            f"Our own certificate {identity.certificate} {problem}: remove it, a new one is made."
        )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Identity(
        names.get_values_for_type(x509.UniformResourceIdentifier)[0], identity.certificate, identity.key
    )


def _make(identity: Identity) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    host, now = socket.gethostname(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MES {host}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri), x509.DNSName(host)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    identity.key.parent.mkdir(parents=True, exist_ok=True)
    identity.key.touch(mode=0o600)
    identity.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption_algorithm=NoEncryption())
    )
    identity.certificate.write_bytes(certificate.public_bytes(Encoding.DER))


async def secure(
    client: Client, *, policy: str, trusted: str, trust_any: bool, base: Path | None = None
) -> None:
    """Prepare a client that isn't connected yet. Raises ``ConnectionLost`` with what a person has to do."""
    if policy not in POLICIES:
        raise ConnectionLost(f"{policy} is no security we know: {', '.join(POLICIES)}.")
    if policy == "None":
        return
    name, mode = policy.split(",")
    kind = getattr(security_policies, f"SecurityPolicy{name}")
    endpoint = await _endpoint(client, kind.URI, getattr(ua.MessageSecurityMode, mode), policy)
    certificate = x509.load_der_x509_certificate(first_of(endpoint.ServerCertificate))
    check_server(certificate, endpoint.Server.ApplicationUri, trusted=trusted, trust_any=trust_any, base=base)
    identity = own_identity(base)
    client.application_uri = identity.uri
    await client.set_security(
        kind,
        certificate=str(identity.certificate),
        private_key=str(identity.key),
        server_certificate=CertProperties(certificate.public_bytes(Encoding.DER), "der"),
        mode=getattr(ua.MessageSecurityMode, mode),
    )


async def _endpoint(
    client: Client, uri: str, mode: ua.MessageSecurityMode, policy: str
) -> ua.EndpointDescription:
    offered = await client.connect_and_get_server_endpoints()
    for endpoint in offered:
        if endpoint.SecurityPolicyUri == uri and endpoint.SecurityMode == mode and endpoint.ServerCertificate:
            return endpoint
    kinds = sorted(
        {f"{one.SecurityPolicyUri.rsplit('#', 1)[-1]},{one.SecurityMode.name.rstrip('_')}" for one in offered}
    )
    raise ConnectionLost(f"The server doesn't offer {policy}; it offers {' · '.join(kinds)}.")


def check_server(
    certificate: x509.Certificate,
    application_uri: str | None,
    *,
    trusted: str,
    trust_any: bool,
    base: Path | None = None,
) -> None:
    """Whether a server's certificate is valid now, its own and trusted. Raises ``ConnectionLost``."""
    if trust_any:
        return
    who = described(certificate)
    if problem := _out_of_time(certificate):
        raise ConnectionLost(
            f"The server's certificate {problem} ({who}). It has to be renewed at the server."
        )
    if application_uri and (uris := _uris(certificate)) and application_uri not in uris:
        raise ConnectionLost(
            f"The server calls itself {application_uri}, but its certificate is of {', '.join(uris)} ({who})."
        )
    place = base or folder()
    if not _is_trusted(certificate, [*_in_text(trusted), *_in_folder(place / "trusted")]):
        kept = _keep(certificate, place / "refused")
        raise ConnectionLost(
            f"The server's certificate is not trusted ({who}). Compare the fingerprint at the server, then "
            f"paste the certificate into this connection or move {kept} to {place / 'trusted'}."
        )


def described(certificate: x509.Certificate) -> str:
    """A certificate as people compare it: name, end, fingerprint."""
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    pairs = ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))
    subject = certificate.subject.rfc4514_string()
    return f"{subject}, valid until {certificate.not_valid_after_utc:%Y-%m-%d}, SHA-256 {pairs}"


def first_of(chain: bytes) -> bytes:
    """The first certificate of a chain in DER: its own length stands at its beginning."""
    return chain[: int.from_bytes(chain[2:4], "big") + 4]


def _out_of_time(certificate: x509.Certificate) -> str:
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc < now:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if certificate.not_valid_before_utc > now:
        return f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    return ""


def _uris(certificate: x509.Certificate) -> Sequence[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _is_trusted(certificate: x509.Certificate, trusted: Sequence[x509.Certificate]) -> bool:
    """Itself, or signed by an authority that is valid now."""
    return any(one == certificate or _signed(certificate, one) for one in trusted)


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        is_authority = authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(authority)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return is_authority and not _out_of_time(authority)


def _in_text(text: str) -> list[x509.Certificate]:
    if not text.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise ConnectionLost(f"The pasted certificate can't be read: {error}") from None


def _in_folder(place: Path) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for file in sorted(place.glob("*")) if place.is_dir() else ():
        content = file.read_bytes()
        try:
            if content.lstrip().startswith(b"-----"):
                found += x509.load_pem_x509_certificates(content)
            else:
                found.append(x509.load_der_x509_certificate(content))
        except ValueError as error:
            raise ConnectionLost(f"{file} is no certificate: {error}") from None
    return found


def _keep(certificate: x509.Certificate, place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{certificate.fingerprint(hashes.SHA256()).hex()[:16]}.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return file
