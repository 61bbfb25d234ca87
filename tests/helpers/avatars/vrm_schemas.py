"""JSON schemas of VRM's extensions, and what they find in the JSON of a file that has such extensions."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

TYPES = {
    "VRM": ("@pixiv/types-vrm-0.0", "VRM"),
    "VRMC_vrm": ("@pixiv/types-vrmc-vrm-1.0", "VRMCVRM"),
    "VRMC_springBone": ("@pixiv/types-vrmc-springbone-1.0", "VRMCSpringBone"),
    "VRMC_materials_mtoon": ("@pixiv/types-vrmc-materials-mtoon-1.0", "VRMCMaterialsMToon"),
}
"""Extension -> package of npm with its TypeScript declarations, and the name of its type."""
GENERATOR = "ts-json-schema-generator@2.4.0"
NPM_PACKAGES = (*(f"{package}@3.5.5" for package, _ in TYPES.values()), GENERATOR)
OFFICIAL = {
    "VRM": "0.0/schema/vrm.schema.json",
    "VRMC_vrm": "VRMC_vrm-1.0/schema/VRMC_vrm.schema.json",
    "VRMC_springBone": "VRMC_springBone-1.0/schema/VRMC_springBone.schema.json",
    "VRMC_materials_mtoon": "VRMC_materials_mtoon-1.0/schema/VRMC_materials_mtoon.schema.json",
}
"""Extension -> its schema in `specification/` of https://github.com/vrm-c/vrm-specification."""
GLTF_SCHEMAS: dict[str, dict[str, Any]] = {
    "glTFProperty.schema.json": {
        "type": "object",
        "properties": {"extensions": {"type": "object", "additionalProperties": {"type": "object"}}, "extras": {}},
    },
    "glTFid.schema.json": {"type": "integer", "minimum": 0},
    "textureInfo.schema.json": {
        "type": "object",
        "allOf": [{"$ref": "glTFProperty.schema.json"}],
        "properties": {
            "index": {"$ref": "glTFid.schema.json"},
            "texCoord": {"type": "integer", "minimum": 0},
        },
        "required": ["index"],
    },
}
"""What VRM's schemas refer to in glTF 2.0, which stands in another repository (KhronosGroup/glTF)."""


def find_violations(document: dict[str, Any], schemas: Mapping[str, Validator]) -> list[str]:
    """What the schemas do not allow in the extensions of a glTF document, MToon of every material included."""
    owners = [("", document), *((f"material {m['name']}: ", m) for m in document["materials"])]
    return [
        f"{owner}{error.json_path.replace('$', name, 1)}: {error.message[:200]}"
        for owner, holder in owners
        for name, content in holder.get("extensions", {}).items()
        if name in schemas
        for error in schemas[name].iter_errors(content)
    ]


def generate_schemas(npm_folder: Path) -> dict[str, Validator]:
    """Schemas of the TypeScript declarations that three-vrm uses; they allow no property that they do not name."""
    schemas = {}
    for name, (package, kind) in TYPES.items():
        declarations = npm_folder / "node_modules" / package / "types" / "index.d.ts"
        command = ["npx", "--no-install", "ts-json-schema-generator", "--path", str(declarations), "--type", kind]
        written = subprocess.run(command, cwd=npm_folder, capture_output=True, text=True, check=True)
        schema = json.loads(written.stdout)
        if name == "VRMC_vrm":
            # VRM 1.0-beta had these; in VRM 1.0 the key of an expression says both.
            expression = schema["definitions"]["Expression"]
            expression["required"].remove("preset")
            del expression["properties"]["preset"], expression["properties"]["name"]
        schemas[name] = validator_for(schema)(schema)
    return schemas


def read_official_schemas(specification: Path) -> dict[str, Validator]:
    """The schemas of a copy of VRM's specification; skips where it lacks them."""
    if not all((specification / file).is_file() for file in OFFICIAL.values()):
        pytest.skip("no specification of VRM (PANIC3D_VRM_SPECIFICATION names a clone of vrm-c/vrm-specification)")
    schemas = {}
    for name, file in OFFICIAL.items():
        path = specification / file
        contents = {other.name: json.loads(other.read_text("utf-8")) for other in path.parent.glob("*.schema.json")}
        resources = [
            (key, Resource.from_contents(content, default_specification=DRAFT202012))
            for key, content in {**GLTF_SCHEMAS, **contents}.items()
        ]
        schemas[name] = Draft202012Validator(contents[path.name], registry=Registry().with_resources(resources))
    return schemas
