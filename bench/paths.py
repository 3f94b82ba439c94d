# SPDX-License-Identifier: Apache-2.0
"""The ways to a token that are measured: what is in the plugin's environment, and the servers it needs, on the loopback."""
import contextlib
import json
import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/interop"))
from loopback import Certificate, serve  # noqa: E402
from token_check import LONG_TERM, SESSION  # noqa: E402

REGION, CLUSTER = "eu-west-1", "c1"
SYSTEM_BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
IDENTITY = "eyJhbGciOiJub25lIn0.benchidentity.c2ln"
SECRETS = [LONG_TERM.secret_key, SESSION.token, IDENTITY]
ROLE = "node-role"
JSON_KEYS = {"Code": "Success", "AccessKeyId": SESSION.access_key, "SecretAccessKey": SESSION.secret_key, "Token": SESSION.token,
             "Expiration": "2100-01-01T00:00:00Z"}
STS_REPLY = f"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>{SESSION.access_key}</AccessKeyId><SecretAccessKey>{SESSION.secret_key}</SecretAccessKey>
    <SessionToken>{SESSION.token}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
    </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>""".encode()


def environment(**env):
    info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "spec": {"cluster": {"config": {"region": REGION, "clusterId": CLUSTER}}, "interactive": False}}
    return {"KUBERNETES_EXEC_INFO": json.dumps(info), "AWS_EC2_METADATA_DISABLED": "true", **env}


def static_keys():
    """Keys in the environment: nothing is read, nobody is asked."""
    return environment(AWS_ACCESS_KEY_ID=LONG_TERM.access_key, AWS_SECRET_ACCESS_KEY=LONG_TERM.secret_key)


def metadata(request):
    """Answers as EC2's instance metadata."""
    if request.method == "PUT":
        return 200, b"metadatatoken"
    return 200, JSON_KEYS if request.path.endswith(ROLE) else ROLE.encode()


def trust(folder, certificate):
    """The same certificates, the server's and 144 of the system's, in the ways that a program may be pointed to them."""
    system = SYSTEM_BUNDLE.read_text() if SYSTEM_BUNDLE.exists() else ""
    found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", system, re.S)
    certificates = [*found[:144], certificate.file.read_text()]
    bundle, hashed = folder / "bundle.pem", folder / "hashed"
    bundle.write_text("".join(certificates))
    hashed.mkdir()
    for number, one in enumerate(certificates):
        (hashed / f"{number}.pem").write_text(one)
    subprocess.run(["openssl", "rehash", hashed], check=True, capture_output=True)
    return {"one CA file": {"AWS_CA_BUNDLE": str(certificate.file)},
            "hashed directory": {"SSL_CERT_DIR": str(hashed)},
            f"bundle of {len(certificates)} certificates": {"AWS_CA_BUNDLE": str(bundle)}}


@contextlib.contextmanager
def over_network(folder):
    """Runs the servers, and gives for each way the plugin's environment and the port that it should connect to."""
    folder = pathlib.Path(folder)
    certificate, identity = Certificate(folder), folder / "identity"
    identity.write_text(IDENTITY)
    with (serve(certificate, lambda _: (200, STS_REPLY)) as sts, serve(None, lambda _: (200, JSON_KEYS)) as container,
          serve(None, metadata) as imds):
        irsa = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(identity), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/hub",
                "AWS_ENDPOINT_URL_STS": f"https://{sts}"}
        ways = {f"IRSA, {name}": ({**irsa, **trusted}, sts) for name, trusted in trust(folder, certificate).items()}
        ways["container endpoint"] = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{container}/v1/credentials"}, container
        ways["instance metadata"] = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{imds}"}, imds
        yield {name: (environment(**env), int(address.rpartition(":")[2])) for name, (env, address) in ways.items()}
