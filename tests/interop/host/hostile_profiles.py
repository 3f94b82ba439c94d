#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ClusterProfiles of somebody who may write them and wants more, under our host and our own plugin.

    hostile_profiles.py --host PROGRAM --plugin PATH
"""
import argparse
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from peers import HANG_SECONDS, environment, outputs  # noqa: E402
from profiles import ARGS, ENVS, EXEC, profile, provider, providers  # noqa: E402
from support.tap import Tap  # noqa: E402
from token_check import SESSION, check_token  # noqa: E402

REGION = "us-west-2"
SHOP, EVIL = {"region": REGION, "clusterId": "shop"}, {"region": REGION, "clusterId": "evil"}
SHOP_CA, EVIL_CA = (base64.b64encode(text).decode() for text in (b"CA of the shop", b"CA of another"))
SHOP_SERVER, EVIL_SERVER = "https://shop.example:6443", "https://evil.example:6443"
BOTH = [{"server": SHOP_SERVER, "ca": SHOP_CA, "config": SHOP}, {"server": EVIL_SERVER, "ca": EVIL_CA, "config": EVIL}]


def of(server, ca, config, *extensions, **members):
    return profile((EXEC, config), *extensions, server=server, certificate_authority_data=ca, **members)


def shop(*extensions, **members):
    return of(SHOP_SERVER, SHOP_CA, SHOP, *extensions, **members)


NOT_ALLOWED = "the host doesn't allow server "
# What the author of the profile of `evil` does to get a token of `shop`, or for their own code or servers.
HOSTILE = [
    ("the shop's token to another server", of("https://thief.example", SHOP_CA, SHOP), NOT_ALLOWED),
    ("to another port", of("https://shop.example:6444", SHOP_CA, SHOP), NOT_ALLOWED),
    ("to their own server, which may have its own token", of(EVIL_SERVER, EVIL_CA, SHOP), NOT_ALLOWED),
    ("to a server that poses as the shop by its own CA", of(SHOP_SERVER, EVIL_CA, SHOP), NOT_ALLOWED),
    ("to a server that poses as the shop without any CA", of(SHOP_SERVER, "", SHOP), NOT_ALLOWED),
    ("by their proxy", shop(proxy_url="http://thief.example:3128"), NOT_ALLOWED),
    ("under another name", shop(tls_server_name="thief.example"), NOT_ALLOWED),
    ("to a server whose user looks like the shop", of("https://shop.example:6443@thief.example", SHOP_CA, SHOP),
     "cluster.server: may not name a user"),
    ("in clear text", of("http://shop.example:6443", SHOP_CA, SHOP), "cluster.server: http:// would send the credential in clear text"),
    ("without a check of the server", shop(insecure_skip_tls_verify=True), "cluster.insecure-skip-tls-verify: true is refused"),
    ("by two configs", shop((EXEC, EVIL)), "duplicate extension "),
    *((f"by the variable {name}", shop((ENVS, {name: "/tmp/thief"})), f'environment variable "{name}" may not be set')
      for name in ("LD_PRELOAD", "PATH", "HTTPS_PROXY", "AWS_ENDPOINT_URL_STS", "AWS_CONFIG_FILE", "SSL_CERT_FILE",
                   "KUBERNETES_EXEC_INFO")),
]


class Host:
    def __init__(self, folder, host, plugin):
        self.folder, self.host = folder, host
        self.starts = folder / "starts"
        self.command = folder / "plugin"
        self.command.write_text(f'#!/bin/sh\necho "$@" >>{self.starts}\nexec {plugin} "$@"\n')
        self.command.chmod(0o755)
        (folder / "allowed").write_text(json.dumps(BOTH))

    def answer(self, text, allowed=True, **policies):
        """What comes of a profile, and the arguments of each start of the plugin."""
        self.starts.unlink(missing_ok=True)
        (self.folder / "profile").write_text(text)
        (self.folder / "providers").write_text(providers(provider(command=str(self.command), **policies)))
        env = {"PATH": "/usr/bin:/bin", **environment(self.folder, SESSION)}
        if allowed:
            env["ALLOWED_CLUSTERS"] = str(self.folder / "allowed")
        done = subprocess.run([self.host, str(HANG_SECONDS * 1000), self.folder / "providers", self.folder / "profile"], env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_SECONDS)
        outputs.said(done.stderr)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return json.loads(done.stdout), self.starts.read_text().splitlines() if self.starts.exists() else []


def check_own(answer, cluster):
    assert "error" not in answer, answer
    check_token(answer["token"], REGION, cluster)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--host", "--plugin"):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        host = Host(pathlib.Path(name), options.host, options.plugin)
        for cluster, text in (("shop", shop()), ("evil", of(EVIL_SERVER, EVIL_CA, EVIL))):
            with tap.case(f"a profile as it should be gets its own token: {cluster}"):
                answer, starts = host.answer(text)
                check_own(answer, cluster)
                assert starts == [""], starts
        with tap.case("a host that binds nothing hands the shop's token to whatever server a profile names"):
            answer, _ = host.answer(of("https://thief.example", EVIL_CA, SHOP), allowed=False)
            check_own(answer, "shop")
        for name, text, refusal in HOSTILE:
            with tap.case(f"refused, and the plugin isn't started: {name}"):
                answer, starts = host.answer(text, envs_policy="Replace", args_policy="Append")
                assert answer["word"] == "EXEC-CLUSTER-PROFILE" and answer["error"].startswith(refusal), answer
                assert starts == [], starts
        with tap.case("arguments and variables of a profile reach no plugin whose policies don't ask for them"):
            new = host.folder / "installed"
            answer, starts = host.answer(shop((ARGS, ["--install", str(new)]), (ENVS, {"AWS_ACCESS_KEY_ID": "THIEF"})))
            check_own(answer, "shop")
            assert starts == [""] and not new.exists(), starts
    tap.done()


main()
