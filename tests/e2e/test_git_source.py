"""Manifests from remote repositories: git's own servers on loopback, over http(s) and ssh."""

from __future__ import annotations

import getpass
import os
import select
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from e2e.daemon import Daemon
from e2e.git_server import GitServer, Repository, git
from e2e.support import Result, program

TOKEN = "tok-7c1d5e0b9a"


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


@pytest.fixture
def server(repository):
    running = GitServer(repository.bare.parent)
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def validate(tmp_path):
    """Validates a repository's folder `manifests`; the result as JSON in `.json`."""
    def run(url: str, *arguments: str, environment: dict[str, str] | None = None) -> Result:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        clean |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        command = ["validate", "--git", url, "--path", "manifests", "--output", "json",
                   "--state", str(tmp_path / "state"), *arguments]
        done = subprocess.run([str(program()), *command], env=clean | (environment or {}),
                              capture_output=True, text=True, timeout=120)
        assert TOKEN not in done.stdout + done.stderr
        return Result(command, done.returncode, done.stdout, done.stderr)
    return run


# http


def test_fetch_and_cache(repository, server, validate):
    url = f"{server.url}/platform.git"
    assert validate(url).expect(0).json["revision"] == repository.first
    assert server.downloads() == 1
    # Nothing new: asked for, not downloaded.
    assert validate(url).expect(0).json["revision"] == repository.first
    assert server.downloads() == 1
    second = repository.push("second")
    assert validate(url).expect(0).json["revision"] == second
    assert validate(url, "--ref", "main").expect(0).json["revision"] == second
    assert validate(url, "--ref", repository.first).expect(0).json["revision"] == repository.first


def test_names_of_references(repository, server, validate):
    url = f"{server.url}/platform.git"
    git(repository.work, "tag", "-a", "-m", "v1", "v1")
    git(repository.work, "push", "--quiet", str(repository.bare), "v1", "HEAD:dev")
    repository.push("second")
    for name in ("v1", "dev", "refs/tags/v1", "refs/heads/dev"):
        assert validate(url, "--ref", name).expect(0).json["revision"] == repository.first
    assert "no branch or tag 'none'" in validate(url, "--ref", "none").expect(1).err
    assert "path 'manifests/none' does not exist at commit" in \
        validate(url, "--path", "manifests/none").expect(1).err
    unknown = "0123456789" * 4
    assert f"commit {unknown} is not in the repository" in validate(url, "--ref", unknown).expect(1).err


def test_rewritten_history(repository, server, validate):
    """A force-push is followed; the commit that is gone from the branch can still be read."""
    url = f"{server.url}/platform.git"
    second = repository.push("second")
    validate(url).expect(0)
    git(repository.work, "reset", "--quiet", "--hard", repository.first)
    third = repository.push("third")
    assert validate(url).expect(0).json["revision"] == third
    assert validate(url, "--ref", second).expect(0).json["revision"] == second


def test_empty_repository(server, validate):
    subprocess.run(["git", "init", "--quiet", "--bare", str(server.root / "empty.git")], check=True)
    result = validate(f"{server.url}/empty.git").expect(1)
    assert "has no commits" in result.err


def test_missing_repository(server, validate):
    assert "404" in validate(f"{server.url}/none.git").expect(1).err


def take_pack(cache: Path) -> bytes:
    """The only pack of a repository, which has none afterwards."""
    pack = next(cache.glob("objects/pack/*.pack"))
    content = pack.read_bytes()
    shutil.rmtree(cache / "objects" / "pack")
    (cache / "objects" / "pack").mkdir()
    return content


def test_damaged_cache_is_made_anew(repository, server, validate, tmp_path):
    url = f"{server.url}/platform.git"
    validate(url).expect(0)
    cache = next((tmp_path / "state" / "git").glob("*.git"))
    for pack in cache.glob("objects/pack/pack-*"):
        pack.chmod(0o600)
        pack.write_bytes(b"not a pack")
    assert validate(url).expect(0).json["revision"] == repository.first
    (cache / "config").write_text("[core\n")
    assert validate(url).expect(0).json["revision"] == repository.first
    # Only some of the objects are lost.
    cache = next((tmp_path / "state" / "git").glob("*.git"))
    subprocess.run(["git", "-C", str(cache), "unpack-objects", "-q"], check=True,
                   input=take_pack(cache))
    lost = git(repository.work, "rev-parse", "HEAD:manifests/users.yaml")
    (cache / "objects" / lost[:2] / lost[2:]).unlink()
    assert validate(url).expect(0).json["revision"] == repository.first


