"""Empty sources, partial views and expired credentials: zero deletes, the right exit code, the reason."""

from __future__ import annotations

import subprocess

import pytest

from e2e.support import ACCOUNT


def assert_nothing_changed(scenario) -> None:
    assert scenario.writes() == []
    assert len(scenario.profiles()) == 3


def test_a_repository_without_commits(applied):
    empty = applied.folder / "empty"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(empty)], check=True)
    result = applied.run("apply", "--yes", "--git", str(empty), "--ref", "main", source=False).expect(1)
    assert "commit" in result.err or "main" in result.err
    assert_nothing_changed(applied)


@pytest.mark.parametrize("what", ["all files", "the manifests folder", "an empty document"])
def test_a_source_that_vanished(applied, what):
    arguments = ["apply", "--yes"]
    if what == "the manifests folder":
        arguments += ["--path", "manifests"]
    elif what == "all files":
        applied.git("rm", "-r", "--quiet", ".")
        applied.commit("remove everything")
    else:
        applied.git("rm", "-r", "--quiet", ".")
        applied.write("empty.yaml", "# nothing\n")
        applied.commit("only a comment")
    result = applied.run(*arguments).expect(1)
    assert len(result.err.strip().splitlines()) <= 2, result.err
    assert_nothing_changed(applied)


def test_an_organization_without_teams_is_refused_by_the_guard(applied):
    """Valid, but it deletes everything."""
    applied.remove("teams/team1.yaml", "teams/team2.yaml", "users.yaml", "sign-in.yaml", "domain.yaml")
    result = applied.run("apply", "--yes").expect(3)
    assert "declares no resource at all" in result.out
    assert_nothing_changed(applied)


@pytest.mark.parametrize("operation", ["GetAccountAuthorizationDetails", "ListRoles", "ListDomains",
                                       "ListUserProfiles", "GetResources"])
def test_access_denied_on_one_bulk_read_blocks_deletes(applied, operation):
    applied.edit("teams/team2.yaml", "    - user2\n", "")
    applied.mark = applied.cloud.mark()
    applied.cloud.inject("fail", operation, occurrence="every", code="AccessDeniedException", status=400,
                         message="not authorized")
    result = applied.run("apply", "--yes").expect(4)
    assert "cannot be read" in result.out
    deletes = [operation for operation in applied.writes() if operation.startswith("Delete")]
    assert deletes == []
    applied.cloud.clear_faults()
    assert "user2-team2" in applied.profiles()


def test_expired_credentials(applied):
    applied.remove("teams/team2.yaml")
    key = applied.cloud.new_credentials(ACCOUNT, session=True, expires_in=-60)
    result = applied.run("plan", env={
        "AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_SESSION_TOKEN": key["session_token"]}).expect(4)
    assert "delete" not in [line.split()[0] for line in result.out.splitlines() if line.split()]
    assert "ExpiredToken" in result.out or "expired" in result.out
    assert_nothing_changed(applied)


def test_deletes_go_on_when_the_view_is_whole_again(applied):
    applied.edit("teams/team2.yaml", "    - user2\n", "")
    applied.run("apply", "--yes").expect(0)
    assert set(applied.profiles()) == {"user1-team1", "user1-team2"}
