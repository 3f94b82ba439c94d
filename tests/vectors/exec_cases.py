# SPDX-License-Identifier: Apache-2.0
"""The cases of exec.json: what a plugin is asked, and what it answers.

Left out is what plugins may do differently, and hosts never ask: YAML, text that isn't UTF-8, lone surrogates, numbers beyond
double, between 100 and 20000 levels, objects that occur twice, members of spec.cluster that a plugin for EKS needn't read.
"""
import json
import time

from sigv4_cases import ACCESS_KEY_ID, SECRET, SESSION_TOKEN, TIME, epoch_of
from token_cases import token_case

TOKEN_LIFE_SECONDS = 14 * 60  # STS's limit of 15 minutes, and a minute for clocks that differ
# What Linux gives a variable, less `KUBERNETES_EXEC_INFO=` and the NUL: see MAX_ARG_STRLEN in execve(2).
VALUE_LIMIT_BYTES = 131072 - len("KUBERNETES_EXEC_INFO=") - 1

REGION, CLUSTER = "us-west-2", "prod-cluster"
CONFIG = f'{{"region":"{REGION}","clusterId":"{CLUSTER}"}}'
# A HOME that doesn't exist, and no metadata service: the user's own files and the machine's role must not take part.
BARE = {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
KEYS = {**BARE, "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}


def api_version(version):
    return "client.authentication.k8s.io/" + version


def request(spec, version="v1"):
    return f'{{"apiVersion":"{api_version(version)}","kind":"ExecCredential","spec":{spec}}}'


def cluster(members):
    return f'{{"cluster":{{"server":"https://h",{members}}}}}'


def asked(config):
    return request(cluster('"config":' + config))


def region_of(text):
    return asked(f'{{"region":"{text}","clusterId":"c1"}}')


def cluster_of(text):
    return asked(f'{{"region":"{REGION}","clusterId":"{text}"}}')


GOOD = asked(CONFIG)
# In client-go's own order of members, and with its escapes.
CLIENT_GO = ('{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/%s","spec":{"cluster":{'
             '"server":"https://k8s.example:443","tls-server-name":"k8s.example","certificate-authority-data":"Zm9v",'
             '"proxy-url":"http://proxy.example:3128/?a=b\\u0026c","disable-compression":true,'
             '"config":{"clusterId":"prod-cluster","region":"us-west-2"}},"interactive":%s}}\n')


def padded(size):
    return asked(CONFIG[:-1] + ',"x":"' + "x" * (size - len(asked(CONFIG[:-1] + ',"x":""}'))) + '"}')


def served_cases(oracle):
    def case(name, exec_info=GOOD, *, version="v1", interactive=False, region=REGION, cluster=CLUSTER, env=KEYS, at=TIME):
        token = token_case(oracle, name, session_token=env.get("AWS_SESSION_TOKEN") or None, region=region, cluster=cluster,
                           at=at)["token"]
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch_of(at) + TOKEN_LIFE_SECONDS))
        answer = {"kind": "ExecCredential", "apiVersion": api_version(version), "spec": {"interactive": interactive},
                  "status": {"expirationTimestamp": expires, "token": token}}
        return {"name": name, "exec_info": exec_info, "env": env, "time": epoch_of(at), "exit_code": 0, "answer": answer,
                "failure": None}

    def spec(members):
        return request(cluster('"config":' + CONFIG)[:-1] + "," + members + "}")

    return [
        case("v1, as client-go sends it", CLIENT_GO % ("v1", "false")),
        case("v1beta1, as client-go sends it", CLIENT_GO % ("v1beta1", "false"), version="v1beta1"),
        case("v1, a terminal", CLIENT_GO % ("v1", "true"), interactive=True),
        case("v1beta1, a terminal", CLIENT_GO % ("v1beta1", "true"), version="v1beta1", interactive=True),
        case("interactive is missing"),
        case("interactive is null", spec('"interactive":null')),
        case("interactive behind the cluster", spec('"interactive":true'), interactive=True),
        case("kind and apiVersion behind spec", '{"spec":%s,"apiVersion":"%s","kind":"ExecCredential"}' % (
            cluster('"config":' + CONFIG), api_version("v1"))),
        case("blanks, tabs and CRLF around it", " \r\n\t" + GOOD + " \r\n"),
        case("blanks within it", GOOD.replace(":", " : ").replace(",", "\n,\t").replace("https : ", "https:")),
        case("a byte order mark", "\ufeff" + GOOD),
        case("escapes in names and values", asked(r'{"re\u0067ion":"us\u002dwest-2","cluster\u0049d":"\u0070rod-cluster"}')),
        case("escapes and UTF-8 elsewhere",
             asked(CONFIG[:-1] + r',"x\u003c":"\u0026\u2028\ud83d\udd11","y":"' + "\u00e9\U0001f511\"}")),
        case("config's keys in another case", asked(f'{{"Region":"{REGION}","CLUSTERID":"{CLUSTER}"}}')),
        case("an exact key and another case behind it", asked(CONFIG[:-1] + ',"Region":"eu-west-1","clusterID":5}')),
        case("an exact key and another case before it", asked('{"REGION":"eu-west-1","ClusterId":[],' + CONFIG[1:])),
        case("keys twice, the last ones count", asked('{"region":"eu-west-1","clusterId":"other",' + CONFIG[1:])),
        case("a key twice, the last one by an escape",
             asked(f'{{"region":"eu-west-1","clusterId":"{CLUSTER}","\\u0072egion":"{REGION}"}}')),
        case("config twice, the last one counts",
             request(cluster('"config":{"region":"eu-west-1","clusterId":"other"},"config":' + CONFIG))),
        case("apiVersion twice, the last one counts", '{"apiVersion":"client.authentication.k8s.io/v2",' + GOOD[1:]),
        case("unknown members at every level", '{"x":1,"metadata":{"name":"y"},' + spec('"x":[]').replace(
            '"server"', '"x":{},"server"').replace('"region"', '"x":"y","region"')[1:]),
        case("config's members that would choose a host",
             asked(CONFIG[:-1] + ',"host":"evil.example","endpoint":"https://evil.example"}')),
        case("null elsewhere",
             request(cluster('"tls-server-name":null,"proxy-url":null,"x":null,"config":' + CONFIG[:-1] + ',"x":null}'))),
        case("what the Python client adds", request(
            cluster('"extensions":[{"name":"x","extension":{"region":"eu-west-1"}}],"config":' + CONFIG)[:-1] +
            ',"response":{"header":{"a":["b"]},"code":401}}')),
        case("a status in the request", GOOD[:-1] + ',"status":{"token":"theirs","expirationTimestamp":"2020-01-01T00:00:00Z"}}'),
        case("a number of 30 digits elsewhere", asked('{"x":123456789012345678901234567890,' + CONFIG[1:])),
        case("100 levels elsewhere", asked('{"x":' + "[" * 96 + "]" * 96 + "," + CONFIG[1:])),
        case("the largest value that Linux can hand over", padded(VALUE_LIMIT_BYTES)),
        case("a cluster of one character", cluster_of("c"), cluster="c"),
        case("a cluster of 100 characters", cluster_of("c" * 100), cluster="c" * 100),
        case("a cluster that EKS wouldn't call so", cluster_of("my.cluster:1_x-y"), cluster="my.cluster:1_x-y"),
        case("China", asked(CONFIG.replace(REGION, "cn-north-1")), region="cn-north-1"),
        case("GovCloud", asked(CONFIG.replace(REGION, "us-gov-west-1")), region="us-gov-west-1"),
        case("a session token", env={**KEYS, "AWS_SESSION_TOKEN": SESSION_TOKEN}),
        case("a session token that is empty", env={**KEYS, "AWS_SESSION_TOKEN": ""}),
        case("an environment that would choose a host", env={
            **KEYS, "AWS_REGION": "eu-west-1", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_ENDPOINT_URL_STS": "https://evil.example"}),
        case("the last second of a year", at="20261231T235959Z"),
        case("the first second of the next", at="20270101T000000Z"),
    ]


def refused_cases():
    def case(name, failure, exec_info=GOOD, *, env=KEYS):
        return {"name": name, "exec_info": exec_info, "env": env, "time": epoch_of(TIME), "exit_code": 1, "answer": None,
                "failure": failure}

    def top(apiVersion=json.dumps(api_version("v1")), kind='"ExecCredential"'):
        return '{"apiVersion":%s,"kind":%s,"spec":%s}' % (apiVersion, kind, cluster('"config":' + CONFIG))

    group = "client.authentication.k8s.io/"
    missing, bad, version, kind, no_config, config, credentials = (
        "no_exec_info", "bad_exec_info", "unsupported_version", "unexpected_kind", "no_config", "bad_config", "no_credentials")
    return [
        case("not set", missing, None),
        case("empty", missing, ""),
        case("blank", missing, " \n\t"),
        case("a word", bad, "hello"),
        case("an array", bad, "[]"),
        case("null", bad, "null"),
        case("a text", bad, '"x"'),
        case("a number", bad, "5"),
        case("cut after its first byte", bad, "{"),
        case("cut in the middle", bad, GOOD[:len(GOOD) // 2]),
        case("cut before its last byte", bad, GOOD[:-1]),
        case("a letter behind it", bad, GOOD + "x"),
        case("two objects", bad, GOOD + GOOD),
        case("two objects on two lines", bad, GOOD + "\n" + GOOD),
        case("20000 levels", bad, asked('{"x":' + "[" * 20000 + "]" * 20000 + "," + CONFIG[1:])),
        case("20000 levels that nobody closes", bad, asked('{"x":' + "[" * 20000)[:-3]),
        case("spec is an array", bad, request("[]")),
        case("cluster is a number", bad, request('{"cluster":5}')),
        case("server is a number", bad, request('{"cluster":{"server":5,"config":' + CONFIG + "}}")),
        case("interactive is a text", bad, request(cluster('"config":' + CONFIG)[:-1] + ',"interactive":"yes"}')),
        *(case("apiVersion is " + name, version, top(apiVersion=text)) for name, text in {
            "v1alpha1": f'"{group}v1alpha1"', "a later one": f'"{group}v2"', "in upper case": f'"{group}V1"',
            "without its group": '"v1"', "empty": '""', "null": "null", "a number": "1"}.items()),
        case("apiVersion is missing", version, top().replace(f'"apiVersion":"{group}v1",', "")),
        *(case("kind is " + name, kind, top(kind=text)) for name, text in {
            "another": '"Pod"', "in lower case": '"execcredential"', "empty": '""', "null": "null", "a number": "5"}.items()),
        case("kind is missing", kind, top().replace('"kind":"ExecCredential",', "")),
        case("no spec", no_config, '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'),
        case("spec is null", no_config, request("null")),
        case("no cluster: provideClusterInfo is false", no_config,
             CLIENT_GO[:CLIENT_GO.index('"cluster"')] % "v1" + '"interactive":false}}\n'),
        case("cluster is null", no_config, request('{"cluster":null}')),
        case("no config", no_config, request('{"cluster":{"server":"https://h"}}')),
        case("config is null: the cluster has no extension", no_config, asked("null")),
        case("spec in another case", no_config, GOOD.replace('"spec"', '"Spec"')),
        case("cluster in another case", no_config, GOOD.replace('"cluster"', '"Cluster"')),
        case("config in another case", no_config, GOOD.replace('"config"', '"Config"')),
        *(case("config is " + name, config, asked(text)) for name, text in {
            "empty": "{}", "an array": "[]", "a text": '"x"', "an empty text": '""', "a number": "42", "a flag": "true"}.items()),
        *(case(name, config, asked(text)) for name, text in {
            "no clusterId": '{"region":"us-west-2"}', "no region": '{"clusterId":"c1"}',
            "region is empty": '{"region":"","clusterId":"c1"}', "clusterId is empty": '{"region":"us-west-2","clusterId":""}',
            "region is null": '{"region":null,"clusterId":"c1"}', "clusterId is null": '{"region":"us-west-2","clusterId":null}',
            "region is null, another case isn't": '{"region":null,"Region":"us-west-2","clusterId":"c1"}',
            "region is a number": '{"region":1,"clusterId":"c1"}', "region is an object": '{"region":{},"clusterId":"c1"}',
            "clusterId is a number": '{"region":"us-west-2","clusterId":123456}',
            "clusterId is a flag": '{"region":"us-west-2","clusterId":true}',
            "two other cases of region": '{"Region":"us-west-2","REGION":"us-west-2","clusterId":"c1"}',
            "two other cases of clusterId": '{"region":"us-west-2","ClusterId":"c1","CLUSTERID":"c1"}'}.items()),
        *(case("region " + name, config, region_of(text)) for name, text in {
            "is blank": " ", "has a blank before it": " us-west-2", "has a blank behind it": "us-west-2 ",
            "has a line end": r"us-west-2\n", "has a NUL": r"us-west-2\u0000", "is in upper case": "US-WEST-2",
            "has a host": "us-west-2.evil.example", "has a path": "us-west-2/", "has a user": "evil.example@us-west-2",
            "is no region": "west"}.items()),
        *(case("clusterId " + name, config, cluster_of(text)) for name, text in {
            "has 101 characters": "c" * 101, "has a blank": "c 1", "has a line end": r"c1\n", "has a NUL": r"c\u00001",
            "has a header in it": r"c1\r\nx-evil: 1", "has a character beyond ASCII": "c\u00e4"}.items()),
        case("no credentials", credentials, env=BARE),
        case("an access key id without its secret", credentials, env={**BARE, "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID}),
        case("an access key id and an empty secret", credentials, env={**KEYS, "AWS_SECRET_ACCESS_KEY": ""}),
        case("a secret without its access key id", credentials, env={**BARE, "AWS_SECRET_ACCESS_KEY": SECRET}),
        case("an empty access key id", credentials, env={**KEYS, "AWS_ACCESS_KEY_ID": ""}),
    ]


def exec_cases(oracle):
    return served_cases(oracle) + refused_cases()
