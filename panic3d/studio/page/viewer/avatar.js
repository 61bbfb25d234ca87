// One loaded head: its scene, its bones, expressions and materials.
import { applySurface } from "./surface.js";

const ARM_REST_RAD = 1.2;
const EYES_ABOVE_HEAD_BONE_M = 0.06;

/** The middle of a model without bones. */
function findMiddle(geometries) {
  const low = new THREE.Vector3(Infinity, Infinity, Infinity), high = low.clone().negate();
  for (const geometry of geometries) {
    geometry.computeBoundingBox();
    low.min(geometry.boundingBox.min);
    high.max(geometry.boundingBox.max);
  }
  return geometries.length ? low.add(high).multiplyScalar(0.5) : new THREE.Vector3();
}

/** Read a VRM or GLB. Raises an Error with a sentence. */
export async function loadAvatar(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error("The file of the head is not there any more.");
  const loader = new THREE.GLTFLoader();
  loader.register((parser) => new THREE.VRMLoaderPlugin(parser));
  return new Avatar(await loader.parseAsync(await response.arrayBuffer(), ""));
}

export class Avatar {
  constructor(gltf) {
    this.vrm = gltf.userData.vrm ?? null;
    if (this.vrm) THREE.VRMUtils.rotateVRM0(this.vrm);
    this.root = this.vrm?.scene ?? gltf.scene;
    this.sign = this.vrm?.meta.metaVersion === "0" ? -1 : 1;
    this.meshes = [];
    this.root.traverse((node) => { if (node.isMesh) this.meshes.push({ mesh: node, material: node.material }); });
    for (const { mesh } of this.meshes) mesh.frustumCulled = false; // morphed and skinned parts leave their boxes
    this.middle = findMiddle(this.meshes.map(({ mesh }) => mesh.geometry));
    this.names = [];
    if (this.vrm) this.#takeBones();
    this.expressions = new Map();
  }

  #takeBones() {
    const { humanoid, expressionManager } = this.vrm;
    this.bones = ["head", "neck"].map((name) => humanoid.getNormalizedBoneNode(name)).filter(Boolean);
    for (const [side, turn] of [["left", -1], ["right", 1]]) {
      const arm = humanoid.getNormalizedBoneNode(`${side}UpperArm`);
      if (arm) arm.rotation.z = turn * this.sign * ARM_REST_RAD;
    }
    humanoid.getRawBoneNode("head").getWorldPosition(this.middle);
    this.middle.y += EYES_ABOVE_HEAD_BONE_M;
    this.names = Object.keys(expressionManager?.expressionMap ?? {}).filter((name) => !name.startsWith("look"));
  }

  get triangles() {
    return this.meshes.reduce((sum, { mesh }) => sum + (mesh.geometry.index?.count ?? mesh.geometry.attributes.position.count) / 3, 0);
  }

  setSurface(surface, isWireframe) {
    applySurface(this.meshes, surface, isWireframe);
  }

  /** Move by `pose` ({yaw, pitch, look, blink}), and let hair swing for some seconds. */
  update(pose, seconds) {
    if (!this.vrm) return;
    for (const bone of this.bones) bone.rotation.set(pose.pitch * this.sign, pose.yaw, pose.roll ?? 0);
    this.vrm.lookAt?.applier.applyYawPitch(pose.lookYaw, pose.lookPitch);
    for (const name of this.names) {
      const value = this.expressions.get(name) ?? 0;
      this.vrm.expressionManager.setValue(name, name === "blink" ? Math.max(value, pose.blink) : value);
    }
    this.vrm.update(seconds);
  }

  dispose() {
    THREE.VRMUtils.deepDispose(this.root);
  }
}
