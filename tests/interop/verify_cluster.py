#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin with --verify-cluster. botocore says how DescribeCluster is sent, signed and to which host; moto's EKS, another
author's, says over TLS what clusters there are. Its IAM isn't asked: it finds botocore's own signature of this call bad.

    verify_cluster.py --plugin PATH --build DIR
"""
import base64
import contextlib
import copy
import json
import logging
import os
import pathlib
import sys
import tempfile

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.endpoint_provider import EndpointProvider

import peers
from loopback import ACCOUNT, Certificate, connect_proxy, running, serve
from token_check import LONG_TERM, SESSION, check_token

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.tap import Tap  # noqa: E402

try:
    from moto.eks.models import eks_backends
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server
    MISSING = ""
except ImportError as error:
    MISSING = str(error)

REGION, CLUSTER = "eu-west-1", "c1"
LOADER = botocore.session.Session().get_component("data_loader")


class Runner:
    def __init__(self, plugin, folder, certificate):
        self.plugin, self.folder, self.certificate = plugin, folder, certificate

    def run(self, cluster, keys, env, arguments=("--verify-cluster",), region=REGION, name=CLUSTER):
        info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "spec": {"cluster": {**cluster, "config": {"region": region, "clusterId": name}}, "interactive": False}}
        return peers.run([self.plugin, *arguments], {
            **peers.environment(self.folder, keys), "KUBERNETES_EXEC_INFO": json.dumps(info),
            "AWS_CA_BUNDLE": str(self.certificate.file), "AWS_MAX_ATTEMPTS": "1", **env})

    def served(self, cluster, keys, env, **rest):
        done = self.run(cluster, keys, env, **rest)
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
        check_token(json.loads(done.stdout)["status"]["token"], REGION, rest.get("name", CLUSTER))

    def refused(self, parts, cluster, keys, env, **rest):
        done = self.run(cluster, keys, env, **rest)
        assert done.returncode == 1 and done.stdout == "", (done.returncode, done.stderr)
        assert done.stderr.startswith("[eks] failed to get EKS token: --verify-cluster: ") and done.stderr.count("\n") == 1, done.stderr
        assert all(part in done.stderr for part in parts), (parts, done.stderr)


def example():
    """DescribeCluster's answer in botocore's own examples."""
    [first] = LOADER.load_service_model("eks", "examples-1")["examples"]["DescribeCluster"]
    return first["output"]["cluster"]


def path_by_botocore(name):
    """What botocore's client asks for."""
    client = botocore.session.Session().create_client("eks", REGION, aws_access_key_id="x", aws_secret_access_key="x")
    asked = []

    def answer(request, **_):
        asked.append(f"{request.method} {request.url.removeprefix(client.meta.endpoint_url)}")
        empty = AWSResponse(request.url, 200, {}, None)
        empty._content = b"{}"
        return empty
    client.meta.events.register("before-send.eks.DescribeCluster", answer)
    client.describe_cluster(name=name)
    return asked[0]


def authorization(keys, request):
    """botocore's, for a request that came."""
    token = {"X-Amz-Security-Token": keys.token} if keys.token else {}
    date = request.headers["X-Amz-Date"]
    signed = AWSRequest("GET", f"https://{request.headers['Host']}{request.path}", headers={"X-Amz-Date": date, **token})
    signed.context["timestamp"] = date
    signer = SigV4Auth(keys, "eks", REGION)
    return (f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{signer.credential_scope(signed)}, "
            f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(signed))}, "
            f"Signature={signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed)}")


def signature(tap, runner):
    for keys, what, name in [
            (LONG_TERM, "by a long-term key", CLUSTER), (SESSION, "by a session's key", CLUSTER),
            (LONG_TERM, "for a name with marks", "a/b?c#d%e+f~g:h@i&j=k\"l'm"), (SESSION, "for a name with a parent's folder", "a/../b"),
            (LONG_TERM, "for a parent's folder", ".."), (LONG_TERM, "for one that is encoded", "%2e%2e"),
            (LONG_TERM, "for the longest name", "x" * 100)]:
        cluster = {**example(), "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}"}
        seen = []

        def eks(request):
            seen.append(f"{request.method} {request.path}")
            if request.headers.get("X-Amz-Security-Token") != keys.token or request.headers["Authorization"] != authorization(keys, request):
                return 403, {"message": "botocore signs another way"}
            return 200, {"cluster": cluster}
        with tap.case("botocore sends and signs DescribeCluster the same way: " + what):
            with serve(runner.certificate, eks) as address:
                runner.served({"server": cluster["endpoint"], "certificate-authority-data": cluster["certificateAuthority"]["data"]}, keys,
                              {"AWS_ENDPOINT_URL_EKS": f"https://{address}"}, name=name)
            assert seen == [path_by_botocore(name)], seen
    with tap.case("an identity that may not describe clusters is told which permission it lacks"):
        refusal = {"__type": "AccessDeniedException", "message": f"no, {SESSION.token}"}
        with serve(runner.certificate, lambda _: (403, refusal)) as address:
            runner.refused(["AccessDeniedException: no, [redacted] (HTTP 403)",
                            f"allow eks:DescribeCluster on arn:aws:eks:{REGION}:*:cluster/{CLUSTER}"], {}, SESSION,
                           {"AWS_ENDPOINT_URL_EKS": f"https://{address}"})


