#!/usr/bin/env bash
# Makes panic3d/benchmark/report/vendor/three.min.js anew: what the report's viewer uses of three.js, as one plain script,
# because Chromium refuses modules from disk. Needs npm; run it only to take a newer three.js.
set -euo pipefail
cd "$(dirname "$0")/.."
THREE=0.187.0 ESBUILD=0.28.2
target="$PWD/panic3d/benchmark/report/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent "three@$THREE" "esbuild@$ESBUILD"
cat >viewer.mjs <<'END'
export { BufferAttribute, BufferGeometry, Color, DirectionalLight, DoubleSide, Group, HemisphereLight, Mesh,
  MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer } from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
END
node node_modules/esbuild/install.js
npx esbuild viewer.mjs --bundle --minify --format=iife --global-name=THREE --legal-comments=none --log-level=warning \
    --banner:js="/* three.js $THREE, MIT: see three.LICENSE.txt */" --outfile="$target/three.min.js"
cp node_modules/three/LICENSE "$target/three.LICENSE.txt"
