"""Signatures and endpoints against botocore's."""

from __future__ import annotations

import datetime
import random
import string
from typing import Any
from unittest import mock
from urllib.parse import quote

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider

from aws_tool import ask, botocore_name, tables

SESSION = botocore.session.get_session()
LOADER = SESSION.get_component("data_loader")
PARTITIONS = LOADER.load_data("partitions")
OURS = ("aws", "aws-cn", "aws-us-gov")
COUNT = 400


def some_text(random_: random.Random, letters: str, least: int, most: int) -> str:
    return "".join(random_.choice(letters) for _ in range(random_.randint(least, most)))


def some_request(random_: random.Random) -> dict[str, Any]:
    odd = string.ascii_letters + string.digits + "-._~ !$&'()*+,;=:@/%ü€"
    path = "/" + "/".join(random_.choice([quote(some_text(random_, odd, 0, 8), safe="-._~"), ".", "..", ""])
                          for _ in range(random_.randint(0, 4)))
    query = "&".join(f"{quote(some_text(random_, odd, 1, 5), safe='-._~')}"
                     f"={quote(some_text(random_, odd, 0, 6), safe='-._~')}" for _ in range(random_.randint(0, 4)))
    headers = [["Host", "example.amazonaws.com"]]
    if random_.random() < 0.7:
        headers.append(["Content-Type", random_.choice(["application/x-amz-json-1.1", "text/plain; charset=utf-8"])])
    for _ in range(random_.randint(0, 3)):
        name = "X-Amz-" + some_text(random_, string.ascii_letters, 1, 8)
        headers.append([name, some_text(random_, odd.replace("ü", "").replace("€", ""), 0, 12)])
    if random_.random() < 0.5:
        headers.append(["User-Agent", "left out of the signature"])
    if random_.random() < 0.5:
        headers.append(["X-Amz-Security-Token", some_text(random_, string.ascii_letters + "+/=", 20, 200)])
    time = random_.randint(1_500_000_000, 2_000_000_000)
    stamp = datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers.append(["X-Amz-Date", stamp])
    return {"do": "sign", "method": random_.choice(["GET", "POST", "PUT"]), "path": path, "query": query,
            "headers": headers, "body": some_text(random_, odd + "\n", 0, 60),
            "region": random_.choice(["us-east-1", "eu-west-3", "cn-north-1", "us-gov-west-1"]),
            "service": random_.choice(["iam", "sagemaker", "sso", "s3x"]), "time": time,
            "key": some_text(random_, string.ascii_uppercase, 16, 20),
            "secret": some_text(random_, string.ascii_letters + "/+", 40, 40)}


def botocore_signature(request: dict[str, Any]) -> tuple[str, str, str]:
    url = "https://example.amazonaws.com" + request["path"] + ("?" + request["query"] if request["query"] else "")
    wire = AWSRequest(method=request["method"], url=url, data=request["body"].encode())
    for name, value in request["headers"]:
        wire.headers[name] = value
    token = wire.headers.get("X-Amz-Security-Token")
    auth = botocore.auth.SigV4Auth(Credentials(request["key"], request["secret"], token), request["service"],
                                   request["region"])
    wire.context["timestamp"] = wire.headers["X-Amz-Date"]
    canonical = auth.canonical_request(wire)
    to_sign = auth.string_to_sign(wire, canonical)
    fixed = datetime.datetime.fromtimestamp(request["time"], datetime.timezone.utc)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_: fixed, create=True):
        signature = auth.signature(to_sign, wire)
    return canonical, to_sign, signature


def test_signatures_equal_botocores() -> None:
    random_ = random.Random(4711)
    requests = [some_request(random_) for _ in range(COUNT)]
    for request, ours in zip(requests, ask(requests)):
        canonical, to_sign, signature = botocore_signature(request)
        assert ours["canonical_request"] == canonical, request
        assert ours["string_to_sign"] == to_sign, request
        assert ours["authorization"].endswith(f"Signature={signature}"), request
        assert f"Credential={request['key']}/" in ours["authorization"]


def regions(partition: str) -> list[str]:
    rows = next(row for row in PARTITIONS["partitions"] if row["id"] == partition)["regions"]
    return [region for region in rows if not region.endswith("-global")]


def botocore_endpoint(provider: EndpointProvider, parameters: set[str], case: dict[str, Any]) -> tuple[str, str]:
    given: dict[str, Any] = {"Region": case["region"], "UseFIPS": case["fips"], "UseDualStack": case["dual_stack"]}
    if "UseGlobalEndpoint" in parameters:
        given["UseGlobalEndpoint"] = False
    endpoint = provider.resolve_endpoint(**given)
    schemes = endpoint.properties.get("authSchemes") or [{}]
    return endpoint.url, schemes[0].get("signingRegion", case["region"])


@pytest.mark.parametrize("service", [row["name"] for row in tables()["services"]])
def test_endpoints_equal_botocores(service: str) -> None:
    rules = LOADER.load_service_model(botocore_name(service), "endpoint-rule-set-1")
    provider = EndpointProvider(rules, PARTITIONS)
    cases = [{"do": "endpoint", "service": service, "region": region, "fips": fips, "dual_stack": dual}
             for partition in OURS for region in regions(partition)
             for fips in (False, True) for dual in (False, True)]
    assert len(cases) > 100
    for case, ours in zip(cases, ask(cases)):
        url, signing_region = botocore_endpoint(provider, set(rules["parameters"]), case)
        assert (ours.get("url"), ours.get("signing_region")) == (url + "/", signing_region), case


def test_regions_of_other_partitions_are_refused() -> None:
    others = [region for row in PARTITIONS["partitions"] if row["id"] not in OURS for region in row["regions"]]
    others += ["", "us", "us-east", "us-east-", "us-east-1x", "us--1", "nowhere-1", "us-gov-1", "US-EAST-1"]
    for region, ours in zip(others, ask([{"do": "endpoint", "service": "sts", "region": region} for region in others])):
        assert ours.get("error") == "invalid", region
