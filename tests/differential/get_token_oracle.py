# SPDX-License-Identifier: Apache-2.0
"""The token that botocore presigns for a cluster, without a network: what `aws eks get-token` prints."""
import base64
import contextlib
import datetime
import os
from unittest import mock

import botocore.session
from botocore.exceptions import NoCredentialsError

TOKEN_PREFIX = "k8s-aws-v1."
EXPIRES_SECONDS = 60


@contextlib.contextmanager
def clock_at(epoch):
    """botocore signs for this second."""
    now = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        yield


def token_of(url):
    return TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def url_of(token):
    text = token.removeprefix(TOKEN_PREFIX)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def sorted_query(url):
    """The same URL in the order of the AWS SDK for Go; botocore puts the session token last."""
    head, _, query = url.partition("?")
    *signed, signature = query.split("&")
    return head + "?" + "&".join([*sorted(signed), signature])


class GetTokenOracle:
    def __init__(self):
        # The caller's own profile and endpoint settings must not reach the expectation.
        self._environment = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        with self._isolated():
            self._session = botocore.session.Session()
            self._session.set_credentials("unset", "unset")
            # All clients of the session sign with this one object.
            self._credentials = self._session.get_credentials()
            partitions = self._session.get_component("data_loader").load_data("partitions")["partitions"]
        self._region_names = {partition["id"]: sorted(partition["regions"]) for partition in partitions}
        self._clients = {}  # by region: making one takes ten times as long as a token
        self._cluster = None

    def regions(self):
        """Every real region that botocore knows, by partition."""
        return {partition: [r for r in names if not r.endswith("-global")]
                for partition, names in self._region_names.items()}

    def pseudo_regions(self):
        return [r for names in self._region_names.values() for r in names if r.endswith("-global")]

    def presign(self, credentials, region, cluster, epoch):
        """The presigned URL, or an exception where the AWS CLI refuses."""
        if credentials is None:
            raise NoCredentialsError
        if not cluster:
            raise ValueError("get-token wants a cluster")
        client = self._client(region)
        self._credentials.access_key = credentials.access_key
        self._credentials.secret_key = credentials.secret_key
        self._credentials.token = credentials.token
        self._cluster = cluster
        with clock_at(epoch):
            return client.generate_presigned_url(
                "get_caller_identity", ExpiresIn=EXPIRES_SECONDS, HttpMethod="GET")

    def _client(self, region):
        if region not in self._clients:
            with self._isolated():
                client = self._session.create_client("sts", region_name=region)
            client.meta.events.register("before-sign.sts.GetCallerIdentity", self._add_cluster)
            self._clients[region] = client
        return self._clients[region]

    def _add_cluster(self, request, **_):
        request.headers["x-k8s-aws-id"] = self._cluster

    def _isolated(self):
        return mock.patch.dict(os.environ, self._environment, clear=True)
