# SPDX-License-Identifier: Apache-2.0
"""What documents of a page must have to be of use: kubeconfigs, provider files, ExecCredentials and objects of Kubernetes."""

PLUGIN = "eks-aws-auth-plugin"
EXEC_EXTENSION = "client.authentication.k8s.io/exec"
API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
# They describe no object of a cluster, and have no name.
NAMELESS = {"Kustomization", "Component", "List", "ExecCredential", "ClusterConfiguration"}


def need(condition, what):
    assert condition, what


def check(document, check_options):
    """`check_options` gets each list of arguments for the plugin."""
    if not isinstance(document, dict):
        return
    if "providers" in document:
        check_provider_file(document, check_options)
    elif document.get("kind") == "Config" or {"clusters", "users"} & document.keys():
        check_kubeconfig(document, check_options)
    elif document.get("kind") == "ExecCredential":
        need(document.get("apiVersion") in API_VERSIONS, "an ExecCredential needs an apiVersion")
        need({"spec", "status"} & document.keys(), "an ExecCredential needs spec or status")
        check_extension((document.get("spec") or {}).get("cluster", {}).get("config"))
    elif "kind" in document or "apiVersion" in document:
        need(document.get("apiVersion") and document.get("kind"), "an object needs apiVersion and kind")
        need(document["kind"] in NAMELESS or document.get("metadata", {}).get("name"), f"a {document['kind']} needs metadata.name")
        if document["kind"] == "ClusterProfile":
            check_cluster_profile(document)


def check_provider_file(document, check_options):
    need(document["providers"], "a provider file needs providers")
    for provider in document["providers"]:
        need(provider.get("name"), "a provider needs a name")
        check_exec(provider.get("execConfig") or {}, check_options)


def check_kubeconfig(document, check_options):
    for cluster in document.get("clusters", []):
        need(cluster.get("name"), "a cluster needs a name")
        need(cluster.get("cluster", {}).get("server", "").startswith("https://"), "a cluster needs a server")
        check_extensions(cluster["cluster"])
    for user in document.get("users", []):
        need(user.get("name"), "a user needs a name")
        if "exec" in user.get("user", {}):
            check_exec(user["user"]["exec"], check_options)
            need(user["user"]["exec"].get("interactiveMode"), "exec needs interactiveMode")
    for context in document.get("contexts", []):
        need(context.get("name") and context.get("context", {}).keys() >= {"cluster", "user"}, "a context needs name, cluster and user")


def check_cluster_profile(document):
    for provider in document.get("status", {}).get("accessProviders", []):
        need(provider.get("name"), "an access provider needs a name")
        need(provider.get("cluster", {}).get("server", "").startswith("https://"), "an access provider needs a server")
        check_extensions(provider["cluster"])


def check_extensions(cluster):
    for one in cluster.get("extensions", []):
        need(one.get("name") and "extension" in one, "an extension needs name and extension")
        if one["name"] == EXEC_EXTENSION:
            check_extension(one["extension"])


def check_extension(config):
    if config is not None and {"region", "clusterId"} & config.keys():
        need(config.keys() >= {"region", "clusterId"}, "the plugin needs region and clusterId")


def check_exec(config, check_options):
    need(config.get("apiVersion") in API_VERSIONS, "exec needs an apiVersion")
    need(config.get("command"), "exec needs a command")
    for variable in config.get("env") or []:
        need(variable.get("name") and isinstance(variable.get("value"), str), "a variable needs a name and a text as value")
    if config["command"].endswith(PLUGIN):
        arguments = config.get("args") or []
        check_options(arguments)
        need(config.get("provideClusterInfo") is True or {"token", "get-token"} & set(arguments), "the plugin needs provideClusterInfo")
