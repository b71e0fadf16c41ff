"""The corpus of test_calls.py: worlds and the calls that the change of one address must consist of.

Every call that a reconciler can make stands in at least one case (a test compares them with the
sources). An expected call is the operation alone, or the operation with its exact input.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from models import REGION, sample, input_shape
from worlds import (ADOPT, DOMAIN, DOMAIN_ARN, DOMAIN_ID, OTHER_TRUST, PATH, POLICY, PROFILE, PROFILE_ARN, ROLE, SHARED,
                    SPACE, SPACE_ARN, TRUST, document, domain, live_domain, live_policy, live_profile, live_role,
                    live_shared_space, policy, policy_arn, profile, ref, role, role_arn, shared_space, tags, with_body)
from worlds import (AWAITED, CREATED, GROUP, GROUP_ID, MADE, MEMBER, MEMBERSHIP_ID, PERSON, STORE, USER_ID, directory,
                    group, live_directory, live_group, live_member, live_person, member, person)


@dataclass
class Case:
    name: str
    address: str
    action: str
    calls: list[str | tuple[str, dict[str, Any]]] = field(default_factory=list)
    desired: list[dict[str, Any]] = field(default_factory=list)
    live: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""  # part of the reason, for what is blocked or waits
    world: dict[str, Any] = field(default_factory=dict)

    def as_world(self) -> dict[str, Any]:
        return {"owner": "acme", "desired": self.desired, "live": self.live, **self.world}


def text(value: Any) -> str:
    """A policy document as it is sent."""
    return json.dumps(value, separators=(",", ":"))


ARN = {"PolicyArn": policy_arn("reader")}
NAME = {"RoleName": "fraud"}
GET, LIST = document("s3:GetObject"), document("s3:ListBucket")
AWS_READ_ONLY = "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"
#: Five versions of which the newest is in force.
FIVE = {f"v{n}": document(f"s3:Action{n}") for n in range(3, 7)} | {"v7": GET}

POLICY_CASES = [
    Case("policy: create, least", POLICY, "create", desired=[policy()], calls=[
        ("CreatePolicy", {"PolicyName": "reader", "Path": PATH, "PolicyDocument": text(GET), "Tags": tags(POLICY)})]),
    Case("policy: create, all members", POLICY, "create",
         desired=[policy({"CostCenter": "4711", "empty": ""}, Description="Reads résumés.")], calls=[
             ("CreatePolicy", {"PolicyName": "reader", "Path": PATH, "Description": "Reads résumés.",
                               "PolicyDocument": text(GET),
                               "Tags": tags(POLICY, {"CostCenter": "4711", "empty": ""})})]),
    Case("policy: null members are not sent", POLICY, "create", desired=[policy(Description=None)], calls=[
        ("CreatePolicy", {"PolicyName": "reader", "Path": PATH, "PolicyDocument": text(GET), "Tags": tags(POLICY)})]),
    Case("policy: new document", POLICY, "update", desired=[policy(PolicyDocument=LIST)], live=[live_policy()], calls=[
        ("CreatePolicyVersion", {**ARN, "PolicyDocument": text(LIST), "SetAsDefault": True})]),
    Case("policy: new document, five versions", POLICY, "update", desired=[policy(PolicyDocument=LIST)],
         live=[live_policy(FIVE, "v7")], calls=[
             ("DeletePolicyVersion", {**ARN, "VersionId": "v3"}),
             ("CreatePolicyVersion", {**ARN, "PolicyDocument": text(LIST), "SetAsDefault": True})]),
    Case("policy: new document, the oldest of five is in force", POLICY, "update",
         desired=[policy(PolicyDocument=LIST)], live=[live_policy(FIVE, "v3")], calls=[
             ("DeletePolicyVersion", {**ARN, "VersionId": "v4"}), "CreatePolicyVersion"]),
    Case("policy: roll back to a version that is there", POLICY, "update", desired=[policy(PolicyDocument=LIST)],
         live=[live_policy({"v1": LIST, "v2": GET}, "v2")], calls=[
             ("SetDefaultPolicyVersion", {**ARN, "VersionId": "v1"})]),
    Case("policy: roll back with five versions deletes none", POLICY, "update",
         desired=[policy(PolicyDocument=document("s3:Action4"))], live=[live_policy(FIVE, "v7")], calls=[
             ("SetDefaultPolicyVersion", {**ARN, "VersionId": "v4"})]),
    Case("policy: a version whose text cannot be read is no match", POLICY, "update",
         desired=[policy(PolicyDocument=LIST)], live=[live_policy({"v1": "{odd", "v2": GET}, "v2")],
         calls=["CreatePolicyVersion"]),
    Case("policy: the version in force cannot be read", POLICY, "update", desired=[policy()],
         live=[live_policy({"v1": "{odd"}, "v1")], calls=["CreatePolicyVersion"]),
    Case("policy: tag added", POLICY, "update", desired=[policy({"Team": "fraud"})], live=[live_policy()], calls=[
        ("TagPolicy", {**ARN, "Tags": [{"Key": "Team", "Value": "fraud"}]})]),
    Case("policy: tag changed", POLICY, "update", desired=[policy({"Team": "fraud"})],
         live=[live_policy(extra_tags={"Team": "risk"})], calls=[
             ("TagPolicy", {**ARN, "Tags": [{"Key": "Team", "Value": "fraud"}]})]),
    Case("policy: tag removed", POLICY, "update", desired=[policy()], live=[live_policy(extra_tags={"Team": "fraud"})],
         calls=[("UntagPolicy", {**ARN, "TagKeys": ["Team"]})]),
    Case("policy: a key in another case is removed before it is set", POLICY, "update",
         desired=[policy({"team": "fraud"})], live=[live_policy(extra_tags={"Team": "fraud"})],
         calls=[("UntagPolicy", {**ARN, "TagKeys": ["Team"]}),
                ("TagPolicy", {**ARN, "Tags": [{"Key": "team", "Value": "fraud"}]})]),
    Case("policy: tags and document", POLICY, "update", desired=[policy({"a": "1"}, PolicyDocument=LIST)],
         live=[live_policy(extra_tags={"b": "2"})], calls=["UntagPolicy", "TagPolicy", "CreatePolicyVersion"]),
    Case("policy: path is fixed", POLICY, "blocked", desired=[policy(Path="/elsewhere/")], live=[live_policy()],
         reason="Path cannot be changed"),
    Case("policy: description is fixed", POLICY, "blocked", desired=[policy(Description="new")],
         live=[live_policy(Description="old")], reason="Description cannot be changed"),
    Case("policy: name in another case", POLICY, "blocked", desired=[policy()],
         live=[with_body(live_policy(), PolicyName="Reader")], reason="write it as AWS has it"),
    Case("policy: adopted", POLICY, "adopt", desired=[policy(PolicyDocument=LIST) | {"flags": ADOPT}],
         live=[live_policy(ours=False, extra_tags={"who": "knows"})], calls=[
             ("UntagPolicy", {**ARN, "TagKeys": ["who"]}),
             ("TagPolicy", {**ARN, "Tags": sorted(tags(POLICY), key=lambda tag: tag["Key"])}),
             "CreatePolicyVersion"]),
    Case("policy: deleted", POLICY, "delete", live=[live_policy()], calls=[
        ("ListPolicyTags", ARN), ("DeletePolicy", ARN)]),
    Case("policy: deleted with five versions", POLICY, "delete", live=[live_policy(FIVE, "v5")], calls=[
        "ListPolicyTags", *[("DeletePolicyVersion", {**ARN, "VersionId": v}) for v in ("v3", "v4", "v6", "v7")],
        ("DeletePolicy", ARN)]),
    Case("policy: users or groups still have it", POLICY, "blocked", live=[live_policy(OtherUses=2)],
         reason="2 users or groups still have it"),
    Case("policy: what users have can be changed", POLICY, "update", desired=[policy(PolicyDocument=LIST)],
         live=[live_policy(OtherUses=1)], calls=["CreatePolicyVersion"]),
    Case("policy: a role still has it", POLICY, "blocked",
         live=[live_policy(), live_role(ours=False, AttachedManagedPolicies=[policy_arn("reader")], edges=[POLICY])],
         reason=f"'{ROLE}' still uses it"),
]

ALL_OF_ROLE = {"Description": "Runs notebooks.", "MaxSessionDuration": 7200,
               "PermissionsBoundary": policy_arn("boundary"),
               "AttachedManagedPolicies": [policy_arn("reader"), AWS_READ_ONLY],
               "InlinePolicies": {"list": LIST, "get.all": GET}}
CREATE_ROLE = {**NAME, "Path": PATH, "AssumeRolePolicyDocument": text(TRUST), "Tags": tags(ROLE)}


def attach(arn: str) -> tuple[str, dict[str, Any]]:
    return "AttachRolePolicy", {**NAME, "PolicyArn": arn}


def detach(arn: str) -> tuple[str, dict[str, Any]]:
    return "DetachRolePolicy", {**NAME, "PolicyArn": arn}


def put(name: str, what: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "PutRolePolicy", {**NAME, "PolicyName": name, "PolicyDocument": text(what)}


def update_role(description: str = "", seconds: int = 3600) -> tuple[str, dict[str, Any]]:
    return "UpdateRole", {**NAME, "Description": description, "MaxSessionDuration": seconds}


ROLE_CASES = [
    Case("role: create, least", ROLE, "create", desired=[role()], calls=[("CreateRole", CREATE_ROLE)]),
    Case("role: create, all members", ROLE, "create", desired=[role({"Team": "fraud"}, **ALL_OF_ROLE)], calls=[
        ("CreateRole", {**CREATE_ROLE, "Description": "Runs notebooks.", "MaxSessionDuration": 7200,
                        "PermissionsBoundary": policy_arn("boundary"), "Tags": tags(ROLE, {"Team": "fraud"})}),
        attach(policy_arn("reader")), attach(AWS_READ_ONLY), put("list", LIST), put("get.all", GET)]),
    Case("role: create, policies by reference", ROLE, "create",
         desired=[policy(), role(AttachedManagedPolicies=[ref(POLICY, "Arn")], PermissionsBoundary=ref(POLICY, "Arn"))],
         calls=[("CreateRole", {**CREATE_ROLE, "PermissionsBoundary": policy_arn("reader")}),
                attach(policy_arn("reader"))]),
    Case("role: create, null members", ROLE, "create",
         desired=[role(Description=None, PermissionsBoundary=None, MaxSessionDuration=None,
                       AttachedManagedPolicies=None, InlinePolicies={"gone": None})],
         calls=[("CreateRole", CREATE_ROLE)]),
    Case("role: description", ROLE, "update", desired=[role(Description="new")], live=[live_role(Description="old")],
         calls=[update_role("new")]),
    Case("role: description alone keeps the live session length", ROLE, "update", desired=[role(Description="new")],
         live=[live_role(MaxSessionDuration=14400)], calls=[update_role("new", 14400)]),
    Case("role: session length alone keeps the live description", ROLE, "update",
         desired=[role(MaxSessionDuration=7200)], live=[live_role(Description="kept")],
         calls=[update_role("kept", 7200)]),
    Case("role: description cleared", ROLE, "update", desired=[role(Description=None)],
         live=[live_role(Description="old", MaxSessionDuration=7200)], calls=[update_role("", 7200)]),
    Case("role: session length cleared", ROLE, "update", desired=[role(MaxSessionDuration=None)],
         live=[live_role(Description="kept", MaxSessionDuration=7200)], calls=[update_role("kept")]),
    Case("role: trust", ROLE, "update", desired=[role(AssumeRolePolicyDocument=OTHER_TRUST)], live=[live_role()],
         calls=[("UpdateAssumeRolePolicy", {**NAME, "PolicyDocument": text(OTHER_TRUST)})]),
    Case("role: boundary put", ROLE, "update", desired=[role(PermissionsBoundary=policy_arn("b"))], live=[live_role()],
         calls=[("PutRolePermissionsBoundary", {**NAME, "PermissionsBoundary": policy_arn("b")})]),
    Case("role: boundary changed", ROLE, "update", desired=[role(PermissionsBoundary=policy_arn("b"))],
         live=[live_role(PermissionsBoundary=policy_arn("a"))], calls=["PutRolePermissionsBoundary"]),
    Case("role: boundary by reference", ROLE, "update", desired=[policy(), role(PermissionsBoundary=ref(POLICY, "Arn"))],
         live=[live_role()],
         calls=[("PutRolePermissionsBoundary", {**NAME, "PermissionsBoundary": policy_arn("reader")})]),
    Case("role: boundary removed", ROLE, "update", desired=[role(PermissionsBoundary=None)],
         live=[live_role(PermissionsBoundary=policy_arn("a"))], calls=[("DeleteRolePermissionsBoundary", NAME)]),
    Case("role: attached", ROLE, "update", desired=[role(AttachedManagedPolicies=[AWS_READ_ONLY])], live=[live_role()],
         calls=[attach(AWS_READ_ONLY)]),
    Case("role: detached", ROLE, "update", desired=[role()],
         live=[live_role(AttachedManagedPolicies=[AWS_READ_ONLY])], calls=[detach(AWS_READ_ONLY)]),
    Case("role: all detached by null", ROLE, "update", desired=[role(AttachedManagedPolicies=None)],
         live=[live_role(AttachedManagedPolicies=[AWS_READ_ONLY, policy_arn("a")])],
         calls=[detach(AWS_READ_ONLY), detach(policy_arn("a"))]),
    Case("role: one attachment for another", ROLE, "update",
         desired=[role(AttachedManagedPolicies=[policy_arn("keep"), policy_arn("new")])],
         live=[live_role(AttachedManagedPolicies=[policy_arn("old"), policy_arn("keep")])],
         calls=[detach(policy_arn("old")), attach(policy_arn("new"))]),
    Case("role: attachments by reference that are there already stay", ROLE, "update",
         desired=[policy(), role(AttachedManagedPolicies=[ref(POLICY, "Arn"), policy_arn("new")])],
         live=[live_policy(), live_role(AttachedManagedPolicies=[policy_arn("reader")], edges=[POLICY])],
         calls=[attach(policy_arn("new"))]),
    Case("role: attachment by reference to what is made first", ROLE, "update",
         desired=[policy(), role(AttachedManagedPolicies=[ref(POLICY, "Arn")])],
         live=[live_role(AttachedManagedPolicies=[AWS_READ_ONLY])],
         calls=[detach(AWS_READ_ONLY), attach(policy_arn("reader"))]),
    Case("role: inline policy put", ROLE, "update", desired=[role(InlinePolicies={"list": LIST})], live=[live_role()],
         calls=[put("list", LIST)]),
    Case("role: inline policy replaced", ROLE, "update", desired=[role(InlinePolicies={"list": LIST})],
         live=[live_role(InlinePolicies={"list": GET})], calls=[put("list", LIST)]),
    Case("role: inline policy that cannot be read is replaced", ROLE, "update",
         desired=[role(InlinePolicies={"list": LIST})], live=[live_role(InlinePolicies={"list": "{odd"})],
         calls=[put("list", LIST)]),
    Case("role: inline policy deleted", ROLE, "update", desired=[role()],
         live=[live_role(InlinePolicies={"list": LIST})],
         calls=[("DeleteRolePolicy", {**NAME, "PolicyName": "list"})]),
    Case("role: inline policy that is null is deleted", ROLE, "update",
         desired=[role(InlinePolicies={"list": None, "get": GET})],
         live=[live_role(InlinePolicies={"list": LIST, "get": GET})],
         calls=[("DeleteRolePolicy", {**NAME, "PolicyName": "list"})]),
    Case("role: all inline policies cleared by null", ROLE, "update", desired=[role(InlinePolicies=None)],
         live=[live_role(InlinePolicies={"a": GET, "b": LIST})], calls=["DeleteRolePolicy", "DeleteRolePolicy"]),
    Case("role: tags", ROLE, "update", desired=[role({"Team": "fraud"})], live=[live_role({"Old": "1"})],
         calls=[("UntagRole", {**NAME, "TagKeys": ["Old"]}),
                ("TagRole", {**NAME, "Tags": [{"Key": "Team", "Value": "fraud"}]})]),
    Case("role: everything at once", ROLE, "update",
         desired=[role({"Team": "fraud"}, AssumeRolePolicyDocument=OTHER_TRUST, **ALL_OF_ROLE)],
         live=[live_role({"Old": "1"}, PermissionsBoundary=policy_arn("weak"),
                         AttachedManagedPolicies=[policy_arn("old")], InlinePolicies={"old": GET, "list": GET})],
         calls=[detach(policy_arn("old")), ("DeleteRolePolicy", {**NAME, "PolicyName": "old"}),
                "PutRolePermissionsBoundary", "UpdateAssumeRolePolicy", put("list", LIST),
                update_role("Runs notebooks.", 7200), "UntagRole", "TagRole", attach(policy_arn("reader")),
                attach(AWS_READ_ONLY), put("get.all", GET)]),
    Case("role: boundary goes last", ROLE, "update",
         desired=[role(PermissionsBoundary=None, AttachedManagedPolicies=[AWS_READ_ONLY])],
         live=[live_role(PermissionsBoundary=policy_arn("a"), AttachedManagedPolicies=[policy_arn("old")])],
         calls=["DetachRolePolicy", "AttachRolePolicy", "DeleteRolePermissionsBoundary"]),
    Case("role: what is not declared is left alone", ROLE, "update",
         desired=[with_body(role(Description="new"), AttachedManagedPolicies=..., InlinePolicies=...)],
         live=[live_role(AttachedManagedPolicies=[AWS_READ_ONLY], InlinePolicies={"x": GET},
                         PermissionsBoundary=policy_arn("a"))], calls=["UpdateRole"]),
    Case("role: path is fixed", ROLE, "blocked", desired=[role(Path="/x/")], live=[live_role()],
         reason="Path cannot be changed"),
    Case("role: adopted", ROLE, "adopt", desired=[role() | {"flags": ADOPT}], live=[live_role(ours=False)],
         calls=[("TagRole", {**NAME, "Tags": tags(ROLE)})]),
    Case("role: deleted", ROLE, "delete", live=[live_role()], calls=[("ListRoleTags", NAME), ("DeleteRole", NAME)]),
    Case("role: deleted with everything attached", ROLE, "delete",
         live=[live_role(AttachedManagedPolicies=[policy_arn("a"), AWS_READ_ONLY], PermissionsBoundary=policy_arn("b"),
                         InlinePolicies={"x": GET, "y": "{odd"}, InstanceProfiles=["ec2-one", "ec2-two"])],
         calls=["ListRoleTags", detach(policy_arn("a")), detach(AWS_READ_ONLY),
                ("DeleteRolePolicy", {**NAME, "PolicyName": "x"}), ("DeleteRolePolicy", {**NAME, "PolicyName": "y"}),
                *[("RemoveRoleFromInstanceProfile", {**NAME, "InstanceProfileName": name})
                  for name in ("ec2-one", "ec2-two")], "DeleteRole"]),
]

_CREATE_DOMAIN = input_shape("sagemaker", "CreateDomain")


def everything(variant: int) -> dict[str, Any]:
    """All members of CreateDomain that we send, with valid values."""
    body = sample(_CREATE_DOMAIN, variant)
    del body["HomeEfsFileSystemKmsKeyId"]  # the old name of KmsKeyId
    return body | {"DomainName": "research", "AuthMode": "IAM", "Tags": tags(DOMAIN)}


def update_domain(patch: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "UpdateDomain", {"DomainId": DOMAIN_ID, **patch}


def update_profile(settings: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    patch = {"DomainId": DOMAIN_ID, "UserProfileName": "alice-fraud"}
    return "UpdateUserProfile", patch | ({"UserSettings": settings} if settings is not None else {})


EXECUTION_ROLE = {"ExecutionRole": role_arn("default")}
CONFIG = f"arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/setup"
RSTUDIO = {"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": role_arn("rstudio")}}
DELETE_HOME = {"sagekeeper:retention": "Delete"}


COPY_ID = "d-copyofresear"
COPY = f"{DOMAIN}~{COPY_ID}"
NOON = 1795348800  # 2026-11-22T12:00:00Z


def delete_domain(retention: str, id_: str = DOMAIN_ID) -> list[tuple[str, dict[str, Any]]]:
    return [("ListTags", {"ResourceArn": DOMAIN_ARN.replace(DOMAIN_ID, id_)}),
            ("DeleteDomain", {"DomainId": id_, "RetentionPolicy": {"HomeEfsFileSystem": retention}})]


def live_copy(made: float) -> dict[str, Any]:
    """A second domain with the tags of the first."""
    copy = with_body(live_domain(), DomainId=COPY_ID, DomainArn=DOMAIN_ARN.replace(DOMAIN_ID, COPY_ID),
                     CreationTime=made)
    return copy | {"address": COPY}


DOMAIN_CASES = [
    Case("domain: create, least", DOMAIN, "create", desired=[domain()], calls=[
        ("CreateDomain", domain()["body"])]),
    Case("domain: create, all members", DOMAIN, "create", desired=[domain() | {"body": everything(0)}],
         calls=[("CreateDomain", everything(0))]),
    Case("domain: create, all members otherwise", DOMAIN, "create", desired=[domain() | {"body": everything(1)}],
         calls=[("CreateDomain", everything(1))]),
    Case("domain: null members are not sent", DOMAIN, "create",
         desired=[domain(KmsKeyId=None, DefaultSpaceSettings={"SecurityGroups": None})],
         calls=[("CreateDomain", domain()["body"])]),
    Case("domain: the default user settings are required, even empty", DOMAIN, "create",
         desired=[domain(DefaultUserSettings={"ExecutionRole": None})],
         calls=[("CreateDomain", {**domain()["body"], "DefaultUserSettings": {}})]),
    Case("domain: create, JupyterServer with lifecycle configurations", DOMAIN, "create",
         desired=[domain(DefaultUserSettings={**EXECUTION_ROLE,
                                              "JupyterServerAppSettings": {"LifecycleConfigArns": [CONFIG]}})],
         calls=[("CreateDomain", {**domain()["body"], "DefaultUserSettings": {
             **EXECUTION_ROLE, "JupyterServerAppSettings": {
                 "LifecycleConfigArns": [CONFIG], "DefaultResourceSpec": {"InstanceType": "system"}}}})]),
    Case("domain: create, JupyterServer of spaces with lifecycle configurations", DOMAIN, "create",
         desired=[domain(DefaultSpaceSettings={"JupyterServerAppSettings": {"LifecycleConfigArns": [CONFIG]}})],
         calls=[("CreateDomain", {**domain()["body"], "DefaultSpaceSettings": {"JupyterServerAppSettings": {
             "LifecycleConfigArns": [CONFIG], "DefaultResourceSpec": {"InstanceType": "system"}}}})]),
    Case("domain: execution role made in the same plan", DOMAIN, "create",
         desired=[role(), domain(DefaultUserSettings={"ExecutionRole": ref(ROLE, "Arn")})],
         calls=[("CreateDomain", {**domain()["body"], "DefaultUserSettings": {"ExecutionRole": role_arn("fraud")}})]),
    Case("domain: tags", DOMAIN, "update", desired=[domain({"a": "1", "b": "2"})],
         live=[live_domain({"b": "x", "c": "3", "sagemaker:kept": "1", "aws:cloudformation:stack-name": "s"})],
         calls=[("DeleteTags", {"ResourceArn": DOMAIN_ARN, "TagKeys": ["c"]}),
                ("AddTags", {"ResourceArn": DOMAIN_ARN, "Tags": [{"Key": "a", "Value": "1"},
                                                                 {"Key": "b", "Value": "2"}]})]),
    Case("domain: tags and settings", DOMAIN, "update", desired=[domain({"a": "1"}, TagPropagation="ENABLED")],
         live=[live_domain({"c": "3"}, TagPropagation="DISABLED")],
         calls=["DeleteTags", "AddTags", update_domain({"TagPropagation": "ENABLED"})]),
    Case("domain: JupyterServer's configurations take the declared resource spec along", DOMAIN, "update",
         desired=[domain(DefaultUserSettings={**EXECUTION_ROLE, "JupyterServerAppSettings": {
             "LifecycleConfigArns": [CONFIG],
             "DefaultResourceSpec": {"InstanceType": "system", "LifecycleConfigArn": CONFIG}}})],
         live=[live_domain(DefaultUserSettings={**EXECUTION_ROLE, "JupyterServerAppSettings": {
             "DefaultResourceSpec": {"InstanceType": "system", "LifecycleConfigArn": CONFIG,
                                     "SageMakerImageArn": "arn:aws:sagemaker:us-east-1:081325390199:image/js-3"}}})],
         calls=[update_domain({"DefaultUserSettings": {"JupyterServerAppSettings": {
             "LifecycleConfigArns": [CONFIG],
             "DefaultResourceSpec": {"InstanceType": "system", "LifecycleConfigArn": CONFIG}}}})]),
    Case("domain: subnets in another order are the same", DOMAIN, "update",
         desired=[domain(SubnetIds=["subnet-0a", "subnet-0b"], TagPropagation="ENABLED")],
         live=[live_domain(SubnetIds=["subnet-0b", "subnet-0a"])],
         calls=[update_domain({"TagPropagation": "ENABLED"})]),
    Case("domain: no subnets cannot be", DOMAIN, "blocked", desired=[domain(SubnetIds=[])], live=[live_domain()],
         reason="SubnetIds cannot be cleared"),
    Case("domain: an empty list of domain security groups is not honoured by AWS", DOMAIN, "blocked",
         desired=[domain(DomainSettings={"SecurityGroupIds": []})],
         live=[live_domain(DomainSettings={"SecurityGroupIds": ["sg-0a"]})],
         reason="DomainSettings.SecurityGroupIds cannot be cleared"),
    Case("domain: null for domain security groups likewise", DOMAIN, "blocked",
         desired=[domain(DomainSettings={"SecurityGroupIds": None})],
         live=[live_domain(DomainSettings={"SecurityGroupIds": ["sg-0a"]})],
         reason="DomainSettings.SecurityGroupIds cannot be cleared"),
    Case("domain: a home file system does not go away", DOMAIN, "blocked",
         desired=[domain(HomeEfsFileSystemCreation="Disabled")],
         live=[live_domain(HomeEfsFileSystemCreation="Enabled")],
         reason="HomeEfsFileSystemCreation cannot be changed: a domain that has"),
    Case("domain: a home file system is added", DOMAIN, "update", desired=[domain(HomeEfsFileSystemCreation="Enabled")],
         live=[live_domain(HomeEfsFileSystemCreation="Disabled")],
         calls=[update_domain({"HomeEfsFileSystemCreation": "Enabled"})]),
    Case("domain: unread home file system means Enabled", DOMAIN, "update",
         desired=[domain({"a": "1"}, HomeEfsFileSystemCreation="Enabled")], live=[live_domain()], calls=["AddTags"]),
    Case("domain: RStudio's role is added where only its URL changes", DOMAIN, "update",
         desired=[domain(DomainSettings={"RStudioServerProDomainSettings": {
             "DomainExecutionRoleArn": ref(ROLE, "Arn"), "RStudioConnectUrl": "https://new"}}), role()],
         live=[live_role(), live_domain(DomainSettings={"RStudioServerProDomainSettings": {
             "DomainExecutionRoleArn": role_arn("fraud"), "RStudioConnectUrl": "https://old"}})],
         calls=[update_domain({"DomainSettingsForUpdate": {"RStudioServerProDomainSettingsForUpdate": {
             "DomainExecutionRoleArn": role_arn("fraud"), "RStudioConnectUrl": "https://new"}}})]),
    Case("domain: the network of a domain with RStudio is fixed", DOMAIN, "blocked",
         desired=[domain(AppNetworkAccessType="VpcOnly")],
         live=[live_domain(AppNetworkAccessType="PublicInternetOnly", DomainSettings=RSTUDIO)],
         reason="AppNetworkAccessType cannot be changed: the domain has RStudio"),
    Case("domain: RStudio and another network do not come together", DOMAIN, "blocked",
         desired=[domain(AppNetworkAccessType="VpcOnly", DomainSettings=RSTUDIO)],
         live=[live_domain(AppNetworkAccessType="PublicInternetOnly")],
         reason="AppNetworkAccessType cannot be changed: the domain has RStudio"),
    Case("domain: other settings of a domain with RStudio", DOMAIN, "update",
         desired=[domain(TagPropagation="ENABLED", DomainSettings=RSTUDIO)], live=[live_domain(DomainSettings=RSTUDIO)],
         calls=[update_domain({"TagPropagation": "ENABLED"})]),
    Case("domain: a failed update is sent again", DOMAIN, "update", desired=[domain()],
         live=[live_domain(Status="Update_Failed", FailureReason="subnet full")],
         calls=[update_domain({"DefaultUserSettings": EXECUTION_ROLE})]),
    Case("domain: a failed update is sent again even if nothing is declared", DOMAIN, "update",
         desired=[with_body(domain(), DefaultUserSettings=...)], live=[live_domain(Status="Update_Failed")],
         calls=[update_domain({})]),
    Case("domain: a failed update is sent again with what is to be cleared", DOMAIN, "update",
         desired=[domain(DefaultUserSettings={**EXECUTION_ROLE, "SecurityGroups": None, "StudioWebPortal": "ENABLED"},
                         DefaultSpaceSettings={"SecurityGroups": ["sg-0a"], "CustomFileSystemConfigs": None})],
         live=[live_domain(Status="Update_Failed",
                           DefaultUserSettings={**EXECUTION_ROLE, "SecurityGroups": ["sg-0b"],
                                                "StudioWebPortal": "ENABLED"},
                           DefaultSpaceSettings={"SecurityGroups": ["sg-0a"]})],
         calls=[update_domain({"DefaultUserSettings": {**EXECUTION_ROLE, "SecurityGroups": [],
                                                       "StudioWebPortal": "ENABLED"},
                               "DefaultSpaceSettings": {"SecurityGroups": ["sg-0a"]}})]),
    Case("domain: a failed create is deleted", DOMAIN, "delete", desired=[domain()],
         live=[live_domain(Status="Failed", FailureReason="no role")], calls=delete_domain("Retain"),
         reason="creating it failed: no role"),
    Case("domain: a failed delete blocks", DOMAIN, "blocked", desired=[domain()],
         live=[live_domain(Status="Delete_Failed")], reason="deleting it failed"),
    Case("domain: a failed delete is repeated", DOMAIN, "delete", live=[live_domain(Status="Delete_Failed")],
         calls=delete_domain("Retain")),
    Case("domain: an update waits for a busy domain", DOMAIN, "wait", desired=[domain(TagPropagation="ENABLED")],
         live=[live_domain(Status="Updating")], reason="it is Updating"),
    Case("domain: an unknown status is busy", DOMAIN, "wait", desired=[domain(TagPropagation="ENABLED")],
         live=[live_domain(Status="Hibernating")], reason="it is Hibernating"),
    Case("domain: deleted, home retained", DOMAIN, "delete", live=[live_domain()], calls=delete_domain("Retain")),
    Case("domain: deleted, home retained as said", DOMAIN, "delete",
         live=[live_domain({"sagekeeper:retention": "Retain"})], calls=delete_domain("Retain")),
    Case("domain: deleted with its home", DOMAIN, "delete", live=[live_domain(DELETE_HOME)],
         calls=delete_domain("Delete")),
    *[Case(f"domain: surplus copy, {what}", COPY, "delete", desired=[domain()],
           live=[live_domain(), live_copy(made)], calls=delete_domain(retention, COPY_ID),
           world={"now": "2026-11-22T12:00:00Z", "own_creates": {DOMAIN: [{"from": begun, "to": begun + 5}]}})
      for what, made, begun, retention in (
          ("its home was never used", NOON - 600.5, NOON - 600, "Delete"),
          ("apps that ended are not listed any more", NOON - 86400, NOON - 86400, "Retain"),
          ("made by nobody knows whom", NOON - 600.5, NOON - 86400, "Retain"))],
    Case("domain: adopted", DOMAIN, "adopt", desired=[domain() | {"flags": ADOPT}], live=[live_domain(ours=False)],
         calls=[("AddTags", {"ResourceArn": DOMAIN_ARN, "Tags": tags(DOMAIN)})]),
]

CREATE_PROFILE = {"DomainId": DOMAIN_ID, "UserProfileName": "alice-fraud",
                  "UserSettings": {"ExecutionRole": role_arn("fraud")}, "Tags": tags(PROFILE)}
ALL_SETTINGS = [sample(input_shape("sagemaker", "CreateUserProfile").members["UserSettings"], variant)
                for variant in (0, 1)]

def space(name: str = "lab", sharing: str = "Private", belongs: bool = True) -> dict[str, Any]:
    address = f"sagemaker_space/ml-dev/{REGION}/research/{name}"
    body = {"DomainId": DOMAIN_ID, "SpaceName": name, "Status": "InService", "Tags": [],
            "SpaceSharingSettings": {"SharingType": sharing}}
    return {"address": address, "body": body, "edges": [PROFILE, DOMAIN], "flags": BELONGS if belongs else 0}


def app(what: str, holder: str, status: str = "InService") -> dict[str, Any]:
    kind = "sagemaker_space" if what == "space" else "sagemaker_user_profile"
    return {"address": f"sagemaker_app/ml-dev/{REGION}/research/{what}/{holder}/JupyterLab/default",
            "body": {"DomainId": DOMAIN_ID, "AppType": "JupyterLab", "AppName": "default", "Status": status},
            "edges": [f"{kind}/ml-dev/{REGION}/research/{holder}"], "flags": BELONGS}


def drained(member: str, holder: str) -> tuple[str, dict[str, Any]]:
    return "DeleteApp", {"DomainId": DOMAIN_ID, member: holder}


def left(when: str) -> dict[str, str]:
    return {"sagekeeper:left": when}


BELONGS = 4  # SK_DOCUMENT_BELONGS
DRAINS = [drained("UserProfileName", "alice-fraud"), ("DeleteSpace", {"DomainId": DOMAIN_ID})]
CLOSED = ("DeleteTags", {"ResourceArn": PROFILE_ARN, "TagKeys": ["studiouserid"]})
SIGN_IN = {"studiouserid": "alice"}
LEAVER = {"sagekeeper:leaver": "alice"}
NOTED = ("AddTags", {"ResourceArn": PROFILE_ARN, "Tags": [{"Key": "sagekeeper:leaver", "Value": "alice"}]})
GRACE = {"sagekeeper:grace": "7d"}
AT = {"now": "2026-11-22T22:00:00Z"}

PROFILE_CASES = [
    Case("profile: create, least", PROFILE, "create", desired=[domain(), profile()], live=[live_domain()],
         calls=[("CreateUserProfile", CREATE_PROFILE)]),
    Case("profile: create in a domain made first", PROFILE, "create", desired=[domain(), profile()],
         calls=[("CreateUserProfile", CREATE_PROFILE)]),
    *[Case(f"profile: create, all members, {variant}", PROFILE, "create",
           desired=[domain(), profile(SingleSignOnUserIdentifier="UserName", SingleSignOnUserValue="alice",
                                      UserSettings=settings)], live=[live_domain()],
           calls=[("CreateUserProfile", {**CREATE_PROFILE, "SingleSignOnUserIdentifier": "UserName",
                                         "SingleSignOnUserValue": "alice", "UserSettings": settings})])
      for variant, settings in enumerate(ALL_SETTINGS)],
    Case("profile: create, JupyterServer with lifecycle configurations", PROFILE, "create",
         desired=[domain(), profile(UserSettings={"JupyterServerAppSettings": {"LifecycleConfigArns": [CONFIG]}})],
         live=[live_domain()],
         calls=[("CreateUserProfile", {**CREATE_PROFILE, "UserSettings": {"JupyterServerAppSettings": {
             "LifecycleConfigArns": [CONFIG], "DefaultResourceSpec": {"InstanceType": "system"}}}})]),
    Case("profile: tags", PROFILE, "update", desired=[domain(), profile({"studiouserid": "alice@example.com"})],
         live=[live_domain(), live_profile({"studiouserid": "mallory@example.com", "extra": "1",
                                            "sagemaker:domain-arn": DOMAIN_ARN})],
         calls=[("DeleteTags", {"ResourceArn": PROFILE_ARN, "TagKeys": ["extra"]}),
                ("AddTags", {"ResourceArn": PROFILE_ARN,
                             "Tags": [{"Key": "studiouserid", "Value": "alice@example.com"}]}),
                drained("UserProfileName", "alice-fraud")],
         reason="it passes from 'mallory@example.com' to 'alice@example.com', with the home directory"),
    Case("profile: a user in another case is the same", PROFILE, "update", desired=[domain(), profile(SIGN_IN)],
         live=[live_domain(), live_profile({"studiouserid": "Alice"})], calls=["AddTags"]),
    Case("profile: another team", PROFILE, "update", desired=[domain(), profile({"Team": "risk"})],
         live=[live_domain(), live_profile({"Team": "fraud"}), space(), app("space", "lab")],
         calls=["AddTags", drained("UserProfileName", "alice-fraud"), drained("SpaceName", "lab")]),
    Case("profile: a closed one for somebody else", PROFILE, "update", desired=[domain(), profile({"studiouserid": "mallory"})],
         live=[live_domain(), live_profile(LEAVER)], calls=["DeleteTags", "AddTags"],
         reason="it passes from 'alice' to 'mallory', with the home directory"),
    Case("profile: execution role by reference", PROFILE, "update",
         desired=[domain(), role(), profile(UserSettings={"ExecutionRole": ref(ROLE, "Arn")})],
         live=[live_domain(), live_role(), live_profile(UserSettings={"ExecutionRole": role_arn("default")})],
         calls=[update_profile({"ExecutionRole": role_arn("fraud")})]),
    Case("profile: a failed update is sent again", PROFILE, "update", desired=[domain(), profile()],
         live=[live_domain(), live_profile(Status="Update_Failed")],
         calls=[update_profile({"ExecutionRole": role_arn("fraud")})]),
    Case("profile: a failed update without settings is sent again", PROFILE, "update",
         desired=[domain(), with_body(profile(), UserSettings=...)],
         live=[live_domain(), live_profile(Status="Update_Failed")], calls=[update_profile(None)]),
    Case("profile: a failed update leaves out what is fixed, and clears", PROFILE, "update",
         desired=[domain(), profile(UserSettings={
             "ExecutionRole": role_arn("fraud"), "SecurityGroups": None,
             "RStudioServerProAppSettings": {"AccessStatus": "ENABLED"}})],
         live=[live_domain(), live_profile(Status="Update_Failed", UserSettings={
             "ExecutionRole": role_arn("fraud"), "SecurityGroups": ["sg-0a"],
             "RStudioServerProAppSettings": {"AccessStatus": "ENABLED"}})],
         calls=[update_profile({"ExecutionRole": role_arn("fraud"), "SecurityGroups": []})]),
    Case("profile: a failed create is deleted", PROFILE, "delete", desired=[domain(), profile()],
         live=[live_domain(), live_profile(Status="Failed")], calls=["ListTags", *DRAINS, "DeleteUserProfile"]),
    Case("profile: a name in another case is the same", PROFILE, "update",
         desired=[domain(), profile({"a": "1"})],
         live=[live_domain(), with_body(live_profile(), UserProfileName="Alice-Fraud")], calls=["AddTags"]),
    Case("profile: the user behind it is fixed", PROFILE, "blocked",
         desired=[domain(), profile(SingleSignOnUserIdentifier="UserName", SingleSignOnUserValue="alice")],
         live=[live_domain(), live_profile(SingleSignOnUserIdentifier="UserName", SingleSignOnUserValue="bob")],
         reason="SingleSignOnUserValue cannot be changed"),
    Case("profile: deleted", PROFILE, "delete", desired=[domain()], live=[live_domain(), live_profile()],
         calls=[("ListTags", {"ResourceArn": PROFILE_ARN}), *DRAINS,
                ("DeleteUserProfile", {"DomainId": DOMAIN_ID, "UserProfileName": "alice-fraud"})]),
    Case("profile: a leaver loses access first, then apps and private spaces", PROFILE, "delete", desired=[domain()],
         live=[live_domain(), live_profile(SIGN_IN), space(), space("shared", sharing="Shared", belongs=False),
               app("user", "alice-fraud"), app("space", "lab")],
         calls=["ListTags", CLOSED, NOTED, drained("UserProfileName", "alice-fraud"), drained("SpaceName", "lab"),
                drained("SpaceName", "shared")], reason="access and what runs go now; the user profile itself stays for now: "
         "'sagemaker_space/ml-dev/us-east-1/research/shared' still uses it"),
    Case("profile: a leaver with a private space", PROFILE, "delete", desired=[domain()],
         live=[live_domain(), live_profile(SIGN_IN), space(), app("user", "alice-fraud"), app("space", "lab")],
         calls=["ListTags", CLOSED, drained("UserProfileName", "alice-fraud"), drained("SpaceName", "lab"),
                ("DeleteSpace", {"DomainId": DOMAIN_ID}), "DeleteUserProfile"]),
    Case("profile: an ended leaver whose shared space stays", PROFILE, "blocked", desired=[domain()],
         live=[live_domain(), live_profile(), space("shared", sharing="Shared", belongs=False)],
         reason="'sagemaker_space/ml-dev/us-east-1/research/shared' still uses it"),
    Case("profile: the grace time begins", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(SIGN_IN | GRACE), app("user", "alice-fraud")],
         calls=["ListTags", CLOSED, ("AddTags", {"ResourceArn": PROFILE_ARN, "Tags": [
             {"Key": "sagekeeper:leaver", "Value": "alice"}, {"Key": "sagekeeper:left", "Value": "2026-11-22T22:00:00Z"}]}), drained("UserProfileName", "alice-fraud")],
         reason="is deleted at 2026-11-29T22:00:00Z"),
    Case("profile: the grace time begins for a closed one", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(GRACE)], calls=["ListTags", "AddTags", drained("UserProfileName", "alice-fraud")]),
    Case("profile: the grace time runs", PROFILE, "wait", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(GRACE | left("2026-11-16T00:00:00Z")), space(), app("space", "lab", "Failed")],
         reason="its grace time runs; it is deleted at 2026-11-23T00:00:00Z"),
    Case("profile: an app runs in the grace time", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(GRACE | left("2026-11-16T00:00:00Z")), space(), app("space", "lab")],
         calls=["ListTags", drained("UserProfileName", "alice-fraud"), drained("SpaceName", "lab")]),
    Case("profile: the grace time has passed", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(GRACE | left("2026-11-15T22:00:00Z"))],
         calls=["ListTags", *DRAINS, "DeleteUserProfile"]),
    Case("profile: a grace time that is none", PROFILE, "blocked", desired=[domain()], world=AT,
         live=[live_domain(), live_profile({"sagekeeper:grace": "some"})],
         reason="its tag sagekeeper:grace is 'some', which is no time"),
    Case("profile: a grace time that is none does not keep access", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile(SIGN_IN | {"sagekeeper:grace": "some"})],
         calls=["ListTags", CLOSED, NOTED, drained("UserProfileName", "alice-fraud")],
         reason="itself stays for now: its tag sagekeeper:grace is 'some'"),
    Case("profile: a grace time of none", PROFILE, "delete", desired=[domain()], world=AT,
         live=[live_domain(), live_profile({"sagekeeper:grace": "0"})],
         calls=["ListTags", *DRAINS, "DeleteUserProfile"]),
    Case("profile: back in the grace time", PROFILE, "update", desired=[domain(), profile(SIGN_IN | GRACE)], world=AT,
         live=[live_domain(), live_profile(GRACE | left("2026-11-16T00:00:00Z"))],
         calls=[("DeleteTags", {"ResourceArn": PROFILE_ARN, "TagKeys": ["sagekeeper:left"]}),
                ("AddTags", {"ResourceArn": PROFILE_ARN, "Tags": [{"Key": "studiouserid", "Value": "alice"}]})]),
    Case("domain: stands behind a leaver whose grace time runs", DOMAIN, "wait", desired=[policy()], world=AT,
         live=[live_domain(), live_profile(GRACE | left("2026-11-16T00:00:00Z")) | {"edges": [DOMAIN]}],
         reason="'" + PROFILE + "' still uses it"),
    Case("domain: stands behind a leaver whose grace time begins", DOMAIN, "wait", desired=[policy()], world=AT,
         live=[live_domain(), live_profile(SIGN_IN | GRACE) | {"edges": [DOMAIN]}],
         reason="'" + PROFILE + "' still uses it"),
    Case("profile: adopted", PROFILE, "adopt", desired=[domain(), profile() | {"flags": ADOPT}],
         live=[live_domain(), live_profile(ours=False)],
         calls=[("AddTags", {"ResourceArn": PROFILE_ARN, "Tags": tags(PROFILE)})]),
]

SPACE_KEY = {"DomainId": DOMAIN_ID, "SpaceName": "team-lab"}
SPACE_APPS = ("DeleteApp", SPACE_KEY)
HELD = [live_domain(), live_profile()]  # what a space hangs on, in place
STANDS = [domain(), profile()]


def storage(size: int) -> dict[str, Any]:
    return {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": size}}}


def update_space(**members: Any) -> tuple[str, dict[str, Any]]:
    return "UpdateSpace", {**SPACE_KEY, **members}


LAB = {"AppType": "JupyterLab", **storage(20)}
ALL_SPACE_SETTINGS = [sample(input_shape("sagemaker", "CreateSpace").members["SpaceSettings"], variant)
                      for variant in (0, 1)]
SPACE_CASES = [
    Case("space: create, least", SPACE, "create", desired=[*STANDS, shared_space()], live=HELD,
         calls=[("CreateSpace", {**SPACE_KEY, **SHARED, "Tags": tags(SPACE)})]),
    Case("space: create with its owner's profile", SPACE, "create", desired=[*STANDS, shared_space()],
         calls=["CreateSpace"]),
    *[Case(f"space: create, all members, {variant}", SPACE, "create",
           desired=[*STANDS, shared_space({"Team": "fraud"}, SpaceDisplayName="Lab", SpaceSettings=settings)], live=HELD,
           calls=[("CreateSpace", {**SPACE_KEY, **SHARED, "SpaceDisplayName": "Lab", "SpaceSettings": settings,
                                   "Tags": tags(SPACE, {"Team": "fraud"})})])
      for variant, settings in enumerate(ALL_SPACE_SETTINGS)],
    Case("space: create, null members are not sent", SPACE, "create", live=HELD,
         desired=[*STANDS, shared_space(SpaceSettings={**LAB, "RemoteAccess": None})],
         calls=[("CreateSpace", {**SPACE_KEY, **SHARED, "SpaceSettings": LAB, "Tags": tags(SPACE)})]),
    Case("space: the type of app is never sent again", SPACE, "update",
         desired=[*STANDS, shared_space(SpaceSettings={**LAB, "RemoteAccess": "ENABLED"})],
         live=[*HELD, live_shared_space(SpaceSettings=LAB)],
         calls=[update_space(SpaceSettings={"RemoteAccess": "ENABLED"})]),
    Case("space: display name and tags", SPACE, "update",
         desired=[*STANDS, shared_space({"Team": "fraud"}, SpaceDisplayName="new")],
         live=[*HELD, live_shared_space({"Team": "risk", "x": "1"}, SpaceDisplayName="old")],
         calls=[("DeleteTags", {"ResourceArn": SPACE_ARN, "TagKeys": ["x"]}),
                ("AddTags", {"ResourceArn": SPACE_ARN, "Tags": [{"Key": "Team", "Value": "fraud"}]}),
                update_space(SpaceDisplayName="new")]),
    Case("space: a larger volume", SPACE, "update", desired=[*STANDS, shared_space(SpaceSettings=LAB | storage(30))],
         live=[*HELD, live_shared_space(SpaceSettings=LAB)], calls=[update_space(SpaceSettings=storage(30))]),
    Case("space: a larger volume while an app has failed", SPACE, "update",
         desired=[*STANDS, shared_space(SpaceSettings=LAB | storage(30))],
         live=[*HELD, live_shared_space(SpaceSettings=LAB), app("space", "team-lab", "Failed")], calls=["UpdateSpace"]),
    Case("space: a larger volume while an app runs", SPACE, "blocked",
         desired=[*STANDS, shared_space(SpaceSettings=LAB | storage(30))],
         live=[*HELD, live_shared_space(SpaceSettings=LAB), app("space", "team-lab")],
         reason="changes only while no app runs in the space"),
    Case("space: a smaller volume", SPACE, "blocked", desired=[*STANDS, shared_space(SpaceSettings=LAB | storage(10))],
         live=[*HELD, live_shared_space(SpaceSettings=LAB)], reason="can only grow"),
    Case("space: other settings while an app runs", SPACE, "update",
         desired=[*STANDS, shared_space(SpaceSettings={**LAB, "RemoteAccess": "ENABLED"})],
         live=[*HELD, live_shared_space(SpaceSettings=LAB), app("space", "team-lab")], calls=["UpdateSpace"]),
    Case("space: the owner is fixed", SPACE, "blocked",
         desired=[*STANDS, shared_space(OwnershipSettings={"OwnerUserProfileName": "bob-fraud"})],
         live=[*HELD, live_shared_space()], reason="OwnershipSettings.OwnerUserProfileName cannot be changed"),
    Case("space: sharing is fixed", SPACE, "blocked", desired=[*STANDS, shared_space()],
         live=[*HELD, live_shared_space(SpaceSharingSettings={"SharingType": "Private"})],
         reason="SpaceSharingSettings.SharingType cannot be changed"),
    Case("space: a failed update is sent again, without what is fixed", SPACE, "update",
         desired=[*STANDS, shared_space(SpaceSettings=LAB)],
         live=[*HELD, live_shared_space(Status="Update_Failed", SpaceSettings=LAB)],
         calls=[update_space(SpaceSettings=storage(20))]),
    Case("space: a failed create is deleted", SPACE, "delete", desired=[*STANDS, shared_space()],
         live=[*HELD, live_shared_space(Status="Failed")], calls=["ListTags", SPACE_APPS, "DeleteSpace"]),
    Case("space: it changes", SPACE, "wait", desired=[*STANDS, shared_space({"a": "1"})],
         live=[*HELD, live_shared_space(Status="Updating")], reason="it is Updating"),
    Case("space: deleted with what runs in it", SPACE, "delete", desired=STANDS,
         live=[*HELD, live_shared_space(), app("space", "team-lab")],
         calls=[("ListTags", {"ResourceArn": SPACE_ARN}), SPACE_APPS, ("DeleteSpace", SPACE_KEY)]),
    Case("space: somebody's", SPACE, "blocked", desired=[*STANDS, shared_space()],
         live=[*HELD, live_shared_space(ours=False)], reason="exists and is not ours"),
    Case("space: adopted", SPACE, "adopt", desired=[*STANDS, shared_space() | {"flags": ADOPT}],
         live=[*HELD, live_shared_space(ours=False)],
         calls=[("AddTags", {"ResourceArn": SPACE_ARN, "Tags": tags(SPACE)})]),
    Case("profile: the owner of a declared space loses access, and what runs in the space goes on", PROFILE, "delete",
         desired=[domain(), with_body(shared_space()) | {"edges": []}],
         live=[live_domain(), live_profile(SIGN_IN), live_shared_space(), app("space", "team-lab")],
         calls=["ListTags", CLOSED, NOTED, drained("UserProfileName", "alice-fraud")], reason=f"'{SPACE}' still uses it"),
    Case("profile: access does not wait for the space that it owned", PROFILE, "delete", desired=[domain()],
         live=[live_domain(), live_profile(SIGN_IN), live_shared_space()],
         calls=["ListTags", CLOSED, NOTED, drained("UserProfileName", "alice-fraud")], reason=f"'{SPACE}' goes first"),
    Case("profile: deleted after the space that it owned", PROFILE, "delete", desired=[domain()],
         live=[live_domain(), live_profile(), live_shared_space()], calls=["ListTags", *DRAINS, "DeleteUserProfile"]),
]

#: The directory with its one user; `made` says that the group is ours.
PLACE, LIVE_PLACE = [directory(), person()], [live_directory(), live_person()]
OURS = {"made": MADE}


def update_group(*operations: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "UpdateGroup", {"IdentityStoreId": STORE, "GroupId": GROUP_ID, "Operations": list(operations)}


DIRECTORY_CASES = [
    Case("group: create", GROUP, "create", desired=[directory(), group()], live=LIVE_PLACE, calls=[
        ("CreateGroup", {"IdentityStoreId": STORE, "DisplayName": "fraud",
                         "Description": "Team fraud (sagekeeper: acme)"})]),
    Case("group: create without description", GROUP, "create", desired=[directory(), group(Description=None)],
         live=LIVE_PLACE, calls=[("CreateGroup", {"IdentityStoreId": STORE, "DisplayName": "fraud"})]),
    Case("group: description", GROUP, "update", desired=[directory(), group(Description="new")], world=OURS,
         live=[*LIVE_PLACE, live_group()], calls=[update_group({"AttributePath": "description", "AttributeValue": "new"})]),
    Case("group: description removed", GROUP, "update", desired=[directory(), group(Description=None)], world=OURS,
         live=[*LIVE_PLACE, live_group()], calls=[update_group({"AttributePath": "description"})]),
    Case("group: renamed by hand", GROUP, "update", desired=[directory(), group()], world=OURS,
         live=[*LIVE_PLACE, live_group(DisplayName="sales", Description="x")],
         calls=[update_group({"AttributePath": "displayName", "AttributeValue": "fraud"},
                             {"AttributePath": "description", "AttributeValue": "Team fraud (sagekeeper: acme)"})]),
    Case("group: deleted", GROUP, "delete", desired=PLACE, world=OURS, live=[*LIVE_PLACE, live_group()],
         calls=[("DeleteGroup", {"IdentityStoreId": STORE, "GroupId": GROUP_ID})]),
    Case("group: made by a call whose answer was lost", GROUP, "update", desired=[directory(), group(Description="new")],
         world={"made": {GROUP: {"address": GROUP, "since": int(CREATED) - 30}}}, live=[*LIVE_PLACE, live_group()],
         calls=["UpdateGroup"]),
    Case("group: made at another time than the lost call", GROUP, "blocked", desired=[directory(), group()],
         world={"made": {GROUP: {"address": GROUP, "since": int(CREATED) - 4000}}}, live=[*LIVE_PLACE, live_group()],
         reason="nothing records that it is ours"),
    Case("group: another one of the name", GROUP, "blocked", desired=[directory(), group()],
         world={"made": {GROUP: {"address": GROUP, "id": USER_ID}}}, live=[*LIVE_PLACE, live_group()],
         reason="nothing records that it is ours"),
    Case("group: not recorded", GROUP, "blocked", desired=[directory(), group()], live=[*LIVE_PLACE, live_group()],
         reason="`adopt: true` and an approval take it over"),
    Case("group: adopted as it is", GROUP, "adopt", desired=[directory(), group(ADOPT)], live=[*LIVE_PLACE, live_group()],
         calls=[]),
    Case("group: adopted and described", GROUP, "adopt", desired=[directory(), group(ADOPT)],
         live=[*LIVE_PLACE, live_group(Description="by hand")], calls=["UpdateGroup"]),
    Case("group: an identity provider's is not adopted", GROUP, "blocked", desired=[directory(), group(ADOPT)],
         live=[*LIVE_PLACE, live_group(ExternalIds=[{"Issuer": "i", "Id": "1"}])], reason="an identity provider makes"),
    Case("group: AWS's is not adopted", GROUP, "blocked", desired=[directory(), group(ADOPT)],
         live=[*LIVE_PLACE, live_group(DisplayName="AWSAuditors")], reason="managed by AWS"),
    Case("group: not declared, not recorded, but with our mark", GROUP, "delete", desired=PLACE,
         live=[*LIVE_PLACE, live_group()], calls=["DeleteGroup"], reason="unattributed"),
    Case("group: another organization's mark beside ours", GROUP, "delete", desired=PLACE, world=OURS,
         live=[*LIVE_PLACE, live_group(Description="Team fraud (sagekeeper: other)")], calls=["DeleteGroup"]),
    Case("group: awaited", GROUP, "wait", desired=[directory(), group(AWAITED)], live=LIVE_PLACE,
         reason="made elsewhere"),
    Case("membership: with its group", MEMBER, "create", desired=[*PLACE, group(), member()], live=LIVE_PLACE, calls=[
        ("CreateGroupMembership", {"IdentityStoreId": STORE, "GroupId": GROUP_ID, "MemberId": {"UserId": USER_ID}})]),
    Case("membership: in a group that is there", MEMBER, "create", desired=[*PLACE, group(), member()], world=OURS,
         live=[*LIVE_PLACE, live_group()], calls=["CreateGroupMembership"]),
    Case("membership: in a group that is not ours", MEMBER, "blocked", desired=[*PLACE, group(), member()],
         live=[*LIVE_PLACE, live_group()], reason="which is blocked"),
    Case("membership: in a group that is adopted", MEMBER, "create", desired=[*PLACE, group(ADOPT), member()],
         live=[*LIVE_PLACE, live_group()], calls=["CreateGroupMembership"]),
    Case("membership: of a user that is not there", MEMBER, "wait", desired=[*PLACE, group(), member()], world=OURS,
         live=[live_directory(), live_group()], reason="which is not ready"),
    Case("membership: a user that is not there", PERSON, "wait", desired=PLACE, live=[live_directory()],
         reason="there is no such user in the directory yet"),
    Case("membership: deleted", MEMBER, "delete", desired=[*PLACE, group()], world=OURS,
         live=[*LIVE_PLACE, live_group(), live_member()],
         calls=[("DeleteGroupMembership", {"IdentityStoreId": STORE, "MembershipId": MEMBERSHIP_ID})]),
    Case("membership: deleted before its group", MEMBER, "delete", desired=PLACE, world=OURS,
         live=[*LIVE_PLACE, live_group(), live_member()], calls=["DeleteGroupMembership"]),
    Case("membership: in a declared group without a record", MEMBER, "delete", desired=[*PLACE, group()],
         live=[*LIVE_PLACE, live_group(), live_member()], calls=["DeleteGroupMembership"], reason="unattributed"),
]

CASES = POLICY_CASES + ROLE_CASES + DOMAIN_CASES + PROFILE_CASES + SPACE_CASES + DIRECTORY_CASES
