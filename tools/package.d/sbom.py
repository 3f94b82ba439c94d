# SPDX-License-Identifier: Apache-2.0
"""The bill of materials, as SPDX 2.3: a package per program, and the parts that are linked into each."""
import hashlib
import json

from release import MAINTAINER, NAME, SUMMARY

SUPPLIER = MAINTAINER.partition(" <")[0]


def document(programs, parts, change):
    own = {f"SPDXRef-{NAME}-linux-{architecture}": package(
        NAME, change.version, SUPPLIER, "Apache-2.0", {"purl": f"pkg:generic/{NAME}@{change.version}?arch={architecture}"},
        (NAME, hashlib.sha256(program).hexdigest()), primaryPackagePurpose="APPLICATION",
        summary=f"{SUMMARY}, for linux/{architecture}") for architecture, program in programs.items()}
    others = {"SPDXRef-" + part.name.replace("+", "x").replace(" ", "-"): package(
        part.name, part.version, part.supplier, part.licence, part.references, part.source, primaryPackagePurpose="LIBRARY")
        for part in parts}
    content = {
        "packages": [{"SPDXID": name, **content} for name, content in {**own, **others}.items()],
        "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", program) for program in own]
        + [relation(program, "STATIC_LINK", part) for program in own for part in others],
    }
    # A name that no other document has: one of the content's.
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    name = f"{NAME}-{change.version}"
    return (json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{digest}",
        "creationInfo": {"created": change.created,
                         "creators": [f"Organization: {SUPPLIER}", f"Tool: {NAME}/tools/package-{change.version}"]},
        **content,
    }, indent=1, ensure_ascii=False) + "\n").encode()


def package(name, version, supplier, licence, references, file, **more):
    content = {
        "name": name, "versionInfo": version, "supplier": f"Organization: {supplier}", "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseDeclared": licence, **more,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER" if kind == "purl" else "SECURITY", "referenceType": kind,
                          "referenceLocator": locator} for kind, locator in references.items()],
    }
    if file:
        path, digest = file
        content |= {"packageFileName": path, "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}
    return content


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
