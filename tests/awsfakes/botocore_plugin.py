# SPDX-License-Identifier: Apache-2.0
"""An exec credential plugin by botocore alone: what the fakes look like to an AWS SDK.

    plugin_test python3 botocore_plugin.py
"""
import base64
import json
import os
import sys

import botocore.session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest


def token(region, cluster):
    session = botocore.session.get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise SystemExit("no credentials found")
    host = session.get_component("endpoint_resolver").construct_endpoint("sts", region)["hostname"]
    request = AWSRequest("GET", f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15", headers={"x-k8s-aws-id": cluster})
    SigV4QueryAuth(credentials.get_frozen_credentials(), "sts", region, expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")


def main():
    asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
    config = asked["spec"]["cluster"]["config"]
    try:
        status = {"token": token(config["region"], config["clusterId"])}
    except Exception as failure:  # whatever it is, an SDK's user sees its words
        raise SystemExit(f"{type(failure).__name__}: {failure}") from None
    json.dump({"kind": "ExecCredential", "apiVersion": asked["apiVersion"], "spec": {}, "status": status}, sys.stdout)


if __name__ == "__main__":
    main()
