"""Every call that any reconciler can make, against AWS's published models.

The corpus is in cases.py; the settings of domains and profiles are walked leaf by leaf from the
models themselves, with the rules of aws-api.md 5.2 to 5.4 written down here a second time.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Iterator

import pytest

from cases import CASES, Case
from models import at, input_problems, input_shape, leaves, put, sample, service_model
from program import kinds, operations, plan, run
from worlds import (DOMAIN, DOMAIN_ARN, DOMAIN_ID, POLICY, PROFILE, PROFILE_ARN, ROLE, SPACE, SPACE_ARN, domain,
                    live_domain, live_policy, live_profile, live_role, live_shared_space, policy, policy_arn, profile, ref,
                    role, role_arn, shared_space, tags, with_body)
from worlds import GROUP, GROUP_ID, INSTANCE, PERSON, STORE, USER_ID

ROOT = Path(__file__).resolve().parents[2]

#: What stands for a reference when a call is checked: a value that is valid for its target.
SAMPLES = {(DOMAIN, "DomainId"): DOMAIN_ID, (DOMAIN, "DomainArn"): DOMAIN_ARN,
           (PROFILE, "UserProfileArn"): PROFILE_ARN, (SPACE, "SpaceArn"): SPACE_ARN, (POLICY, "Arn"): policy_arn("reader"),
           (INSTANCE, "IdentityStoreId"): STORE, (GROUP, "GroupId"): GROUP_ID, (PERSON, "UserId"): USER_ID,
           (ROLE, "Arn"): role_arn("fraud"), (ROLE, "RoleId"): "AROAEXAMPLE0000000001"}


def resolved(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("$ref") == "clock":
            return "2026-11-22T22:00:00Z"
        if "$ref" in value:
            return SAMPLES[value["$ref"], value["attr"]]
        return {name: resolved(item) for name, item in value.items()}
    return [resolved(item) for item in value] if isinstance(value, list) else value


@cache
def plans() -> dict[str, dict[str, Any]]:
    return dict(zip((case.name for case in CASES), run("plan", [case.as_world() for case in CASES])))


def change_at(plan_: dict[str, Any], address: str) -> dict[str, Any] | None:
    return next((change for change in plan_["changes"] if change["address"] == address), None)


def all_changes() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, plan_ in plans().items():
        for change in plan_["changes"]:
            yield name, change


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    change = change_at(plans()[case.name], case.address)
    assert change is not None, "nothing is planned"
    assert change["action"] == case.action, change.get("reason")
    assert case.reason in change.get("reason", "")
    expected = [(call, None) if isinstance(call, str) else call for call in case.calls]
    assert [call["operation"] for call in change["calls"]] == [operation for operation, _ in expected]
    for call, (_, value) in zip(change["calls"], expected):
        if value is not None:
            assert resolved(call["input"]) == value


#: What a drain takes from the items it finds.
TAKEN = {"AppType": "JupyterLab", "AppName": "default", "SpaceName": "lab"}


def expanded(calls: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A drain as the query and the call for one item that the query finds."""
    for call in calls:
        if "drain" in call:
            drain = call["drain"]
            yield {**call, "operation": drain["operation"], "input": drain["input"]}
            yield {**call, "input": call["input"] | {name: TAKEN[name] for name in drain["take"]}}
        else:
            yield call


