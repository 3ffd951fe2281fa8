"""Signing events as PayPal does, with a certificate of an authority of the fake's own."""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "messageverificationcerts.sandbox.paypal.com"
AUTHORITY = "Fake authority"
DAY = timedelta(days=1)


class Signer:
    """An authority (``roots``), a certificate of its (``chain``), both PEM, and the key to sign with."""

    def __init__(self, *, name: str = NAME, issued: datetime | None = None, days: int = 30) -> None:
        issued = issued or datetime.now(UTC) - DAY
        times = (issued, issued + timedelta(days=days))
        by, self._key = _key(), _key()
        root = _certificate(AUTHORITY, by, by, times)
        leaf = _certificate(name, self._key, by, times)
        self.roots = root.public_bytes(serialization.Encoding.PEM)
        self.chain = leaf.public_bytes(serialization.Encoding.PEM) + self.roots

    def signed(
        self, event: Mapping[str, Any], *, webhook_id: str, certificate: str, at: float
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the call that brings ``event``, signed at ``at``."""
        body = json.dumps(event, separators=(",", ":")).encode()
        transmission, moment = str(uuid.uuid4()), _iso(at)
        message = f"{transmission}|{moment}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return body, {
            "Content-Type": "application/json",
            "PayPal-Auth-Algo": "SHA256withRSA",
            "PayPal-Cert-Url": certificate,
            "PayPal-Transmission-Id": transmission,
            "PayPal-Transmission-Sig": base64.b64encode(signature).decode(),
            "PayPal-Transmission-Time": moment,
        }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, by: rsa.RSAPrivateKey, times: tuple[datetime, datetime]
) -> x509.Certificate:
    """Of ``key``, issued by the authority whose key is ``by``: the authority's own, where they are one."""
    root = key is by
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, AUTHORITY))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(times[0])
        .not_valid_after(times[1])
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign" if root else "digital_signature"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not root:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(server, critical=False)
    return builder.sign(by, hashes.SHA256())


def _usage(only: str) -> x509.KeyUsage:
    uses = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{use: use == only for use in (*uses, *more)})
