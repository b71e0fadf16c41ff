"""The services that moto answers: that they work through this front, and fit their models."""

from __future__ import annotations

import json

from cloud.client import Cloud

from support import OTHER, refused

METADATA = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"


def test_ec2(cloud: Cloud) -> None:
    ec2 = cloud.boto3("ec2", "eu-west-1")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "studio"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="studio", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": [{"GroupId": group}]}])
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.sagemaker.api",
                                       VpcEndpointType="Interface", SubnetIds=[subnet])["VpcEndpoint"]["VpcEndpointId"]
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["VpcId"] == vpc
    found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["studio"]}])["Vpcs"]
    assert [item["VpcId"] for item in found] == [vpc]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["FromPort"] == 2049
    ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=["vpc-00000000"])
    assert all(item["VpcId"] != vpc for item in cloud.boto3("ec2", "eu-west-1", account=OTHER).describe_vpcs()["Vpcs"])


def test_organizations(cloud: Cloud) -> None:
    org = cloud.boto3("organizations")
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    unit = org.create_organizational_unit(ParentId=root, Name="ml")["OrganizationalUnit"]["Id"]
    assert org.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"][0]["Id"] == unit
    assert org.list_accounts()["Accounts"]
    org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    content = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
    policy = org.create_policy(Content=content, Description="d", Name="scp", Type="SERVICE_CONTROL_POLICY")["Policy"]
    org.attach_policy(PolicyId=policy["PolicySummary"]["Id"], TargetId=unit)
    assert org.list_targets_for_policy(PolicyId=policy["PolicySummary"]["Id"])["Targets"][0]["TargetId"] == unit


def test_identity_center(cloud: Cloud) -> None:
    sso = cloud.boto3("sso-admin")
    instance = sso.list_instances()["Instances"][0]
    made = sso.create_permission_set(InstanceArn=instance["InstanceArn"], Name="DataScientist", SessionDuration="PT8H")
    key = {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": made["PermissionSet"]["PermissionSetArn"]}
    assert sso.describe_permission_set(**key)["PermissionSet"]["Name"] == "DataScientist"
    sso.attach_managed_policy_to_permission_set(**key, ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    people = cloud.boto3("identitystore")
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    group = people.create_group(**store, DisplayName="fraud")["GroupId"]
    user = people.create_user(**store, UserName="alice", DisplayName="Alice",
                              Name={"GivenName": "A", "FamilyName": "B"})["UserId"]
    people.create_group_membership(**store, GroupId=group, MemberId={"UserId": user})
    assert len(people.list_group_memberships(**store, GroupId=group)["GroupMemberships"]) == 1
    sso.create_account_assignment(**key, TargetId=OTHER, TargetType="AWS_ACCOUNT", PrincipalType="GROUP", PrincipalId=group)
    assert len(sso.list_account_assignments(**key, AccountId=OTHER)["AccountAssignments"]) == 1


def test_kms_and_quotas(cloud: Cloud) -> None:
    kms = cloud.boto3("kms")
    key = kms.create_key(Description="studio", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/studio", TargetKeyId=key)
    assert kms.describe_key(KeyId="alias/studio")["KeyMetadata"]["KeyId"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/studio"]
    quotas = cloud.boto3("service-quotas")
    with refused("NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-AC46C40F")


def test_the_rest_of_iam(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    saml = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    assert iam.list_saml_providers()["SAMLProviderList"][0]["Arn"] == saml
    assert iam.get_saml_provider(SAMLProviderArn=saml)["SAMLMetadataDocument"] == METADATA
    iam.create_open_id_connect_provider(Url="https://oidc.example.com/id", ClientIDList=["sts.amazonaws.com"])
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1
    iam.create_user(UserName="bob", Path="/people/")
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert iam.list_attached_user_policies(UserName="bob")["AttachedPolicies"][0]["PolicyName"] == "ReadOnlyAccess"
    assert iam.get_user(UserName="bob")["User"]["Path"] == "/people/"
    iam.get_account_summary()
    iam.create_account_alias(AccountAlias="acme-ml")
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-ml"]
    iam.create_instance_profile(InstanceProfileName="ip")
    assert iam.list_instance_profiles()["InstanceProfiles"][0]["InstanceProfileName"] == "ip"