def test_server_is_down(repository, server, validate):
    url = f"{server.url}/platform.git"
    validate(url).expect(0)
    server.shutdown()
    server.server_close()
    assert "cannot connect to" in validate(url).expect(1).err


# Tokens


def test_token_from_a_file_or_a_variable(repository, server, validate, tmp_path):
    server.token = TOKEN
    url = f"{server.url}/platform.git"
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert validate(url, "--git-token-file", str(file)).expect(0).json["revision"] == repository.first
    second = repository.push("second")
    assert validate(url, "--git-token-env", "MY_TOKEN",
                    environment={"MY_TOKEN": TOKEN}).expect(0).json["revision"] == second
    for path in (tmp_path / "state").rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()


def test_wrong_or_no_token(server, validate, tmp_path):
    server.token = TOKEN
    url = f"{server.url}/platform.git"
    result = validate(url, "--git-token-env", "MY_TOKEN", environment={"MY_TOKEN": "wrong-token"}).expect(1)
    assert "refused the credentials" in result.err
    assert "wrong-token" not in result.err
    assert "--git-token-file" in validate(url).expect(1).err
    assert "'MY_TOKEN'" in validate(url, "--git-token-env", "MY_TOKEN").expect(1).err


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("late", [False, True])
def test_redirects_are_not_followed(repository, server, validate, host, late):
    """Else whoever answers for the host, or for a path of it, could have the token sent anywhere."""
    elsewhere = GitServer(repository.bare.parent)
    elsewhere.token = TOKEN
    there = f"http://{host}:{elsewhere.server_port}"
    if late:
        server.token, server.redirect_known = TOKEN, there
    else:
        server.redirect = there
    result = validate(f"{server.url}/platform.git", "--git-token-env", "MY_TOKEN",
                      environment={"MY_TOKEN": TOKEN})
    assert "redirect" in result.expect(1).err
    assert elsewhere.requests == []
    elsewhere.shutdown()
    elsewhere.server_close()


def test_a_redirect_to_another_path_is_followed(repository, server, validate):
    server.moved = ("/old.git", "/platform.git")
    assert validate(f"{server.url}/old.git").expect(0).json["revision"] == repository.first


class Proxy(BaseHTTPRequestHandler):
    """Makes tunnels, and remembers where to."""

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def proxy():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    running.asked = []
    running.url = f"http://127.0.0.1:{running.server_port}"
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def test_through_a_proxy(repository, certificate, validate, proxy):
    server, elsewhere = (GitServer(repository.bare.parent, certificate) for _ in range(2))
    url = f"https://localhost:{server.server_port}/platform.git"
    authority = ["--ca-file", str(certificate / "cert.pem")]
    variables = {"https_proxy": proxy.url}
    assert validate(url, *authority, environment=variables).expect(0).json["revision"] == repository.first
    assert set(proxy.asked) == {f"localhost:{server.server_port}"}
    server.redirect = f"https://localhost:{elsewhere.server_port}"
    for environment in (variables, {}):
        assert "redirect" in validate(url, *authority, environment=environment).expect(1).err
    assert elsewhere.requests == []
    for each in (server, elsewhere):
        each.shutdown()
        each.server_close()


