#!/usr/bin/env bash
# Makes the bundles of three.js anew, each as one plain script, because Chromium refuses modules from disk: what the viewer
# of the report uses, and what that of avatars does, with three-vrm. Needs npm; run it only to take newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."
THREE=0.187.0 THREE_VRM=3.5.5 ESBUILD=0.28.2
PWD_OF_PROJECT=$PWD
target="$PWD_OF_PROJECT/panic3d/benchmark/report/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent "three@$THREE" "@pixiv/three-vrm@$THREE_VRM" "esbuild@$ESBUILD"
cat >viewer.mjs <<'END'
export { BufferAttribute, BufferGeometry, Color, DirectionalLight, DoubleSide, Group, HemisphereLight, Mesh,
  MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer } from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
END
node node_modules/esbuild/install.js
npx esbuild viewer.mjs --bundle --minify --format=iife --global-name=THREE --legal-comments=none --log-level=warning \
    --banner:js="/* three.js $THREE, MIT: see three.LICENSE.txt */" --outfile="$target/three.min.js"
cp node_modules/three/LICENSE "$target/three.LICENSE.txt"

target="$PWD_OF_PROJECT/panic3d/avatar/viewer/vendor"
cat >avatar.mjs <<'END'
export { Color, DirectionalLight, HemisphereLight, MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Scene, Vector3,
  WebGLRenderer } from "three";
export { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
export { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";
END
npx esbuild avatar.mjs --bundle --minify --format=iife --global-name=THREE --legal-comments=none --log-level=warning \
    --banner:js="/* three.js $THREE, MIT: see three.LICENSE.txt. three-vrm $THREE_VRM, MIT: see three-vrm.LICENSE.txt */" \
    --outfile="$target/three_vrm.min.js"
cp node_modules/three/LICENSE "$target/three.LICENSE.txt"
cp node_modules/@pixiv/three-vrm/LICENSE "$target/three-vrm.LICENSE.txt"
