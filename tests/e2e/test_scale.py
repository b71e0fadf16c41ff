"""A thousand profiles: a warm plan makes a handful of calls, and finds what was changed with one Describe."""

from __future__ import annotations

import pytest

from cloud.client import Cloud
from e2e.estate import Estate
from e2e.support import ACCOUNT

TEAMS, MEMBERS = 20, 50
PROFILES = TEAMS * MEMBERS
#: Lists in pages of a hundred, no Describe. The tagging API is asked for profiles, domains, spaces and
#: policies.
WARM = {
    "sts:GetCallerIdentity": 1,
    "iam:GetAccountAuthorizationDetails": 1,
    "iam:ListRoles": 1,
    "sagemaker:ListDomains": 1,
    "sagemaker:ListUserProfiles": PROFILES // 100,
    "sagemaker:ListSpaces": 1,
    "sagemaker:ListApps": 1,
    "resourcegroupstaggingapi:GetResources": PROFILES // 100 + 3,
}


def team(number: int) -> str:
    return f"t{number}"


def declare(estate: Estate, members: int) -> None:
    for number in range(TEAMS):
        estate.team(team(number), *(f"u{member}" for member in range(members)))


def seed(estate: Estate) -> None:
    """The profiles as apply would have made them an hour ago, made directly, since that is quicker."""
    estate.cloud.clock(advance=-3600)
    domain = estate.domain_id()
    for number in range(TEAMS):
        name = f"u{{n}}-{team(number)}"
        estate.cloud.seed(
            MEMBERS, account=ACCOUNT, domain_id=domain, prefix=name,
            settings={"ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-{team(number)}"},
            tags={"studiouserid": "u{n}", "Team": team(number), "sagekeeper:owner": "acme",
                  "sagekeeper:source": f"Team/{team(number)}",
                  "sagekeeper:address": f"sagemaker_user_profile/ml-dev/us-east-1/research/{name}"})
    estate.cloud.clock(advance=3600)


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    """Applied and looked at once: what a plan needs to know is cached."""
    with Cloud("--settle-ms", "0") as cloud:
        made = Estate(cloud, tmp_path_factory.mktemp("scale"))
        cloud.clock(advance=-7200)
        made.domain()
        declare(made, 0)
        made.apply()
        cloud.clock(advance=7200)
        seed(made)
        declare(made, MEMBERS)
        made.save()
        made.mark = cloud.mark()
        made.nothing_left()
        yield made
        cloud.check_health()


def plan_and_count(estate: Estate, code: int) -> tuple[dict[str, dict], dict[str, int]]:
    mark = estate.cloud.mark()
    changes = estate.changes(codes=(code,))
    return changes, estate.cloud.counts(since=mark)


def test_the_cold_plan_describes_each_once(estate):
    counts = estate.cloud.counts(since=estate.mark)
    assert counts == WARM | {"sagemaker:DescribeUserProfile": PROFILES}


def test_a_warm_plan_without_changes(estate):
    assert plan_and_count(estate, 0) == ({}, WARM)


def test_another_command_profits_too(estate):
    mark = estate.cloud.mark()
    estate.run("get", "sagemaker_user_profile").expect(0)
    counts = estate.cloud.counts(since=mark)
    assert set(counts) <= set(WARM) and counts["sagemaker:ListUserProfiles"] == PROFILES // 100


def test_changes_of_settings_and_of_tags_are_found_with_one_describe(estate):
    """Tags do not move LastModifiedTime; the tagging API, read in bulk, has them."""
    sagemaker, domain = estate.boto3("sagemaker"), estate.domain_id()
    sagemaker.update_user_profile(DomainId=domain, UserProfileName="u7-t3", UserSettings={
        "ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-t4"})
    arn = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="u9-t5")["UserProfileArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "studiouserid", "Value": "mallory"}])
    changes, counts = plan_and_count(estate, 2)
    assert {address.rsplit("/", 1)[1]: [field["path"] for field in change["fields"]]
            for address, change in changes.items()} == {"u7-t3": ["UserSettings.ExecutionRole"],
                                                        "u9-t5": ["Tags.studiouserid"]}
    assert counts == WARM | {"sagemaker:DescribeUserProfile": 1}
    assert plan_and_count(estate, 2) == (changes, counts), "not cached: within 30 s another change may have the same time"


def test_a_repair_writes_only_what_differs(estate):
    assert sorted(operation for operation, _ in estate.apply()) == ["AddTags", "UpdateUserProfile"]
