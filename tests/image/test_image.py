"""The image made by the Dockerfile: what it says of itself, what is in it, and that it works as its own
user on a root file system that cannot be written to."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from cloud.client import wait_until
from e2e.git_server import GitServer, Repository
from e2e.support import ACCOUNT, Scenario
from image import building
from image.container import Container

STATE = "/var/lib/sagekeeper"
PROGRAM = "usr/local/bin/sagekeeper"
# What installing packages and building an image leaves beside the files of packages.
MADE_BY_INSTALLING = re.compile(
    r"(etc/(ssl/certs|ld\.so\.cache|ca-certificates\.conf|hosts|resolv\.conf|hostname)|usr/local/share/ca-certificates"
    r"|var/(lib|cache)/(dpkg|apt|debconf|ldconfig)|run|dev|sys|proc|var/lib/sagekeeper)(/|-old$|$)")


@pytest.fixture
def container(built, tmp_path):
    return Container(built.root, built.config, tmp_path / "volume")


def packages(root: Path) -> dict[str, str]:
    """Installed packages with their sections."""
    found = {}
    for paragraph in (root / "var/lib/dpkg/status").read_text().split("\n\n"):
        fields = dict(re.findall(r"^(\w[\w-]*): (.*)$", paragraph, re.M))
        if fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields["Section"]
    return found


def files(root: Path) -> set[str]:
    """Every file and link, relative to the root."""
    return {os.path.relpath(os.path.join(folder, name), root)
            for folder, _, names in os.walk(root) for name in names}


# What it says of itself


def test_configuration(built):
    config = built.config
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", config["User"])
    assert config["Entrypoint"] == ["/" + PROGRAM] and config["Cmd"] == ["run"]
    assert list(config["Volumes"]) == [STATE]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "/" + PROGRAM, "status", "--healthy"]
    assert "ExposedPorts" not in config


def test_no_variable_is_unexpected(built):
    """Whatever a build was given, no credential stays in the configuration."""
    assert dict(line.split("=", 1) for line in built.config["Env"]) == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SAGEKEEPER_STATE": STATE, "HOME": STATE}


def test_labels_and_version_agree(built, container):
    done = container.run("version", "--output", "json")
    assert done.returncode == 0, done.stderr
    version = json.loads(done.stdout)
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in built.config["Labels"].items()}
    assert labels["title"] == "sagekeeper" and labels["licenses"] == "Apache-2.0" and labels["description"]
    assert (labels["version"], labels["revision"]) == (version["version"], version["commit"])
    assert version["commit"] == built.commit and version["build"] == "Release"


# What is in it


def test_packages_are_libraries_and_certificates(built):
    inside = packages(built.root)
    base = {name.split("/")[-1].removesuffix(".list").split(":")[0] for name in built.base_files
            if name.startswith("var/lib/dpkg/info/") and name.endswith(".list")}
    added = {name: section for name, section in inside.items() if name not in base}
    assert "libgit2-1.5" in added and "ca-certificates" in added
    assert {name for name, section in added.items() if section != "libs"} == {"ca-certificates", "openssl"}
    assert [name for name in inside if name.endswith("-dev")] == []


def test_no_compiler(built):
    tools = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|clang|cpp|ld|as|ar|make|cmake|ninja|git|ssh|curl|wget)(-[\d.]+)?")
    folders = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")
    found = {name for folder in folders for name in os.listdir(built.root / folder) if tools.fullmatch(name)}
    assert found == set()


def test_every_file_is_of_a_package_or_ours(built):
    """So no source, no build folder, no lists of apt, no credentials."""
    owned = set()
    for listing in (built.root / "var/lib/dpkg/info").glob("*.list"):
        owned |= {line.lstrip("/") for line in listing.read_text().splitlines()}
    # The base's /bin, /sbin and /lib are links into /usr; packages name either.
    owned |= {f"usr/{name}" for name in owned}
    strange = {name for name in files(built.root) - built.base_files - owned if not MADE_BY_INSTALLING.match(name)}
    assert strange == {PROGRAM}
    assert os.listdir(built.root / "var/lib/apt/lists") == []


def test_no_set_id_programs(built):
    for name in files(built.root):
        status = (built.root / name).lstat()
        assert not (stat.S_ISREG(status.st_mode) and status.st_mode & 0o6000), name


def test_only_what_is_built_gets_into_the_build(built, tmp_path):
    """.dockerignore keeps out Git's folder, virtual environments and whatever lies around."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    built.images.build(building.CONTEXT, "--file", tmp_path / "Dockerfile", building.ROOT)
    inside = built.images.mount(building.CONTEXT)
    assert set(os.listdir(inside)) == {"CMakeLists.txt", "CMakePresets.json", "cmake", "controller", "lib",
                                       "policy-templates", "reconcilers", "tests"}
    assert {name for name in files(inside / "tests") if not re.fullmatch(r"bench/(\w+\.[ch]|CMakeLists\.txt)", name)} == set()


