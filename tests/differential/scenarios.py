# SPDX-License-Identifier: Apache-2.0
"""All scenarios, by what they are about. A new one is a row of its table; the words for it are in chain_scenario.py."""
import chain_calls
import chain_container
import chain_environment
import chain_files
import chain_imds
import chain_login
import chain_process
import chain_profiles
import chain_sso
import chain_web_identity

GROUPS = {
    "environment": chain_environment.KEYS,
    "selection": chain_environment.SELECTION,
    "order": chain_environment.ORDER,
    "grammar": chain_files.GRAMMAR,
    "locations": chain_files.LOCATIONS,
    "both files": chain_files.MERGE,
    "profile": chain_profiles.SOURCES,
    "role": chain_profiles.ROLES,
    "credential_source": chain_profiles.CREDENTIAL_SOURCES,
    "web identity": chain_web_identity.SCENARIOS,
    "region": chain_calls.REGIONS,
    "endpoint": chain_calls.ENDPOINTS,
    "trust": chain_calls.TRUST,
    "proxy": chain_calls.PROXIES,
    "retries": chain_calls.RETRIES,
    "answers of STS": chain_calls.ANSWERS,
    "process": chain_process.SCENARIOS,
    "container": chain_container.SCENARIOS,
    "instance metadata": chain_imds.SCENARIOS,
    "SSO": chain_sso.SCENARIOS,
    "login": chain_login.SCENARIOS,
}