def test_drains_read_what_the_query_answers() -> None:
    seen = set()
    for name, change in all_changes():
        for call in change["calls"]:
            if "drain" not in call:
                continue
            drain = call["drain"]
            items = service_model(call["service"]).operation_model(drain["operation"]).output_shape.members[drain["items"]]
            item = items.member
            for path in (*drain["take"], *drain.get("where", {})):
                assert shape_at(item, path) is not None, (name, path)
            assert set(drain["gone"]) | set(drain["busy"]) <= set(item.members["Status"].enum), name
            seen.add((drain["operation"], call["operation"]))
    assert seen == {("ListApps", "DeleteApp"), ("ListSpaces", "DeleteSpace")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_inputs_are_valid(case: Case) -> None:
    for change in plans()[case.name]["changes"]:
        for call in expanded(change["calls"]):
            assert not input_problems(call["service"], call["operation"], resolved(call["input"])), call


def test_every_call_in_the_sources_has_a_case() -> None:
    """Operation names are literals in the reconcilers: each is made by a case or asked when reading."""
    asked = {"GetAccountAuthorizationDetails", "ListRoles", "GetResources", "ListDomains", "DescribeDomain",
             "ListUserProfiles", "DescribeUserProfile", "ListSpaces", "DescribeSpace", "ListApps", "ListInstances", "ListUsers",
             "ListGroups", "ListGroupMemberships", "GetPolicy", "GetPolicyVersion"}  # test_answers.py
    names = {name for service in ("iam", "identitystore", "sagemaker", "sso-admin", "tagging") for name in service_model(service).operation_names}
    written = set()
    for source in (ROOT / "reconcilers").rglob("*.c"):
        written |= names & set(re.findall(r'"([A-Z][A-Za-z]+)"', source.read_text()))
    made = {call["operation"] for _, change in all_changes() for call in change["calls"]}
    assert written - made == asked


def test_the_client_can_make_every_call() -> None:
    made = {(call["service"], call["operation"]) for _, change in all_changes() for call in expanded(change["calls"])}
    assert made and made <= operations()


def test_deletes_ask_first_whether_it_is_ours() -> None:
    seen = 0
    for name, change in all_changes():
        checks = [call.get("check") == "owned" for call in change["calls"]]
        if change["action"] != "delete":
            assert not any(checks), name
            continue
        if change["kind"].startswith("identitystore_"):  # ids of AWS's that the record knows
            assert not any(checks) and len(checks) == 1, name
            continue
        seen += 1
        assert checks == [True] + [False] * (len(checks) - 1), name
        assert change["calls"][0]["operation"] in ("ListTags", "ListRoleTags", "ListPolicyTags")
    assert seen >= 8


def grade(call: dict[str, Any], live: dict[str, Any] | None) -> int:
    """-1: takes access away, 1: grants, 0: neither, or both at once."""
    operation = call["operation"]
    if operation in ("DetachRolePolicy", "DeleteRolePolicy", "PutRolePermissionsBoundary", "DeleteTags"):
        return -1
    if operation in ("AttachRolePolicy", "DeleteRolePermissionsBoundary"):
        return 1
    if operation == "PutRolePolicy":
        known = (live or {}).get("InlinePolicies", {})
        return 0 if call["input"]["PolicyName"] in known else 1
    return 0


def test_access_is_taken_away_first_and_granted_last() -> None:
    mixed = 0
    for case in CASES:
        live = {document["address"]: document["body"] for document in case.live}
        for change in plans()[case.name]["changes"]:
            if change["action"] not in ("update", "adopt"):
                continue
            grades = [grade(call, live.get(change["address"])) for call in change["calls"]]
            assert grades == sorted(grades), case.name
            mixed += -1 in grades and 1 in grades
    assert mixed >= 4


def test_calls_name_their_place() -> None:
    for name, change in all_changes():
        for call in change["calls"]:
            assert call["account"] == "ml-dev"
            assert call["region"] == ("global" if call["service"] == "iam" else "us-east-1"), name


def test_captures_are_in_the_answers() -> None:
    """What is captured for references exists in the operation's answer."""
    captured = set()
    for _, change in all_changes():
        for call in change["calls"]:
            for member, path in call.get("capture", {}).items():
                shape = service_model(call["service"]).operation_model(call["operation"]).output_shape
                for name in path.removeprefix("arn:").split("."):
                    assert name in shape.members, (call["operation"], path)
                    shape = shape.members[name]
                captured.add((change["kind"], member))
    assert captured >= {("iam_policy", "Arn"), ("iam_role", "Arn"), ("sagemaker_domain", "DomainId"),
                        ("sagemaker_user_profile", "UserProfileArn"), ("sagemaker_space", "SpaceArn")}


def test_inputs_keep_references_as_written() -> None:
    """Also those that are known already: the digest must not depend on what is live."""
    arn = ref(POLICY, "Arn")
    plan_ = plan({"desired": [policy(), role(AttachedManagedPolicies=[arn], PermissionsBoundary=arn)],
                  "live": [live_policy(), live_role()]})
    (change,) = plan_["changes"]
    assert [call["input"] for call in change["calls"]] == [
        {"RoleName": "fraud", "PermissionsBoundary": arn}, {"RoleName": "fraud", "PolicyArn": arn}]


def test_order_of_a_whole_team() -> None:
    """Policy, role, domain, profile: made in the order in which each needs the one before."""
    plan_ = plan({"desired": [
        profile(UserSettings={"ExecutionRole": ref(ROLE, "Arn")}), domain(DefaultUserSettings={
            "ExecutionRole": ref(ROLE, "Arn")}), role(AttachedManagedPolicies=[ref(POLICY, "Arn")]), policy()]})
    assert [change["address"] for change in plan_["changes"]] == [POLICY, ROLE, DOMAIN, PROFILE]
    assert [change["depends"] for change in plan_["changes"]] == [[], [POLICY], [ROLE], [ROLE, DOMAIN]]


def test_changes_that_take_access_away_come_first() -> None:
    """Over several roles: a boundary bounds, so putting one takes and removing one grants."""
    def pair(name: str, wanted: dict[str, Any], live: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        address = f"iam_role/ml-dev/global/{name}"
        own = {"RoleName": name, "Tags": tags(address)}
        return (with_body(role(**wanted), **own) | {"address": address},
                with_body(live_role(**live), **own) | {"address": address})
    b, read_only = policy_arn("b"), "arn:aws:iam::aws:policy/ReadOnlyAccess"
    pairs = [pair("a-attached", {"AttachedManagedPolicies": [read_only]}, {}),
             pair("b-freed", {"PermissionsBoundary": None}, {"PermissionsBoundary": b}),
             pair("c-described", {"Description": "new"}, {}),
             pair("d-detached", {}, {"AttachedManagedPolicies": [read_only]}),
             pair("e-bounded", {"PermissionsBoundary": b}, {})]
    plan_ = plan({"desired": [wanted for wanted, _ in pairs], "live": [live for _, live in pairs]})
    assert [change["address"].rsplit("/", 1)[1] for change in plan_["changes"]] == [
        "d-detached", "e-bounded", "c-described", "a-attached", "b-freed"]


def test_a_dangling_principal_is_shown_as_such() -> None:
    """A role made anew is another principal; the trust that names the old one is written again."""
    def trust(principal: str) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]}
    plan_ = plan({"desired": [role(AssumeRolePolicyDocument=trust(role_arn("other")))],
                  "live": [live_role(AssumeRolePolicyDocument=trust("AROAGONE00000000000099"))]})
    (change,) = plan_["changes"]
    assert [call["operation"] for call in change["calls"]] == ["UpdateAssumeRolePolicy"]
    assert "statement 1: removes principal AWS AROAGONE00000000000099 (a deleted role or user)" in (
        change["fields"][0]["detail"])