# How it runs


def test_nobody_writes_outside_of_the_volume(container):
    """The user may not, and not even root could: else this would prove nothing of the file system."""
    places = "/ /usr/local/bin /etc /tmp /var/tmp /run /var/lib"
    for user in (None, "0:0"):
        done = container.shell(f'for p in {places}; do touch "$p/x" && echo "$p"; done; touch {STATE}/x && echo state',
                               user=user)
        assert done.stdout == "state\n", done.stdout + done.stderr
    assert done.stderr.count("Read-only file system") == len(places.split())


def test_the_user_is_nobody_special(container):
    done = container.shell("id -u; id -g; id -G; grep -E '^(CapEff|CapPrm|CapAmb|NoNewPrivs)' /proc/self/status")
    uid, gid, groups, *status = done.stdout.split("\n")
    assert int(uid) == container.user != 0 and int(gid) == container.group != 0 and groups == gid
    assert [line.split()[1].lstrip("0") for line in status if line] == ["", "", "", "1"]


class Story:
    """The quick-start's repository behind a Git server, the local AWS, and a container that knows both."""

    def __init__(self, cloud, container, folder: Path) -> None:
        cloud.credentials(ACCOUNT)
        cloud.set(settle_ms=0)
        self.repository = Repository(folder)
        self.server = GitServer(self.repository.bare.parent)
        self.world = Scenario(cloud, folder / "boto3", quickstart=False)
        self.container = container
        container.environment = cloud.environment(ACCOUNT) | {
            "SAGEKEEPER_GIT": f"{self.server.url}/platform.git", "SAGEKEEPER_REF": "main", "SAGEKEEPER_PATH": "manifests",
            "SAGEKEEPER_MODE": "enforce", "SAGEKEEPER_SETTLE_INTERVAL": "50ms", "SAGEKEEPER_RATE_FACTOR": "100",
            "AWS_EC2_METADATA_DISABLED": "true"}

    def settle(self, user: str | None) -> None:
        """Cycles until one has nothing left to do; what waits for AWS is done by the next."""
        for _ in range(5):
            done = self.container.run("run", "--once", user=user)
            assert done.returncode in (0, 4), done.stdout + done.stderr
            if done.returncode == 0:
                return
        raise AssertionError(done.stdout + done.stderr)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def story(cloud, container, tmp_path):
    running = Story(cloud, container, tmp_path / "story")
    yield running
    running.close()


@pytest.mark.parametrize("user", [None, "1000770000:0"], ids=["its own user", "a user of the platform's choice"])
def test_cycles(story, user):
    story.settle(user)
    profiles = story.world.profiles()
    assert sorted(profiles) == ["user1-team1", "user1-team2", "user2-team2"]
    assert {profile["Status"] for profile in profiles.values()} == {"InService"}
    assert {"sagekeeper-team1", "sagekeeper-team2"} <= set(story.world.roles())
    # What it remembers lies in the volume; the next cycle uses it and finds nothing to do.
    owner = int(user.split(":")[0]) if user else story.container.user
    assert {path.stat().st_uid for path in story.container.state.rglob("*")} == {owner}
    assert list(story.container.state.glob("*.db"))
    story.world.mark = story.world.cloud.mark()
    assert story.container.run("run", "--once", user=user).returncode == 0
    assert story.world.writes() == []


def test_the_controller_runs_until_it_is_stopped(built, story):
    """As the image starts it: healthy at work, one cycle after the other, and an end in good order on the stop signal."""
    container = story.container
    check = built.config["Healthcheck"]["Test"][2:]
    assert container.run(*check).returncode == 1, "not healthy before it runs"
    story.repository.push("second")
    process = container.start()
    try:
        status = container.state / "status.json"

        def in_sync() -> bool:
            assert process.poll() is None, process.communicate()
            return status.exists() and json.loads(status.read_text()).get("reason") == "in-sync"

        wait_until(in_sync, 60, "the controller to be in sync")
        assert sorted(story.world.profiles()) == ["user1-team1", "user1-team2", "user2-team2"]
        healthy = container.inside(process, *check)
        assert healthy.returncode == 0, healthy.stdout + healthy.stderr
        container.kill(process, built.config["StopSignal"])
        out, err = process.communicate(timeout=30)
    except BaseException:
        process.kill()
        raise
    assert process.returncode == 0, out + err
    lines = [json.loads(line) for line in err.splitlines()]
    assert "the controller has ended" in [line["message"] for line in lines], "the log is JSON by itself"
    assert container.run(*check).returncode == 1, "not healthy when it has ended"