@pytest.mark.parametrize("proxy", ["me:hush-hush@127.0.0.1:1", "http://me:hush-hush@127.0.0.1:1", "http://me:hush-hush@[::1"])
def test_the_password_of_a_proxy_is_not_shown(validate, scenario, proxy):
    variables = {name: proxy for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")}
    assert "hush" not in validate("https://git.example.com/platform.git", environment=variables).expect(1).err
    told = scenario.run("plan", env=variables | {"AWS_MAX_ATTEMPTS": "1"})
    assert "hush" not in told.out + told.err


# https


@pytest.fixture
def certificate(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")],
                   check=True, capture_output=True)
    return tmp_path


def test_certificates_are_checked(repository, certificate, validate):
    server = GitServer(repository.bare.parent, certificate)
    server.token = TOKEN
    url = f"https://localhost:{server.server_port}/platform.git"
    token = {"MY_TOKEN": TOKEN}
    result = validate(url, "--git-token-env", "MY_TOKEN", environment=token).expect(1)
    assert "certificate" in result.err
    assert server.requests == []
    result = validate(url, "--git-token-env", "MY_TOKEN", "--ca-file", str(certificate / "cert.pem"),
                      environment=token)
    assert result.expect(0).json["revision"] == repository.first
    server.shutdown()
    server.server_close()


# ssh


class SshServer:
    """sshd on loopback for the present user, with keys of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("host", "client", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "client.pub", folder / "authorized_keys")
        self.process = None
        self.port = 0
        for port in range(40022, 40100):
            self.process = self.start(port)
            if self.process:
                self.port = port
                break
        assert self.process, (folder / "log").read_text()

    def start(self, port: int) -> subprocess.Popen | None:
        (self.folder / "config").write_text(
            f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {self.folder}/host\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nStrictModes no\nUsePAM no\n"
            f"PermitRootLogin yes\nPasswordAuthentication no\nPidFile none\n")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(self.folder / "config"),
                                    "-E", str(self.folder / "log")])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            if "Server listening" in ((self.folder / "log").read_text() if (self.folder / "log").exists() else ""):
                return process
            time.sleep(0.02)
        process.kill()
        process.wait()
        return None

    def known_hosts(self, key: str = "host", host: str | None = None) -> Path:
        public = " ".join((self.folder / f"{key}.pub").read_text().split()[:2])
        file = self.folder / "known_hosts"
        file.write_text(f"{host or f'[127.0.0.1]:{self.port}'} {public}\n")
        return file

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """libgit2 1.5.1 keeps what it read of known-hosts files; the leak is not ours to mend."""
    suppressions = tmp_path / "lsan"
    suppressions.write_text("leak:libssh2_knownhost\nleak:libgit2.so\nleak:libssh2.so\n")
    monkeypatch.setenv("LSAN_OPTIONS", f"suppressions={suppressions}:print_suppressions=0")
    running = SshServer(tmp_path / "ssh")
    yield running
    running.stop()


def test_ssh(repository, ssh, validate):
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{ssh.port}{repository.bare}"
    key = ["--ssh-key-file", str(ssh.folder / "client")]
    known = ["--known-hosts", str(ssh.known_hosts())]
    assert validate(url, *key, *known).expect(0).json["revision"] == repository.first

    stranger = ["--ssh-key-file", str(ssh.folder / "stranger")]
    assert "127.0.0.1" in validate(url, *stranger, *known).expect(1).err

    missing = ["--ssh-key-file", str(ssh.folder / "none")]
    assert "read the ssh key" in validate(url, *missing, *known).expect(1).err


def test_a_repository_that_is_not_behind_ssh_is_a_rejected_source(repository, ssh, scenario):
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{ssh.port}{repository.bare}-none"
    with Daemon(scenario, "--ssh-key-file", str(ssh.folder / "client"), "--known-hosts", str(ssh.known_hosts()),
                source=["--git", url], env={"LSAN_OPTIONS": os.environ["LSAN_OPTIONS"]}) as daemon:
        status = daemon.rest()
        assert (status["reason"], status["source"]["error"]["code"]) == ("source-rejected", "not-found")
        assert daemon.end() == 0


def test_ssh_host_keys_are_checked(repository, ssh, validate, tmp_path):
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{ssh.port}{repository.bare}"
    key = ["--ssh-key-file", str(ssh.folder / "client")]
    # Without a file of our own that of the user counts, and it does not exist here.
    assert "is not in the known-hosts file" in validate(url, *key).expect(1).err
    other = ["--known-hosts", str(ssh.known_hosts(host="git.example.com"))]
    assert "is not in the known-hosts file" in validate(url, *key, *other).expect(1).err
    changed = ["--known-hosts", str(ssh.known_hosts(key="stranger"))]
    assert "differs from" in validate(url, *key, *changed).expect(1).err
    none = ["--known-hosts", str(tmp_path / "none")]
    assert "none" in validate(url, *key, *none).expect(1).err
    # The user's own file.
    (tmp_path / ".ssh").mkdir()
    shutil.copy(ssh.known_hosts(), tmp_path / ".ssh" / "known_hosts")
    assert validate(url, *key).expect(0).json["revision"] == repository.first
