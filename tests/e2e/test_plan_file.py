"""Plan files: evidence, never a program."""

from __future__ import annotations

import json
import os
import stat
import subprocess

import pytest

from e2e.support import DOMAIN


def test_a_saved_plan_applies(scenario):
    scenario.run("plan", "--out", str(scenario.folder / "plan.json")).expect(2)
    scenario.run("apply", str(scenario.folder / "plan.json")).expect(0)
    assert len(scenario.profiles()) == 3


def test_a_link_in_the_place_of_a_plan_stays(scenario):
    link = scenario.folder / "link.json"
    link.symlink_to("plan.json")
    for _ in range(2):
        scenario.run("plan", "--out", str(link)).expect(2)
        assert link.is_symlink()
        assert json.loads((scenario.folder / "plan.json").read_text())["kind"]
    assert not [path for path in scenario.folder.iterdir() if path.name.startswith(("link.json.", "plan.json."))]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_in_the_place_of_a_plan_stays(scenario):
    """`--out /dev/null` as root."""
    device = scenario.folder / "null"
    subprocess.run(["mknod", str(device), "c", "1", "3"], check=True)
    scenario.run("plan", "--out", str(device)).expect(2)
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_saved_plan_is_of_its_commit_not_of_the_newest(scenario):
    scenario.run("plan", "--out", str(scenario.folder / "plan.json")).expect(2)
    scenario.edit("teams/team1.yaml", "- user1", "- user1\n    - user2")
    scenario.run("apply", str(scenario.folder / "plan.json")).expect(0)
    assert set(scenario.profiles()) == {"user1-team1", "user1-team2", "user2-team2"}


def test_a_manual_change_makes_a_saved_plan_stale_and_is_named(applied):
    applied.edit("teams/team2.yaml", "ml.t3.large", "ml.t3.xlarge")
    applied.run("plan", "--out", str(applied.folder / "plan.json")).expect(2)
    profile = applied.profiles()["user1-team2"]
    applied.boto3("sagemaker").update_user_profile(
        DomainId=profile["DomainId"], UserProfileName="user1-team2",
        UserSettings={"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.m5.large"}}})
    applied.mark = applied.cloud.mark()
    result = applied.run("apply", str(applied.folder / "plan.json")).expect(3)
    assert "stale" in result.err
    assert "user1-team2" in result.err and "user2-team2" not in result.err
    assert applied.writes() == []


def test_a_change_outside_the_plan_does_not_make_it_stale(applied):
    applied.edit("teams/team1.yaml", 'CostCenter: "4711"', 'CostCenter: "4799"')
    applied.run("plan", "--out", str(applied.folder / "plan.json")).expect(2)
    applied.boto3("iam").create_role(RoleName="unrelated", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                 "Principal": {"Service": "ec2.amazonaws.com"}}]}))
    applied.run("apply", str(applied.folder / "plan.json")).expect(0)


def edit_plan(scenario, edit) -> None:
    path = scenario.folder / "plan.json"
    plan = json.loads(path.read_text())
    edit(plan)
    path.write_text(json.dumps(plan))


def test_an_edited_plan_file_is_refused(scenario):
    edits = {
        "a call": lambda plan: plan["changes"][-1]["calls"][0]["input"].update(UserProfileName="mallory"),
        "a field shown": lambda plan: plan["changes"][0].update(severity="info", reason="harmless"),
        "the revision": lambda plan: plan["source"].update(revision="0" * 40),
        "a change left out": lambda plan: plan["changes"].pop(),
    }
    for what, edit in edits.items():
        scenario.run("plan", "--out", str(scenario.folder / "plan.json")).expect(2)
        edit_plan(scenario, edit)
        result = scenario.run("apply", str(scenario.folder / "plan.json")).expect(3)
        assert "changed after it was written" in result.err, what
    assert scenario.writes(since=0) == []


def test_no_call_is_taken_from_the_file(scenario, tmp_path):
    """Even a file with matching digests gets only what planning again gives."""
    import hashlib

    scenario.run("plan", "--out", str(scenario.folder / "plan.json")).expect(2)
    path = scenario.folder / "plan.json"
    plan = json.loads(path.read_text())
    for change in plan["changes"]:
        if change["address"] == DOMAIN:
            change["calls"][0]["input"]["AppNetworkAccessType"] = "PublicInternetOnly"

    def canonical(value) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    pinned = [{key: change[key] for key in ("address", "action", "calls")} for change in plan["changes"]]
    plan["digest"] = "sha256:" + hashlib.sha256(canonical(pinned)).hexdigest()
    plan.pop("fileDigest")
    plan["fileDigest"] = hashlib.sha256(canonical(plan)).hexdigest()
    path.write_text(json.dumps(plan))
    result = scenario.run("apply", str(path)).expect(3)
    assert "stale" in result.err and DOMAIN in result.err
    assert scenario.writes(since=0) == []


def test_what_is_no_plan_file_is_refused(scenario):
    for name, text in {"empty": "", "not JSON": "{", "another JSON": '{"a": 1}', "a list": "[]"}.items():
        path = scenario.folder / "plan.json"
        path.write_text(text)
        result = scenario.run("apply", str(path)).expect(1)
        assert "plan.json" in result.err, name
    scenario.run("apply", str(scenario.folder / "missing.json")).expect(1, 64)
