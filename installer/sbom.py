"""The bill of materials: CycloneDX 1.6 as JSON, the same for the same source and libraries."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import product
import shipped

SPECIFICATION = "1.6"


def text(things: shipped.Shipped) -> str:
    """The bill of materials of a built package."""
    main = {
        "type": "application",
        "bom-ref": product.COMMAND,
        "name": product.NAME,
        "version": product.version(),
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:pypi/moeplanner-gui@{product.version()}",
    }
    components = [_component(one) for one in things.components]
    listed = {one["bom-ref"]: one for one in components}
    if len(listed) != len(components):
        raise ValueError("Two components have the same name and version.")
    bill = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{_serial(sorted(listed))}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(product.built_at())),
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "name": "PyInstaller",
                        "version": things.builder_version,
                    }
                ]
            },
            "component": main,
        },
        "components": components,
        "dependencies": [{"ref": product.COMMAND, "dependsOn": sorted(listed)}],
    }
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"


def problems(bill: str) -> list[str]:
    """What is wrong with a bill of materials by its schema.

    Raises:
        ImportError: The library that knows the schema is not installed.
    """
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    return [] if found is None else [str(found)]


def _serial(names: list[str]) -> uuid.UUID:
    told = "\n".join([product.version(), product.commit(), *names])
    return uuid.uuid5(uuid.NAMESPACE_URL, told)


def _component(one: shipped.Component, above: str = "") -> dict[str, Any]:
    name = f"{one.name}@{one.version}" if one.version else one.name
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"{above}{name}",
        "name": one.name,
        "version": one.version,
        "licenses": [_licence(one.licence)],
        "copyright": one.copyright,
        "purl": one.purl,
    }
    if one.homepage:
        told["externalReferences"] = [{"type": "website", "url": one.homepage}]
    if one.parts:
        told["components"] = [_component(part, f"{told['bom-ref']}/") for part in one.parts]
    return {key: value for key, value in told.items() if value}


def _licence(expression: str) -> dict[str, Any]:
    if " " in expression or expression.startswith("LicenseRef-"):
        return {"expression": expression}
    return {"license": {"id": expression}}
