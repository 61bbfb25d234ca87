"""Packages of npm that tests run: Khronos' validator, three.js with three-vrm."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

VALIDATOR = "gltf-validator@2.0.0-dev.3.10"
THREE = ("three@0.170", "@pixiv/three-vrm@3")
VALIDATE = """
const validator = require("gltf-validator"), fs = require("fs");
(async () => {
  const out = {};
  for (const file of process.argv.slice(1)) {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)));
    out[file] = report.issues.messages.filter((message) => message.severity === 0);
  }
  console.log(JSON.stringify(out));
})();
"""


def npm_folder(tmp_path_factory: pytest.TempPathFactory, *packages: str) -> Path:
    """A folder with these packages installed; skips where npm or its registry is out of reach."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text("{}")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if installed.returncode != 0:
        pytest.skip(f"npm could not install {' '.join(packages)}: {installed.stderr.strip()[-300:]}")
    return folder


def find_gltf_errors(folder: Path, files: Sequence[Path]) -> dict[str, list[str]]:
    """The errors that Khronos' validator, installed in the folder, finds in each of the files."""
    command = ["node", "-e", VALIDATE, *map(str, files)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(result.stdout)
    return found
