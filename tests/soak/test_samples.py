"""Small samples of the soak's parts; and that what judges them sees what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.client import Cloud  # noqa: E402
from soak import cycles, kills, policy_decide  # noqa: E402
from soak.world import ADMINISTRATOR, World, cloud_options  # noqa: E402

SEED = 20261122


@pytest.fixture
def cloud():
    with Cloud(*cloud_options()) as running:
        yield running
        running.check_health()


def test_kills(cloud, tmp_path):
    done = kills.trial(World(cloud, tmp_path, SEED), 5)
    assert done.wrong == []
    assert done.died.total() == 5


def test_cycles(cloud, tmp_path):
    soak = cycles.trial(World(cloud, tmp_path, SEED), 20)
    assert soak.wrong == []
    assert soak.looks == 1 and soak.cycles() >= 20
    assert {"in-sync", "applied"} <= set(soak.requests)
    descriptors = [sample.descriptors for sample in soak.samples]
    # Now and then the next cycle has begun by itself; what leaks stays open at rest too.
    assert len(descriptors) == 20 and min(descriptors[10:]) == min(descriptors[:10])


def test_policy_decide(monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64")
    lines = policy_decide.Lines(SEED)
    outcome = policy_decide.trial(lines, 4000, sample_every=100)
    assert outcome.wrong == []
    assert set(outcome.decided) == {"Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "error"}
    assert min(outcome.decided.values()) > 40 and set(lines.made) >= {"valid", "cut off", "deeply nested", "empty"}


def test_policy_decide_is_judged(monkeypatch, tmp_path):
    """A program that leaks, drops a line or mixes ids up does not pass."""
    fake = tmp_path / "fake"
    fake.write_text("""#!/usr/bin/env python3
import json, sys
kept, fault = [], sys.argv[0].rsplit("-", 1)[1]
for number, line in enumerate(sys.stdin.buffer):
    try:
        value = json.loads(line)
        name = value.get("id") if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        name = None
    if fault == "leaks":
        kept.append(bytearray(b"x" * 4096))
    if fault == "drops" and number == 50:
        continue
    print(json.dumps({"id": "other" if fault == "mixes" and number == 60 else name, "error": "no"}))
""")
    fake.chmod(0o755)
    for fault, words in (("leaks", "memory grew"), ("drops", "399"), ("mixes", "line 61")):
        program = tmp_path / f"fake-{fault}"
        program.hardlink_to(fake)
        monkeypatch.setenv("SK_PROGRAM", str(program))
        outcome = policy_decide.trial(policy_decide.Lines(SEED), 1500 if fault == "leaks" else 400, sample_every=20)
        assert any(words in line for line in outcome.wrong), (fault, outcome.wrong[:3])


def test_the_same_seed_gives_the_same_changes(cloud, tmp_path):
    first, second, other = (World(cloud, tmp_path / str(number), seed)
                            for number, seed in enumerate((SEED, SEED, SEED + 1)))
    for world in (first, second, other):
        for _ in range(20):
            world.change()
    assert first.documents == second.documents != other.documents
    assert first.changes == second.changes


def test_whoever_judges_sees_what_is_wrong(cloud, tmp_path):
    world = World(cloud, tmp_path, SEED)
    assert kills.converge(world, kills.Kills()) == []
    sagemaker, iam, domain = world.boto3("sagemaker"), world.boto3("iam"), world.domain_id()
    profile = sorted(world.profiles())[0]
    role = sorted(name for name in world.roles() if "team" in name)[0]

    def sees(what: str) -> None:
        cloud.control("POST", "settle")
        assert any(what in line for line in world.differences()), f"{what}: {world.differences()}"
        assert kills.converge(world, kills.Kills()) == []

    sagemaker.update_user_profile(DomainId=domain, UserProfileName=profile, UserSettings={
        "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.p4d.24xlarge"}}})
    sees(f"profile {profile}: AWS has")
    iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
    sees("AdministratorAccess")
    world.let_pass(kills.PATIENCE_S)
    sagemaker.delete_user_profile(DomainId=domain, UserProfileName=profile)
    sees("names of profiles")
    settings = {"ExecutionRole": world.roles()[role]["Arn"]}
    sagemaker.create_domain(DomainName="research", AuthMode="IAM", DefaultUserSettings=settings,
                            SubnetIds=["subnet-0123456789abcdef0"], VpcId="vpc-0123456789abcdef0")
    cloud.control("POST", "settle")
    assert "domains: AWS has ['research', 'research'], Git says ['research']" in world.differences()