# --- settings, leaf by leaf ----------------------------------------------------------------

#: Structures that are sent whole, because AWS requires all their members.
WHOLE = frozenset({"CustomPosixUserConfig", "DefaultEbsStorageSettings"})
#: aws-api.md 5.4: the literal None clears these.
NONE_CLEARS = ("SageMakerImageVersionArn", "LifecycleConfigArn", "BuiltInLifecycleConfigArn", "TrainingPlanArn")
#: Enumerations are cleared by their default. Those of Canvas have none that AWS documents.
DEFAULTS = {"TagPropagation": "DISABLED", "StudioWebPortal": "ENABLED", "NotebookOutputOption": "Disabled",
            "LifecycleManagement": "DISABLED", "ExecutionRoleSessionNameMode": "STATIC",
            "ExecutionRoleIdentityConfig": "DISABLED", "IpAddressType": "ipv4", "EnableDockerAccess": "DISABLED",
            "RootlessDocker": "DISABLED", "TrustedIdentityPropagationSettings.Status": "DISABLED",
            "AmazonQSettings.Status": "DISABLED", "RemoteAccess": "DISABLED"}
#: Where nothing set does not mean the default: it is sent even when AWS shows nothing.
SENT_ANYWAY = ("StudioWebPortal",)
FIXED = {"sagemaker_domain": ("DomainName", "AuthMode", "VpcId", "KmsKeyId", "DomainSettings.UnifiedStudioSettings",
                              "DomainSettings.RStudioServerProDomainSettings.DefaultResourceSpec"),
         "sagemaker_user_profile": ("UserSettings.RStudioServerProAppSettings", "SingleSignOnUserIdentifier",
                                    "SingleSignOnUserValue"),
         "sagemaker_space": ("OwnershipSettings", "SpaceSharingSettings", "SpaceSettings.AppType")}
