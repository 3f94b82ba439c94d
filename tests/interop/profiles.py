# SPDX-License-Identifier: Apache-2.0
"""Provider files and ClusterProfiles as JSON text. `@FOLDER@` and `@CA@` are put in later."""
import json

V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
EXEC = "client.authentication.k8s.io/exec"
ARGS = "clusterprofiles.multicluster.x-k8s.io/exec/additional-args"
ENVS = "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs"
ABSENT = object()  # where a payload would be


class Raw(str):
    """JSON text that is to be kept as it is."""


def text(value):
    """JSON; a Raw anywhere within stays."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {text(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return json.dumps(value)


def provider(name="acme", args_policy=None, envs_policy=None, **exec_config):
    found = {"name": name, "execConfig": {"apiVersion": V1, "command": "@FOLDER@/record", "provideClusterInfo": True, **exec_config}}
    if args_policy is not None:
        found["profileSourcedCLIArgsPolicy"] = args_policy
    if envs_policy is not None:
        found["profileSourcedEnvVarsPolicy"] = envs_policy
    return found


def providers(*all_of_them):
    return text({"providers": list(all_of_them)})


def variables(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def cluster(*extensions, **members):
    found = {"server": "https://prod.example:6443", "certificate-authority-data": "@CA@"}
    found.update((name.replace("_", "-"), member) for name, member in members.items())
    if extensions:
        found["extensions"] = [{"name": name, **({} if payload is ABSENT else {"extension": payload})} for name, payload in extensions]
    return found


def profile(*extensions, name="acme", **members):
    return profile_of(accessProviders=[{"name": name, "cluster": cluster(*extensions, **members)}])


def profile_of(**status):
    return text({"apiVersion": "multicluster.x-k8s.io/v1alpha1", "kind": "ClusterProfile",
                 "metadata": {"name": "prod", "namespace": "fleet"}, "spec": {"displayName": "prod"}, "status": status})


def named(name, payload):
    return {"name": name, "cluster": cluster((EXEC, payload))}