def hosts(tap, runner):
    """Through a proxy that notes the host and refuses."""
    by_rules = EndpointProvider(LOADER.load_service_model("eks", "endpoint-rule-set-1"), LOADER.load_data("partitions"))
    asked = []

    def note(lines):
        asked.append(lines[0])
        return 407
    with connect_proxy(note) as address:
        for partition in LOADER.load_data("partitions")["partitions"]:
            with tap.case(f"EKS is called at botocore's host in each region of {partition['id']}, with and without FIPS and dual-stack"):
                for region in sorted(partition["regions"]):
                    for fips, dual_stack in [(False, False), (True, False), (False, True), (True, True)]:
                        if region.endswith("-global"):
                            continue
                        url = by_rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack).url
                        asked.clear()
                        runner.refused(["407", url], {}, LONG_TERM, {
                            "HTTPS_PROXY": f"http://{address}", "AWS_USE_FIPS_ENDPOINT": str(fips),
                            "AWS_USE_DUALSTACK_ENDPOINT": str(dual_stack)}, region=region)
                        assert asked == [f"CONNECT {url.removeprefix('https://')}:443 HTTP/1.1"], asked


@contextlib.contextmanager
def moto(certificate):
    """Gives its address, and a list that grows by the path of each request."""
    app, asked = DomainDispatcherApplication(create_backend_app), []

    def noted(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return app(environ, start_response)
    with running(make_server("127.0.0.1", 0, noted, threaded=True, request_handler=MotoRequestHandler,
                             ssl_context=(str(certificate.file), str(certificate.key)))) as address:
        yield address, asked


def pem_of(*certificates):
    return base64.b64encode(b"".join(one.file.read_bytes() for one in certificates)).decode()


def clusters(tap, runner, address, asked, ours, others):
    client = botocore.session.Session().create_client(
        "eks", REGION, endpoint_url=f"https://{address}", verify=str(runner.certificate.file),
        aws_access_key_id="setup", aws_secret_access_key="setup")
    made = client.create_cluster(name=CLUSTER, roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig={})["cluster"]
    arn, server = made["arn"], made["endpoint"]
    env = {"AWS_ENDPOINT_URL_EKS": f"https://{address}"}
    host = server.removeprefix("https://").rstrip("/")
    with tap.case("moto's cluster is served as moto describes it"):
        runner.served({"server": server, "certificate-authority-data": made["certificateAuthority"]["data"]}, LONG_TERM, env)
    # As while the cluster passes from one authority to another; moto's own is no certificate.
    eks_backends[ACCOUNT][REGION].clusters[CLUSTER].certificate_authority = {"data": pem_of(*ours)}
    good = {"server": server, "certificate-authority-data": pem_of(*ours)}
    for name, change in [
            ("written otherwise", {"server": f"HTTPS://{host.upper()}:443"}),
            ("with its own name for TLS", {"tls-server-name": host}),
            ("with one of its two certificates", {"certificate-authority-data": pem_of(ours[1])}),
            ("with its certificates in the other order", {"certificate-authority-data": pem_of(*reversed(ours))}),
            ("through a proxy", {"proxy-url": "http://proxy.example:3128"})]:
        with tap.case("a cluster that is EKS's is served: " + name):
            runner.served({**good, **change}, SESSION, env)
    for name, parts, change in [
            ("another server", ['server "https://evil.example"', arn], {"server": "https://evil.example"}),
            ("another port", [f'{host.lower()}:6443"', arn], {"server": f"https://{host}:6443"}),
            ("no server", ["names no server", arn], {"server": ""}),
            ("another name for TLS", ['tls-server-name "node.example"', arn], {"tls-server-name": "node.example"}),
            ("no verification", ["insecure-skip-tls-verify"], {"insecure-skip-tls-verify": True}),
            ("another's certificate", ["number 1 of 1", arn], {"certificate-authority-data": pem_of(others)}),
            ("another's certificate beside them", ["number 3 of 3", arn], {"certificate-authority-data": pem_of(*ours, others)}),
            ("no certificate", ["certificate-authority-data is missing", arn], {"certificate-authority-data": ""}),
            ("no PEM", ["is no base64 of PEM"], {"certificate-authority-data": base64.b64encode(b"x").decode()})]:
        with tap.case("a cluster that differs from EKS's is refused: " + name):
            runner.refused(parts, {**good, **change}, LONG_TERM, env)
    with tap.case("a cluster that EKS doesn't have is refused"):
        runner.refused(["ResourceNotFoundException", "HTTP 404", "eu-west-1"], good, LONG_TERM, env, name="absent")
    with tap.case("a cluster that EKS has in another region is refused"):
        runner.refused(["ResourceNotFoundException", "HTTP 404", "us-west-2"], good, LONG_TERM, env, region="us-west-2")
    with tap.case("a cluster without endpoint, as one that is being made, is refused with its status"):
        backend = eks_backends[ACCOUNT][REGION]
        backend.clusters["making"] = copy.copy(backend.clusters[CLUSTER])
        vars(backend.clusters["making"]).update(status="CREATING", endpoint=None, certificate_authority=None)
        runner.refused(['"CREATING"', "wait until it is ACTIVE"], good, LONG_TERM, env, name="making")
    with tap.case("without the option nobody is asked, and any server is served"):
        asked.clear()
        runner.served({**good, "server": "https://evil.example"}, LONG_TERM, env, arguments=())
        assert not asked, asked


def main():
    plugin, _ = peers.arguments()
    tap = Tap()
    os.environ["no_proxy"] = "127.0.0.1"
    logging.disable(logging.CRITICAL)  # of servers: a request line may have a token
    with contextlib.ExitStack() as stack:
        folder, *folders = [pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(4)]
        runner = Runner(plugin, folder, Certificate(folder))
        signature(tap, runner)
        hosts(tap, runner)
        if MISSING:
            tap.skip("moto", MISSING)
        else:
            *ours, others = [Certificate(one) for one in folders]
            clusters(tap, runner, *stack.enter_context(moto(runner.certificate)), ours, others)
    tap.done()


main()