#: aws-api.md 5.5: never smaller.
GROWS = "EbsVolumeSizeInGb"
NOT_CLEARED = ("SubnetIds", "DomainSettings.SecurityGroupIds")
#: Sent by nobody: keys of the call, tags (cases.py), the old name of KmsKeyId.
NOT_SETTINGS = ("DomainId", "UserProfileName", "SpaceName", "Tags", "HomeEfsFileSystemKmsKeyId")
RSTUDIO = "DomainSettings.RStudioServerProDomainSettings"
CREATE = {"sagemaker_domain": "CreateDomain", "sagemaker_user_profile": "CreateUserProfile",
          "sagemaker_space": "CreateSpace"}
KEYS = {"sagemaker_domain": {}, "sagemaker_user_profile": {"UserProfileName": "alice-fraud"},
        "sagemaker_space": {"SpaceName": "team-lab"}}
ADDRESSES = {"sagemaker_domain": DOMAIN, "sagemaker_user_profile": PROFILE, "sagemaker_space": SPACE}


def starts(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(prefix + ".") for prefix in prefixes)


@cache
def settings_of(kind: str) -> dict[str, Any]:
    return {path: shape for path, shape in leaves(input_shape("sagemaker", CREATE[kind]), WHOLE)
            if not starts(path, NOT_SETTINGS)}


LEAVES = [(kind, path) for kind in CREATE for path in settings_of(kind)]


def default_of(kind: str, path: str) -> str | None:
    if path.endswith("AutoMountHomeEFS"):
        return "Enabled" if kind == "sagemaker_domain" else "DefaultAsDomain"
    if path == "HomeEfsFileSystemCreation":
        return "Enabled"
    if path == "AppNetworkAccessType":
        return "PublicInternetOnly"
    last = path.rsplit(".", 1)[-1]
    if last in NONE_CLEARS:
        return "None"
    return next((value for name, value in DEFAULTS.items() if path == name or path.endswith("." + name)), None)


def clear_of(kind: str, path: str) -> Any:
    """What clears the leaf; … when nothing does."""
    if starts(path, NOT_CLEARED) or path in ("AppNetworkAccessType", "HomeEfsFileSystemCreation"):
        return ...
    if settings_of(kind)[path].type_name == "list":
        return []
    value = default_of(kind, path)
    return ... if value is None else value


def expected_patch(kind: str, path: str, value: Any) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    put(patch, path, value)
    if path.endswith("JupyterServerAppSettings.LifecycleConfigArns"):
        put(patch, path.rsplit(".", 1)[0] + ".DefaultResourceSpec", {"InstanceType": "system"})
    settings = patch.pop("DomainSettings", None)
    if settings and "RStudioServerProDomainSettings" in settings:
        rstudio = {"DomainExecutionRoleArn": role_arn("rstudio"), **settings["RStudioServerProDomainSettings"]}
        settings = {"RStudioServerProDomainSettingsForUpdate": rstudio}
    if settings:
        patch["DomainSettingsForUpdate"] = settings
    return patch | {"DomainId": DOMAIN_ID} | KEYS[kind]


def bodies(kind: str, path: str, wanted: Any, live: Any) -> dict[str, Any]:
    """A world in which only this leaf is declared one way and there another (…: not at all)."""
    if kind == "sagemaker_domain":
        documents = [domain()], [live_domain()]
    elif kind == "sagemaker_space":
        documents = [domain(), profile(), shared_space()], [live_domain(), live_profile(), live_shared_space()]
    else:
        documents = [domain(), profile(UserSettings={})], [live_domain(), live_profile(UserSettings={})]
    for document, value in zip((documents[0][-1], documents[1][-1]), (wanted, live)):
        if starts(path, (RSTUDIO,)):
            put(document["body"], RSTUDIO + ".DomainExecutionRoleArn", role_arn("rstudio"))
        if value is not ...:
            put(document["body"], path, value)
    return {"desired": documents[0], "live": documents[1]}


