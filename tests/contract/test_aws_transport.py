"""TLS and proxies, as a user sees them: through the environment."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading
from pathlib import Path
from typing import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aws_tool import call

IDENTITY = (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>")
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_MAX_ATTEMPTS": "1"}
JOB = {"calls": [{"service": "sts", "operation": "GetCallerIdentity", "region": "us-east-1"}]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.targets.append((self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(IDENTITY)))
        self.end_headers()
        self.wfile.write(IDENTITY)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.targets: list[tuple[str, str]] = []

    def handle_error(self, *_: object) -> None:
        pass  # refused handshakes are what is tested


def certificate(folder: Path, host: str) -> Path:
    """A self-signed certificate for `host` with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    alternative = (x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host))
    built = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
             .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
             .not_valid_after(now + datetime.timedelta(days=1))
             .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
             .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
             .sign(key, hashes.SHA256()))
    path = folder / f"{host}.pem"
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def with_tls(server: Server, pem: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def test_a_certificate_that_is_trusted(server: Server, tmp_path: Path) -> None:
    pem = certificate(tmp_path, "127.0.0.1")
    with_tls(server, pem)
    url = f"https://127.0.0.1:{server.server_port}"
    [answer] = call(JOB, {**KEYS, "AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(pem)})
    assert answer["output"] == {"Account": "111111111111"}
    assert server.targets[-1] == ("/", f"127.0.0.1:{server.server_port}")


@pytest.mark.parametrize("trusted", [False, True], ids=["unknown issuer", "other host"])
def test_a_certificate_that_is_not(server: Server, tmp_path: Path, trusted: bool) -> None:
    pem = certificate(tmp_path, "localhost" if trusted else "127.0.0.1")
    with_tls(server, pem)
    bundle = {"AWS_CA_BUNDLE": str(pem)} if trusted else {}
    [answer] = call(JOB, {**KEYS, "AWS_ENDPOINT_URL": f"https://127.0.0.1:{server.server_port}", **bundle})
    assert answer["error"] == "invalid" and "certificate" in answer["message"].lower()
    assert server.targets == []


def test_a_proxy_of_the_environment(server: Server) -> None:
    proxy = {"http_proxy": f"http://127.0.0.1:{server.server_port}"}
    [answer] = call(JOB, {**KEYS, "AWS_ENDPOINT_URL": "http://aws.example:8080", **proxy})
    assert answer["output"] == {"Account": "111111111111"}
    assert server.targets[-1] == ("http://aws.example:8080/", "aws.example:8080")


def test_no_proxy(server: Server) -> None:
    environment = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                   "http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}
    [answer] = call(JOB, environment)
    assert "output" in answer
