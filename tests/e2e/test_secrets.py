"""No secret in any output, log, plan file or state, whatever goes wrong.

All of the program's traffic with AWS passes a recorder, so that also the keys of assumed roles and the
signatures that were made are known; then everything it printed and wrote is searched for them.
"""

from __future__ import annotations

import base64
import http.client
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from cloud.client import Cloud
from e2e.daemon import Daemon
from e2e.support import Result, Scenario
from e2e.test_git_source import GitServer, Repository

HUB, DEV = "111111111111", "123456789012"
TOKEN = "tok+secret/9f3b7c51e2d84a60"
PASSWORD = "pass-77ab31c09e"


class Recorder(BaseHTTPRequestHandler):
    """Passes requests on as they are, and keeps what is secret in them and their answers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        secrets = self.server.secrets
        authorization = self.headers.get("Authorization", "")
        secrets |= set(re.findall(r"Signature=([0-9a-f]{64})", authorization))
        secrets.add(self.headers.get("X-Amz-Security-Token", ""))
        target = urlsplit(self.server.target)
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        try:
            connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        for member in ("SecretAccessKey", "SessionToken"):
            secrets |= set(re.findall(f"<{member}>([^<]+)</{member}>", content.decode(errors="replace")))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


class RecorderServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Recorder)
        self.target, self.secrets = target, set()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """A program that goes away is no news."""


class Witness:
    """Runs the program every way, keeps what it says, and knows the secrets."""

    def __init__(self, scenario: Scenario, recorder: RecorderServer, git: GitServer) -> None:
        self.scenario, self.recorder, self.git = scenario, recorder, git
        self.said: list[tuple[str, str]] = []
        self.log = "json"
        self.secrets = {TOKEN, PASSWORD}
        self.tokens = scenario.folder / "token"
        self.tokens.write_text(TOKEN + "\n")

    def know(self, *secrets: str) -> None:
        self.secrets |= {secret for secret in secrets if secret}

    def session(self, **fields: object) -> dict[str, str]:
        """Variables with temporary credentials of the hub account."""
        key = self.scenario.cloud.new_credentials(HUB, session=True, **fields)
        self.know(key["secret_access_key"], key["session_token"])
        return {"AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
                "AWS_SESSION_TOKEN": key["session_token"]}

    def run(self, *arguments: str, codes: tuple[int, ...], remote: bool = False,
            env: dict[str, str] | None = None) -> Result:
        """With all that can be logged, as text and as JSON by turns."""
        here = {"AWS_ENDPOINT_URL": self.recorder.url} | (env or {})
        source = ["--git", f"{self.git.url}/platform.git", "--path", "manifests", "--git-token-file",
                  str(self.tokens)] if remote else []
        self.log = "json" if self.log == "text" else "text"
        result = self.scenario.run(*arguments, *source, "--log-level", "debug", "--log-format", self.log, "--verbose",
                                   source=not remote, env=here)
        self.said.append((" ".join(result.arguments) + " [stdout]", result.out))
        self.said.append((" ".join(result.arguments) + " [stderr]", result.err))
        return result.expect(*codes)


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    with Cloud("--settle-ms", "0") as cloud:
        scenario = Scenario(cloud, folder, account=HUB)
        cloud.role("keeper", account=DEV, trusted_accounts=[HUB], external_id="acme-7781")
        role = f'{{name: ml-dev, id: "{DEV}", roleArn: "arn:aws:iam::{DEV}:role/keeper", externalId: acme-7781,'
        organization = scenario.repository / "organization.yaml"
        text = re.sub(r"    - name: ml-dev\n.*?\n  defaults:", f"    - {role} regions: [us-east-1]}}\n  defaults:",
                      organization.read_text(), flags=re.S)
        organization.write_text(text)
        scenario.commit("assume a role")
        repository = Repository(folder / "remote")
        (repository.work / "manifests" / "organization.yaml").write_text(text)
        repository.push("assume a role")
        recorder, git = RecorderServer(cloud.endpoint), GitServer(repository.bare.parent)
        git.token = TOKEN
        made = Witness(scenario, recorder, git)
        made.know(cloud.credentials(HUB)["secret_access_key"])
        everything(made)
        yield made
        for server in (recorder, git):
            server.shutdown()
            server.server_close()


def controller(witness: Witness) -> None:
    """The one that goes on running: a cycle, one with a source that refuses, an end."""
    source = ["--git", f"{witness.git.url}/platform.git", "--path", "manifests", "--git-token-env", "GIT_TOKEN"]
    environment = {"AWS_ENDPOINT_URL": witness.recorder.url, "GIT_TOKEN": TOKEN} | witness.session()
    with Daemon(witness.scenario, "--log-level", "debug", "--verbose", source=source, env=environment) as daemon:
        daemon.rest()
        witness.git.token = PASSWORD
        assert daemon.cycle()["source"]["error"]["code"] == "credentials"
        witness.git.token = TOKEN
        witness.said.append(("status [stdout]", witness.scenario.run("status", source=False).expect(0).out))
        assert daemon.end() == 0
        witness.said.append(("run [stderr]", daemon.log_file.read_text()))


def everything(witness: Witness) -> None:
    """Successes and failures of every command."""
    cloud, folder, run = witness.scenario.cloud, witness.scenario.folder, witness.run
    plan = str(folder / "plan.json")
    run("validate", remote=True, codes=(0,))
    run("plan", "--out", plan, env=witness.session(), codes=(2,))
    run("apply", plan, codes=(0, 1, 3))
    run("apply", "--yes", remote=True, codes=(0,))
    run("plan", "--output", "json", codes=(0,))
    run("drift", env=witness.session(), codes=(0,))
    run("get", codes=(0,))
    run("run", "--once", "--mode", "enforce", remote=True, codes=(0,))
    controller(witness)
    # credentials that do not work
    session = witness.session()
    run("plan", env=session | {"AWS_SECRET_ACCESS_KEY": PASSWORD}, codes=(4,))
    run("plan", env=session | {"AWS_SESSION_TOKEN": PASSWORD}, codes=(4,))
    run("plan", env=witness.session(expires_in=-60), codes=(4,))
    run("plan", env={"AWS_SECRET_ACCESS_KEY": ""}, codes=(1, 4))
    # answers that say too much, or too little
    known = session["AWS_SESSION_TOKEN"]
    witness.know("ab" * 32)
    header = f"AWS4-HMAC-SHA256 Credential={session['AWS_ACCESS_KEY_ID']}/20260101, Signature={'ab' * 32}"
    for message in ("The Canonical String should have been 'POST\n/\n\nhost:sts\nx-amz-date:20260101T000000Z\n"
                    f"x-amz-security-token:{known}\n\nhost;x-amz-date' and Authorization: {header}",
                    f"x-amz-security-token:{known} was not signed", f"bad header authorization:{header}"):
        cloud.inject("fail", "AssumeRole", occurrence="every", code="SignatureDoesNotMatch", status=403, message=message)
        run("plan", env=session, codes=(4,))
        cloud.clear_faults()
    cloud.inject("fail", "ListUserProfiles", occurrence="every", code="AccessDeniedException", status=400, message=(
        f"see https://user:{PASSWORD}@example.com/?X-Amz-Signature={'ab' * 32}&X-Amz-Security-Token={quote(known)}"))
    run("plan", "--output", "json", codes=(4,))
    cloud.clear_faults()
    for operation in ("AssumeRole", "GetCallerIdentity", "ListRoles"):
        for kind in ("truncate", "drop_after", "throttle"):
            cloud.inject(kind, operation, occurrence=1)
            run("plan", codes=(0, 4))
            cloud.clear_faults()
    cloud.inject("fail", "PutRolePolicy", occurrence="every", code="MalformedPolicyDocument", status=400,
                 message=f"aws_secret_access_key={PASSWORD} is no policy, nor is x-amz-security-token: {known}")
    witness.scenario.edit("policies/reports.json", '"Allow"', '"Deny"')
    run("apply", "--yes", env=session, codes=(4,))
    cloud.clear_faults()
    # files of the user
    credentials = folder / "credentials"
    for text in (f"[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key {PASSWORD}\n",
                 f"[default\naws_secret_access_key = {PASSWORD}\n", f"{PASSWORD}\n",
                 f"[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {PASSWORD}\n"):
        credentials.write_text(text)
        run("plan", env={"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_ACCESS_KEY_ID": "",
                         "AWS_SECRET_ACCESS_KEY": ""}, codes=(1, 4))
    config = folder / "sagekeeper.yaml"
    for text in (f"gitToken: {PASSWORD}\n", f"gitTokenFile: [{PASSWORD}]\n"):
        config.write_text(text)
        run("validate", "--config", str(config), codes=(1,))
    # Git that does not let in
    address = witness.git.url.split("//")[1]
    for url in (f"http://user:{PASSWORD}@{address}/platform.git", f"https://{PASSWORD}@{address}/platform.git",
                f"{witness.git.url}/platform.git?token={PASSWORD}", f"{witness.git.url}/{PASSWORD}@x/platform.git"):
        result = witness.scenario.run("validate", "--git", url, "--log-level", "debug", source=False)
        result.expect(1, 64)
        # The last has no secret in a place where a URL has one: that path may be shown.
        if not url.endswith("@x/platform.git"):
            witness.said.append((f"validate --git … [{len(witness.said)}]", result.out + result.err))
    witness.tokens.write_text(PASSWORD + "\n")
    run("validate", remote=True, codes=(1,))
    witness.tokens.write_text(TOKEN + "\n")


def spellings(secret: str) -> set[bytes]:
    """As it is, in a URL, in JSON, and as Basic authentication has it."""
    found = {secret, quote(secret, safe=""), secret.replace("/", "\\/")}
    for user in ("", "git", "x-access-token", "oauth2", "token"):
        found.add(base64.b64encode(f"{user}:{secret}".encode()).decode().rstrip("="))
    return {spelling.encode() for spelling in found}


def search(what: str, data: bytes, secrets: set[str]) -> list[str]:
    found = [f"{what}: secret of {len(secret)} characters" for secret in secrets
             if any(spelling in data for spelling in spellings(secret))]
    for pattern in (rb"AWS4-HMAC-SHA256 ", rb"Authorization: *[A-Z]", rb"X-Amz-Signature=[0-9a-f]", rb"Signature=[0-9a-f]"):
        if re.search(pattern, data):
            found.append(f"{what}: {pattern!r}")
    return found


def all_secrets(witness: Witness) -> set[str]:
    return {secret for secret in witness.secrets | witness.recorder.secrets if secret}


def test_the_recorder_saw_what_is_secret(witness):
    """Otherwise the search below would prove nothing."""
    secrets = witness.recorder.secrets
    assert len([secret for secret in secrets if re.fullmatch("[0-9a-f]{64}", secret)]) > 100, "signatures"
    assert len([secret for secret in secrets if not re.fullmatch("[0-9a-f]{64}", secret)]) > 10, "keys and tokens"
    assert any(header and TOKEN in base64.b64decode(header.split()[1]).decode()
               for header in witness.git.credentials if header)
    assert sum(len(text) for _, text in witness.said) > 100_000
    assert any("AssumeRole" in text for _, text in witness.said), "debug logs name the calls"
    assert search("x", f"a {TOKEN} b".encode(), {TOKEN}) and search("x", quote(TOKEN, safe="").encode(), {TOKEN})


def test_nothing_secret_is_printed_or_logged(witness):
    secrets = all_secrets(witness)
    assert [line for what, text in witness.said for line in search(what, text.encode(), secrets)] == []


def test_nothing_secret_is_written(witness):
    """The plan files, the whole state folder, and all else below the test's folder but the test's own files."""
    secrets = all_secrets(witness)
    own = {witness.tokens, witness.scenario.folder / "credentials", witness.scenario.folder / "sagekeeper.yaml"}
    files = [path for path in witness.scenario.folder.rglob("*") if path.is_file() and path not in own]
    assert any(path.name == "plan.json" for path in files)
    assert any(witness.scenario.state in path.parents for path in files)
    assert [line for path in files for line in search(str(path), path.read_bytes(), secrets)] == []


def test_what_only_identifies_is_told(witness):
    """Whoever has to repair an assumption must read which role it was."""
    said = "".join(text for _, text in witness.said)
    assert f"arn:aws:iam::{DEV}:role/" in said
    for words in ("The Canonical String should have been", "see https://***@example.com", "aws_secret_access_key***"):
        assert words in said, "what AWS says is told, without the secrets in it"