#: name -> desired value and live value of a leaf, from its two samples.
SCENES = {"changed": lambda a, b: (b, a), "changed back": lambda a, b: (a, b), "set": lambda a, b: (b, ...),
          "cleared": lambda a, b: (None, a), "cleared, not there": lambda a, b: (None, ...),
          "equal": lambda a, b: (a, a)}


@cache
def leaf_plans() -> dict[tuple[str, str, str], dict[str, Any]]:
    keys, worlds = [], []
    for kind, path in LEAVES:
        pair = [sample(settings_of(kind)[path], variant) for variant in (0, 1)]
        for scene, values in SCENES.items():
            keys.append((kind, path, scene))
            worlds.append(bodies(kind, path, *values(*pair)))
    return dict(zip(keys, run("plan", worlds)))


def expected(kind: str, path: str, scene: str) -> Any:
    """The patch, None when nothing is to be done, or … when it has to be blocked."""
    bare = at(bodies(kind, path, ..., ...)["live"][-1]["body"], path)
    base = ... if bare is None else bare  # what the documents hold anyway
    a, b = (sample(settings_of(kind)[path], variant) for variant in (0, 1))
    wanted, live = SCENES[scene](a, b)
    live = base if live is ... else live
    if wanted == live:
        return None
    if wanted is None:
        clear = clear_of(kind, path)
        if live is ... or live == default_of(kind, path):
            return None
        if starts(path, FIXED[kind]):
            return ...
        return ... if clear is ... else expected_patch(kind, path, clear)
    if live is ... and wanted == default_of(kind, path) and not starts(path.rsplit(".", 1)[-1], SENT_ANYWAY):
        return None
    if starts(path, FIXED[kind]) or (path == "HomeEfsFileSystemCreation" and wanted != "Enabled"):
        return ...
    if path.endswith(GROWS) and live is not ... and wanted < live:
        return ...
    return expected_patch(kind, path, wanted)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(("kind", "path"), LEAVES)
def test_leaf(kind: str, path: str, scene: str) -> None:
    change = change_at(leaf_plans()[kind, path, scene], ADDRESSES[kind])
    patch = expected(kind, path, scene)
    if patch is None:
        assert change is None, change
        return
    assert change is not None, "nothing is planned"
    if patch is ...:
        assert change["action"] == "blocked" and not change["calls"]
        assert path.split(".")[-1] in change["reason"] or path.split(".")[-2] in change["reason"]
        return
    assert change["action"] == "update", change.get("reason")
    (call,) = change["calls"]
    assert call["operation"] == CREATE[kind].replace("Create", "Update")
    assert call["input"] == patch
    assert not input_problems("sagemaker", call["operation"], call["input"])


# --- the attribute tables ------------------------------------------------------------------

def shape_at(shape: Any, path: str) -> Any:
    for name in path.split("."):
        shape = shape.members.get(name) if shape is not None and shape.type_name == "structure" else None
    return shape


@pytest.mark.parametrize("kind", CREATE)
def test_rows_stand_for_members_of_the_model(kind: str) -> None:
    for row in kinds()[kind]["attrs"]:
        if not row["readOnly"]:
            assert shape_at(input_shape("sagemaker", CREATE[kind]), row["path"]) is not None, row["path"]


@pytest.mark.parametrize("kind", CREATE)
def test_every_list_has_a_row(kind: str) -> None:
    """Without one the order would count, and it could not be emptied."""
    rows = {row["path"]: row for row in kinds()[kind]["attrs"]}
    for path, shape in settings_of(kind).items():
        if shape.type_name == "list" and not starts(path, FIXED[kind]):
            assert rows[path]["type"] in ("list", "set"), path


@pytest.mark.parametrize("kind", CREATE)
def test_literals_that_clear_are_legal(kind: str) -> None:
    for row in kinds()[kind]["attrs"]:
        if row["clear"] == "value":
            shape = shape_at(input_shape("sagemaker", CREATE[kind]), row["path"])
            words = shape.metadata.get("enum")
            assert row["clearValue"] in words if words else row["clearValue"] == "None", row["path"]
