"""A certificate of one's own, for HTTPS inside a company: a small authority, and a certificate it signed.

Phones and browsers that trust the authority (ca.pem) trust the server. Run as a program it makes or renews both.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kedang.kernel import clock
from kedang.project import home

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # more is refused by phones
RENEW_BEFORE = timedelta(days=30)
BACK = timedelta(days=1)  # clocks of phones differ


@dataclass(frozen=True, slots=True)
class Files:
    """Where the certificate, its key and the authority lie."""

    certificate: Path
    key: Path
    authority: Path


def files() -> Files:
    """Return where they lie in this home."""
    folder = home.path() / "tls"
    return Files(folder / "server.pem", folder / "server-key.pem", folder / "ca.pem")


def ensure(names: Sequence[str]) -> Files:
    """Make what is missing: the authority once, the certificate when its names change or its end is near."""
    found = files()
    found.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key = found.key.with_name("ca-key.pem")
    if not (found.authority.exists() and authority_key.exists()):
        _make_authority(found.authority, authority_key)
    if not _good(found, names):
        _make_server(found, authority_key, names)
    return found


def own_names(more: Sequence[str] = ()) -> list[str]:
    """Return the names and addresses of this machine, and those asked for."""
    found = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    with suppress(OSError):
        known = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        found += [str(one[4][0]) for one in known]
    # nothing is sent: this asks which address would be used
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    return sorted({name.partition("%")[0] for name in (*found, *more) if name})


def _make_authority(target: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Kedang {socket.gethostname()}"[:64])])
    now = clock.now()
    made = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key))
    _write(target, made.public_bytes(serialization.Encoding.PEM))


def _make_server(found: Files, authority_key: Path, names: Sequence[str]) -> None:
    authority = x509.load_pem_x509_certificate(found.authority.read_bytes())
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kedang")])
    made = (
        _builder(subject, authority.subject, key.public_key(), clock.now(), SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(found.key, _pem(key))
    chain = made.public_bytes(serialization.Encoding.PEM) + found.authority.read_bytes()
    _write(found.certificate, chain)


def _good(found: Files, names: Sequence[str]) -> bool:
    if not (found.certificate.exists() and found.key.exists()):
        return False
    made = x509.load_pem_x509_certificate(found.certificate.read_bytes())
    held = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    wanted = {_name(one).value for one in names}
    return made.not_valid_after_utc - clock.now() > RENEW_BEFORE and wanted <= {one.value for one in held}


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACK)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=sign, crl_sign=sign, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, data: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
    draft.replace(file)


if __name__ == "__main__":
    mine = own_names(sys.argv[1:])
    ensure(mine)
    sys.stdout.write("\n".join(mine) + "\n")
