"""Which services are served, and how a request is recognised as theirs.

The service models are botocore's, loaded when first needed: SageMaker's alone is several
megabytes of JSON, and a test that only uses IAM should not wait for it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel


@dataclass(frozen=True)
class Service:
    name: str  # as botocore calls it
    protocol: str  # json, query or ec2
    signing_name: str
    target_prefix: str = ""  # of X-Amz-Target, JSON services
    api_version: str = ""  # of the form field Version, query services
    json_version: str = "1.1"
    home_region: str = ""  # where global services must be signed for
    moto_module: str = ""  # moto's package and response class, for what is not written here
    moto_class: str = ""


SERVICES = (
    Service("iam", "query", "iam", api_version="2010-05-08", home_region="us-east-1",
            moto_module="iam", moto_class="IamResponse"),
    Service("sts", "query", "sts", api_version="2011-06-15", moto_module="sts", moto_class="TokenResponse"),
    Service("ec2", "ec2", "ec2", api_version="2016-11-15", moto_module="ec2", moto_class="EC2Response"),
    Service("sagemaker", "json", "sagemaker", target_prefix="SageMaker",
            moto_module="sagemaker", moto_class="SageMakerResponse"),
    Service("resourcegroupstaggingapi", "json", "tagging", target_prefix="ResourceGroupsTaggingAPI_20170126"),
    Service("sso-admin", "json", "sso", target_prefix="SWBExternalService",
            moto_module="ssoadmin", moto_class="SSOAdminResponse"),
    Service("identitystore", "json", "identitystore", target_prefix="AWSIdentityStore",
            moto_module="identitystore", moto_class="IdentityStoreResponse"),
    Service("organizations", "json", "organizations", target_prefix="AWSOrganizationsV20161128",
            home_region="us-east-1", moto_module="organizations", moto_class="OrganizationsResponse"),
    Service("kms", "json", "kms", target_prefix="TrentService", moto_module="kms", moto_class="KmsResponse"),
    Service("service-quotas", "json", "servicequotas", target_prefix="ServiceQuotasV20190624",
            moto_module="servicequotas", moto_class="ServiceQuotasResponse"),
    Service("cloudtrail", "json", "cloudtrail",
            target_prefix="com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
            moto_module="cloudtrail", moto_class="CloudTrailResponse"),
)

_BY_NAME = {service.name: service for service in SERVICES}
_BY_TARGET = {service.target_prefix: service for service in SERVICES if service.target_prefix}
_BY_VERSION = {service.api_version: service for service in SERVICES if service.api_version}


def by_name(name: str) -> Service:
    return _BY_NAME[name]


def by_target(prefix: str) -> Service | None:
    return _BY_TARGET.get(prefix)


def by_version(version: str) -> Service | None:
    return _BY_VERSION.get(version)


@functools.cache
def service_model(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation, or None if the service has none of that name."""
    try:
        return service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None
