"""Every field that can be updated: a change sends that field alone, what is not declared is left alone,
and null clears it the way AWS knows, or is blocked.

Each row of a table is a resource of its own, so that one apply tries them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest

from cloud.client import Cloud
from e2e.estate import Estate, about, at, put

#: Null cannot be sent: the change is blocked.
BLOCKED = "blocked"
#: The manifest takes no null here.
NOT_NULL = "not null"

ACCOUNT = "123456789012"
SAGEMAKER = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
ROLES = [f"arn:aws:iam::{ACCOUNT}:role/other{number}" for number in (1, 2)]
GROUPS = ["sg-0123456789abcdef1", "sg-0123456789abcdef2"]
CONFIGS = [f"{SAGEMAKER}:studio-lifecycle-config/setup{number}" for number in (1, 2)]
KEYS = [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-00000000000{number}" for number in (1, 2)]


@dataclass
class Row:
    path: str
    first: Any
    second: Any
    cleared: Any = BLOCKED
    #: Declared beside it all the time.
    beside: dict[str, Any] = field(default_factory=dict)
    #: Sent along, because AWS wants it.
    along: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.path


def flag(path: str, first: str, second: str, cleared: Any = BLOCKED) -> Row:
    return Row(path, first, second, cleared)


def spec_rows(app: str, configs: bool = True) -> list[Row]:
    """Of the DefaultResourceSpec of an app."""
    spec = app + ".DefaultResourceSpec"
    rows = [
        Row(spec + ".InstanceType", "ml.t3.medium", "ml.t3.large"),
        Row(spec + ".SageMakerImageArn", SAGEMAKER + ":image/one", SAGEMAKER + ":image/two"),
        Row(spec + ".SageMakerImageVersionArn", SAGEMAKER + ":image-version/one/1", SAGEMAKER + ":image-version/one/2",
            "None"),
        Row(spec + ".SageMakerImageVersionAlias", "1.9", "2.0"),
        Row(spec + ".TrainingPlanArn", SAGEMAKER + ":training-plan/one", SAGEMAKER + ":training-plan/two", "None"),
    ]
    if configs:
        rows.append(Row(spec + ".LifecycleConfigArn", CONFIGS[0], CONFIGS[1], "None",
                        beside={app + ".LifecycleConfigArns": CONFIGS}))
    return rows


def list_row(path: str, first: Any, second: Any, **more: Any) -> Row:
    return Row(path, [first], [second], [], **more)


def image(name: str) -> dict[str, Any]:
    return {"ImageName": name, "AppImageConfigName": "config", "ImageVersionNumber": 1}


def repository(name: str) -> dict[str, str]:
    return {"RepositoryUrl": f"https://git.example.com/{name}.git"}


def idle_rows(app: str) -> list[Row]:
    idle = app + ".AppLifecycleManagement.IdleSettings"
    return [flag(idle + ".LifecycleManagement", "DISABLED", "ENABLED", "DISABLED"),
            Row(idle + ".IdleTimeoutInMinutes", 60, 120),
            Row(idle + ".MinIdleTimeoutInMinutes", 60, 70),
            Row(idle + ".MaxIdleTimeoutInMinutes", 600, 700)]


SERVER_SPEC = {"JupyterServerAppSettings.DefaultResourceSpec.InstanceType": "system"}
LAB, EDITOR, KERNEL, SERVER = ("JupyterLabAppSettings", "CodeEditorAppSettings", "KernelGatewayAppSettings",
                               "JupyterServerAppSettings")
FILE_SYSTEMS = [{"EFSFileSystemConfig": {"FileSystemId": f"fs-0123456789abcdef{number}", "FileSystemPath": "/"}}
                for number in (1, 2)]

#: Of UserSettings and DefaultSpaceSettings alike.
COMMON = [
    list_row("SecurityGroups", *GROUPS),
    list_row(SERVER + ".LifecycleConfigArns", *CONFIGS, along=SERVER_SPEC),
    list_row(SERVER + ".CodeRepositories", repository("one"), repository("two")),
    *spec_rows(SERVER),
    list_row(KERNEL + ".CustomImages", image("one"), image("two")),
    list_row(KERNEL + ".LifecycleConfigArns", *CONFIGS),
    *spec_rows(KERNEL),
    list_row(LAB + ".CustomImages", image("one"), image("two")),
    list_row(LAB + ".LifecycleConfigArns", *CONFIGS),
    list_row(LAB + ".CodeRepositories", repository("one"), repository("two")),
    list_row(LAB + ".EmrSettings.AssumableRoleArns", *ROLES),
    list_row(LAB + ".EmrSettings.ExecutionRoleArns", *ROLES),
    Row(LAB + ".BuiltInLifecycleConfigArn", CONFIGS[0], CONFIGS[1], "None"),
    *idle_rows(LAB),
    *spec_rows(LAB),
    Row("SpaceStorageSettings.DefaultEbsStorageSettings",
        {"DefaultEbsVolumeSizeInGb": 5, "MaximumEbsVolumeSizeInGb": 10},
        {"DefaultEbsVolumeSizeInGb": 5, "MaximumEbsVolumeSizeInGb": 20}),
    Row("CustomPosixUserConfig", {"Uid": 10001, "Gid": 1001}, {"Uid": 10001, "Gid": 1002}),
    list_row("CustomFileSystemConfigs", *FILE_SYSTEMS),
]
CANVAS, PORTAL = "CanvasAppSettings", "StudioWebPortalSettings"
#: Of UserSettings only.
USER = COMMON + [
    flag("SharingSettings.NotebookOutputOption", "Disabled", "Allowed", "Disabled"),
    Row("SharingSettings.S3OutputPath", "s3://bucket/one", "s3://bucket/two"),
    Row("SharingSettings.S3KmsKeyId", *KEYS),
    *spec_rows("TensorBoardAppSettings", configs=False),
    *spec_rows("RSessionAppSettings", configs=False),
    list_row("RSessionAppSettings.CustomImages", image("one"), image("two")),
    flag(CANVAS + ".TimeSeriesForecastingSettings.Status", "ENABLED", "DISABLED"),
    Row(CANVAS + ".TimeSeriesForecastingSettings.AmazonForecastRoleArn", *ROLES),
    flag(CANVAS + ".ModelRegisterSettings.Status", "ENABLED", "DISABLED"),
    Row(CANVAS + ".ModelRegisterSettings.CrossAccountModelRegisterRoleArn", *ROLES),
    Row(CANVAS + ".WorkspaceSettings.S3ArtifactPath", "s3://bucket/one", "s3://bucket/two"),
    Row(CANVAS + ".WorkspaceSettings.S3KmsKeyId", *KEYS),
    list_row(CANVAS + ".IdentityProviderOAuthSettings", {"DataSourceName": "Snowflake", "Status": "ENABLED"},
             {"DataSourceName": "Snowflake", "Status": "DISABLED"}),
    flag(CANVAS + ".DirectDeploySettings.Status", "ENABLED", "DISABLED"),
    flag(CANVAS + ".KendraSettings.Status", "ENABLED", "DISABLED"),
    Row(CANVAS + ".GenerativeAiSettings.AmazonBedrockRoleArn", *ROLES),
    Row(CANVAS + ".EmrServerlessSettings.ExecutionRoleArn", *ROLES),
    flag(CANVAS + ".EmrServerlessSettings.Status", "ENABLED", "DISABLED"),
    list_row(EDITOR + ".CustomImages", image("one"), image("two")),
    list_row(EDITOR + ".LifecycleConfigArns", *CONFIGS),
    Row(EDITOR + ".BuiltInLifecycleConfigArn", CONFIGS[0], CONFIGS[1], "None"),
    *idle_rows(EDITOR),
    *spec_rows(EDITOR),
    Row("DefaultLandingUri", "studio::", "app:JupyterServer:"),
    flag("StudioWebPortal", "ENABLED", "DISABLED", "ENABLED"),
    list_row(PORTAL + ".HiddenMlTools", "JumpStart", "Models"),
    list_row(PORTAL + ".HiddenAppTypes", "Canvas", "CodeEditor"),
    list_row(PORTAL + ".HiddenInstanceTypes", "ml.t3.medium", "ml.t3.large"),
    list_row(PORTAL + ".HiddenSageMakerImageVersionAliases",
             {"SageMakerImageName": "sagemaker_distribution", "VersionAliases": ["1.9"]},
             {"SageMakerImageName": "sagemaker_distribution", "VersionAliases": ["2.0"]}),
    flag(PORTAL + ".ExecutionRoleSessionNameMode", "STATIC", "USER_IDENTITY", "STATIC"),
]
PROFILE = USER + [flag("AutoMountHomeEFS", "Enabled", "Disabled", "DefaultAsDomain")]
#: Members of UserSettings that no row is about.
ELSEWHERE = {
    "ExecutionRole": "comes from the team: test_lifecycle.py",
    "RStudioServerProAppSettings.AccessStatus": "fixed at creation: test_lifecycle.py",
    "RStudioServerProAppSettings.UserGroup": "fixed at creation: test_lifecycle.py",
    "TensorBoardAppSettings.DefaultResourceSpec.LifecycleConfigArn": "TensorBoard has no LifecycleConfigArns",
    "RSessionAppSettings.DefaultResourceSpec.LifecycleConfigArn": "RStudio has no LifecycleConfigArns",
}


def below(prefix: str, rows: list[Row]) -> list[Row]:
    return [Row(f"{prefix}.{row.path}", row.first, row.second, row.cleared,
                {f"{prefix}.{path}": value for path, value in row.beside.items()},
                {f"{prefix}.{path}": value for path, value in row.along.items()}) for row in rows]


SPACE = "defaultSpaceSettings"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
DOMAIN = [
    *below("defaultUserSettings", [row for row in USER if row not in COMMON and "ResourceSpec" not in row.path]),
    flag("defaultUserSettings.AutoMountHomeEFS", "Enabled", "Disabled", "Enabled"),
    *below(SPACE, [row for row in COMMON if row.path != "SecurityGroups"]),
    Row(SPACE + ".ExecutionRole", *ROLES, NOT_NULL),
    Row("subnetIds", SUBNETS[:1], SUBNETS, NOT_NULL),
    Row("appNetworkAccessType", "PublicInternetOnly", "VpcOnly", NOT_NULL, beside={"securityGroupIds": GROUPS}),
    Row("tagPropagation", "DISABLED", "ENABLED", NOT_NULL),
    Row("homeEfsFileSystem.creation", "Disabled", "Enabled", NOT_NULL),
    flag("domainSettings.ExecutionRoleIdentityConfig", "DISABLED", "USER_PROFILE_NAME", "DISABLED"),
    flag("domainSettings.DockerSettings.EnableDockerAccess", "DISABLED", "ENABLED", "DISABLED"),
    flag("domainSettings.DockerSettings.RootlessDocker", "DISABLED", "ENABLED", "DISABLED"),
    list_row("domainSettings.DockerSettings.VpcOnlyTrustedAccounts", "210987654321", "210987654322"),
    flag("domainSettings.IpAddressType", "ipv4", "dualstack", "ipv4"),
    Row("domainSettings.SecurityGroupIds", GROUPS[:1], GROUPS),
]
#: How a member of the manifest is called in UpdateDomain and in DescribeDomain.
SENT = {"subnetIds": "SubnetIds", "appNetworkAccessType": "AppNetworkAccessType", "tagPropagation": "TagPropagation",
        "homeEfsFileSystem.creation": "HomeEfsFileSystemCreation", "domainSettings": "DomainSettingsForUpdate",
        "defaultUserSettings": "DefaultUserSettings", "defaultSpaceSettings": "DefaultSpaceSettings"}


def aws_path(path: str) -> str:
    for name, sent in SENT.items():
        if path == name or path.startswith(name + "."):
            return sent + path[len(name):]
    return path


def read_path(path: str) -> str:
    return aws_path(path).replace("DomainSettingsForUpdate", "DomainSettings")


def sent_for(row: Row, value: Any) -> dict[str, Any]:
    """What the call is to carry beside the keys of the resource."""
    given: dict[str, Any] = {}
    for path, beside in row.along.items():
        put(given, aws_path(path), beside)
    return put(given, aws_path(row.path), value)


class Trial:
    """What the phases of one estate did, by row."""

    def __init__(self, estate: Estate, rows: list[Row]) -> None:
        self.estate, self.rows = estate, rows
        self.calls: dict[str, list[Any]] = {}
        self.live: dict[str, dict[str, Any]] = {}
        self.reasons: dict[str, str] = {}
        self.run_phases()

    def declare(self, row: Row, number: int, value: Any, declared: bool = True) -> None:
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        raise NotImplementedError

    def phase(self, name: str, codes: tuple[int, ...]) -> None:
        self.calls[name] = self.estate.apply("--output", "json", codes=codes)
        self.live[name] = self.describe()

    def run_phases(self) -> None:
        for number, row in enumerate(self.rows):
            self.declare(row, number, row.first)
        self.phase("create", (0,))
        for number, row in enumerate(self.rows):
            self.declare(row, number, row.second)
        self.phase("change", (0,))
        for number, row in enumerate(self.rows):
            self.declare(row, number, row.second, declared=row.cleared is NOT_NULL)
        self.phase("undeclared", (0,))
        for number, row in enumerate(self.rows):
            self.declare(row, number, row.second if row.cleared is NOT_NULL else None)
        self.estate.save()
        self.reasons = {change["address"].rsplit("/", 1)[1]: change.get("reason", "")
                        for change in self.estate.plan()["changes"]}
        self.phase("clear", (2,))


def settings_of(row: Row, value: Any, declared: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for path, beside in row.beside.items():
        put(settings, path, beside)
    return put(settings, row.path, value) if declared else settings


class ProfileTrial(Trial):
    def declare(self, row: Row, number: int, value: Any, declared: bool = True) -> None:
        if number == 0:
            self.estate.domain()
            self.members = self.estate.team("t")["members"]
        self.members.append({"user": f"u{number}", "userSettings": settings_of(row, value, declared)})

    def describe(self) -> dict[str, Any]:
        return {name.removesuffix("-t"): profile["UserSettings"]
                for name, profile in self.estate.profiles().items()}


class DomainTrial(Trial):
    def declare(self, row: Row, number: int, value: Any, declared: bool = True) -> None:
        self.estate.domain(f"u{number}", defaultExecutionRole={"roleArn": ROLES[0]},
                           **settings_of(row, value, declared))

    def describe(self) -> dict[str, Any]:
        sagemaker = self.estate.boto3("sagemaker")
        return {domain["DomainName"]: sagemaker.describe_domain(DomainId=domain["DomainId"])
                for page in sagemaker.get_paginator("list_domains").paginate() for domain in page["Domains"]}


@pytest.fixture(scope="module")
def own_cloud():
    with Cloud("--settle-ms", "0") as cloud:
        yield cloud
        cloud.check_health()


@pytest.fixture(scope="module")
def profiles(own_cloud, tmp_path_factory):
    return ProfileTrial(Estate(own_cloud, tmp_path_factory.mktemp("profiles")), PROFILE)


@pytest.fixture(scope="module")
def domains(own_cloud, tmp_path_factory):
    own_cloud.reset()
    for arn in ROLES:
        own_cloud.role(arn.rsplit("/", 1)[1], account=ACCOUNT, services=["sagemaker.amazonaws.com"])
    return DomainTrial(Estate(own_cloud, tmp_path_factory.mktemp("domains")), DOMAIN)


def check_row(trial: Trial, rows: list[Row], row: Row, operation: str, member: str, wrap: str | None) -> None:
    number = rows.index(row)
    name = f"u{number}"
    path = read_path(row.path)
    key = f"{name}-t" if wrap else trial.live["create"][name]["DomainId"]

    def changed(phase: str) -> list[dict[str, Any]]:
        """What was sent about it, without the keys of the resource."""
        found = []
        for called, given in about(trial.calls[phase], member, key):
            assert called == operation
            rest = {part: value for part, value in given.items() if part not in ("DomainId", "UserProfileName")}
            assert set(rest) == {wrap} or not wrap
            found.append(rest[wrap] if wrap else rest)
        return found

    assert at(trial.live["create"][name], path) == row.first
    assert changed("change") == [sent_for(row, row.second)]
    assert at(trial.live["change"][name], path) == row.second
    assert changed("undeclared") == []
    assert at(trial.live["undeclared"][name], path) == row.second
    if row.cleared is BLOCKED:
        assert changed("clear") == []
        assert f"{path} cannot be cleared" in trial.reasons[f"{name}-t" if wrap else name]
        assert at(trial.live["clear"][name], path) == row.second
    elif row.cleared is not NOT_NULL:
        assert changed("clear") == [sent_for(row, row.cleared)]
        assert at(trial.live["clear"][name], path) in (None, row.cleared)


@pytest.mark.parametrize("row", PROFILE, ids=str)
def test_a_field_of_a_profile(profiles, row):
    check_row(profiles, PROFILE, row, "UpdateUserProfile", "UserProfileName", "UserSettings")


@pytest.mark.parametrize("row", DOMAIN, ids=str)
def test_a_field_of_a_domain(domains, row):
    check_row(domains, DOMAIN, row, "UpdateDomain", "DomainId", None)


def leaves(shape: Any, path: str = "") -> set[str]:
    if shape.type_name != "structure":
        return {path}
    return {leaf for name, member in shape.members.items() for leaf in leaves(member, f"{path}.{name}".lstrip("."))}


def test_the_rows_cover_what_aws_can_update():
    """A member that a new version of the API adds gets a row, or a reason for having none."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    settings = model.operation_model("UpdateUserProfile").input_shape.members["UserSettings"]
    rows = {row.path for row in PROFILE}
    missing = {leaf for leaf in leaves(settings)
               if leaf not in ELSEWHERE and not any(leaf == path or leaf.startswith(path + ".") for path in rows)}
    assert missing == set()
