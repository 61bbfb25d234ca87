// Shows the avatar that the page holds: orbit, expressions, a head that follows the pointer, hair that swings.
"use strict";
(async () => {
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage");
  const renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  renderer.domElement.tabIndex = 0;
  renderer.domElement.setAttribute("aria-label", "The avatar; arrow keys turn it");
  stage.append(renderer.domElement);
  const scene = new THREE.Scene();
  const light = new THREE.DirectionalLight(0xffffff, Math.PI);
  light.position.set(0.2, 0.8, 2);
  scene.add(light);
  const camera = new THREE.PerspectiveCamera(22, 1, 0.05, 30);
  const controls = new THREE.OrbitControls(camera, renderer.domElement);
  controls.enableDamping = true;

  const bytes = Uint8Array.from(atob(byId("avatar").textContent), (c) => c.charCodeAt(0));
  const loader = new THREE.GLTFLoader();
  loader.register((parser) => new THREE.VRMLoaderPlugin(parser));
  let gltf;
  try {
    gltf = await loader.parseAsync(bytes.buffer, "");
  } catch (error) {
    byId("message").textContent = `The avatar could not be loaded: ${error.message}`;
    return;
  }
  const vrm = gltf.userData.vrm;
  THREE.VRMUtils.rotateVRM0(vrm);
  scene.add(vrm.scene);
  byId("message").remove();
  const meta = vrm.meta;
  byId("meta").textContent = `Author: ${(meta.authors || [meta.author]).join(", ")}. VRM ${meta.metaVersion === "0" ? "0.x" : "1.0"}.`;

  const headBone = vrm.humanoid.getNormalizedBoneNode("head");
  const neckBone = vrm.humanoid.getNormalizedBoneNode("neck");
  const sign = meta.metaVersion === "0" ? -1 : 1;
  for (const [side, turn] of [["left", -1], ["right", 1]]) {
    vrm.humanoid.getNormalizedBoneNode(`${side}UpperArm`).rotation.z = turn * sign * 1.2;
  }
  const middle = vrm.humanoid.getRawBoneNode("head").getWorldPosition(new THREE.Vector3());
  const reset = () => {
    controls.target.set(middle.x, middle.y + 0.06, middle.z);
    camera.position.set(middle.x, middle.y + 0.06, middle.z + 1.9);
    sliders.forEach((slider) => { slider.value = 0; });
  };

  const names = Object.keys(vrm.expressionManager.expressionMap).filter((name) => !name.startsWith("look"));
  const sliders = new Map(names.map((name) => {
    const label = document.createElement("label");
    const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01, value: 0 });
    slider.id = `expression-${name}`;
    label.append(name, slider);
    byId("expressions").append(label);
    return [name, slider];
  }));
  byId("reset").addEventListener("click", reset);
  byId("wireframe").addEventListener("change", (event) => {
    vrm.scene.traverse((node) => {
      for (const material of [node.material || []].flat()) material.wireframe = event.target.checked;
    });
  });
  renderer.domElement.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const offset = camera.position.clone().sub(controls.target);
    offset.applyAxisAngle(new THREE.Vector3(0, 1, 0), step[0]);
    offset.y += step[1];
    camera.position.copy(controls.target).add(offset);
  });

  const pointer = { x: 0, y: 0 }, shown = { x: 0, y: 0 };
  stage.addEventListener("pointermove", (event) => {
    const box = stage.getBoundingClientRect();
    pointer.x = (2 * (event.clientX - box.left)) / box.width - 1;
    pointer.y = 1 - (2 * (event.clientY - box.top)) / box.height;
  });
  stage.addEventListener("pointerleave", () => { pointer.x = pointer.y = 0; });

  let untilBlink = 2;
  const computeBlink = (seconds) => {
    untilBlink -= seconds;
    if (untilBlink < -0.2) untilBlink = 2 + 3 * Math.random();
    return untilBlink < 0 ? 1 - Math.abs(untilBlink + 0.1) / 0.1 : 0;
  };
  const resize = () => {
    const { clientWidth, clientHeight } = stage;
    renderer.setSize(clientWidth, clientHeight, false);
    camera.aspect = clientWidth / Math.max(clientHeight, 1);
    camera.updateProjectionMatrix();
  };
  new ResizeObserver(resize).observe(stage);
  resize();
  reset();
  let before = performance.now();
  renderer.setAnimationLoop((now) => {
    const seconds = Math.min(Math.max(now - before, 0) / 1000, 0.1);
    before = now;
    const wanted = byId("follow").checked ? pointer : { x: 0, y: 0 };
    const rate = 1 - Math.exp(-6 * seconds);
    shown.x += (wanted.x - shown.x) * rate;
    shown.y += (wanted.y - shown.y) * rate;
    for (const bone of [headBone, neckBone]) {
      if (bone) bone.rotation.set(-0.2 * shown.y * sign, 0.28 * shown.x, 0);
    }
    if (vrm.lookAt) vrm.lookAt.applier.applyYawPitch(25 * shown.x, -15 * shown.y);
    const blink = byId("blinking").checked ? computeBlink(seconds) : 0;
    for (const [name, slider] of sliders) {
      const value = Number(slider.value);
      vrm.expressionManager.setValue(name, name === "blink" ? Math.max(value, blink) : value);
    }
    vrm.update(seconds);
    controls.update();
    renderer.render(scene, camera);
  });
  window.avatarViewer = { vrm, camera, names };
})();
