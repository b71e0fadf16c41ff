"""A Git repository with the quick-start's manifests, and Git's own server for it on loopback."""

from __future__ import annotations

import base64
import os
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from e2e.support import ROOT


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=test", "-c", "user.email=test@example.com",
         "-c", "commit.gpgsign=false", *arguments], check=True, capture_output=True, text=True).stdout.strip()


class GitHandler(BaseHTTPRequestHandler):
    """Smart HTTP through `git http-backend`; with a token, only for who knows it."""

    protocol_version = "HTTP/1.0"

    def handle_request(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.credentials.append(self.headers.get("Authorization"))
        known = self.server.redirect_known if self.headers.get("Authorization") else ""
        there = self.server.redirect or known
        old, new = self.server.moved
        if there or old and self.path.startswith(old):
            self.send_response(302)
            self.send_header("Location", (there or self.server.url) + self.path.replace(old, new, 1))
            self.end_headers()
            return
        if self.server.token and not self.knows_token():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.answer()

    def knows_token(self) -> bool:
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        return kind == "Basic" and base64.b64decode(value).decode().endswith(f":{self.server.token}")

    def answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.server.root), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path, "QUERY_STRING": url.query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HOME": "/nonexistent", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        result = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = handle_request

    def log_message(self, *arguments: object) -> None:
        pass


class GitServer(ThreadingHTTPServer):
    def __init__(self, root: Path, certificate: Path | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), GitHandler)
        self.root, self.token = root, ""
        self.redirect = self.redirect_known = ""  # to another server; only who has credentials
        self.moved = ("", "")  # the beginning of a path, and its new one
        self.requests: list[str] = []
        self.credentials: list[str | None] = []
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Broken connections are what some tests are about."""

    def downloads(self) -> int:
        return sum(request.startswith("POST") for request in self.requests)


class Repository:
    """The quick-start's manifests in a work tree and a bare repository next to it."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare, self.folder = folder / "work", folder / "served" / "platform.git", folder
        shutil.copytree(ROOT / "manifests" / "quickstart", self.work / "manifests")
        git(self.work, "init", "--quiet", "--initial-branch=main")
        self.first = self.commit("first")
        subprocess.run(["git", "clone", "--quiet", "--bare", str(self.work), str(self.bare)], check=True,
                       capture_output=True)

    def commit(self, message: str) -> str:
        git(self.work, "add", "--all", ".")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.work, "rev-parse", "HEAD")

    def push(self, message: str) -> str:
        commit = self.commit(message)
        git(self.work, "push", "--quiet", "--force", str(self.bare), "HEAD:main")
        return commit
