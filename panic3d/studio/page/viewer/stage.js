// One canvas with one head: draws it, and turns it by pointer and keys.
import { loadAvatar } from "./avatar.js";

const NARROW_SHARE = 0.8; // a pane that is narrower than this share of its height sees more, so that the head fits
const FIELD_OF_VIEW_DEG = 22, DISTANCE_M = 1.9;
export const VIEWS_DEG = { front: 0, left: 90, right: -90, back: 180 };
const KEY_TURN = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
const KEY_ZOOM = { "+": 0.9, "=": 0.9, "-": 1.1 };

/** Emits `turned` when the user has moved its camera. */
export class Stage extends EventTarget {
  constructor(label) {
    super();
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.avatar = null;
    this.url = null;
  }

  /** Make the WebGL context; only once the canvas is shown. Raises an Error where the browser has none. */
  open() {
    if (this.renderer) return;
    this.renderer = new THREE.WebGLRenderer({ canvas: this.canvas, antialias: true, alpha: true });
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.scene = new THREE.Scene();
    const light = new THREE.DirectionalLight(0xffffff, Math.PI * 0.75);
    light.position.set(-0.9, 1.2, 1.6);
    this.light = light;
    this.scene.add(light, new THREE.HemisphereLight(0xffffff, 0x777788, Math.PI * 0.35));
    this.camera = new THREE.PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 0.05, 30);
    this.controls = new THREE.OrbitControls(this.camera, this.canvas);
    this.controls.addEventListener("change", () => { if (!this.isFollowing) this.dispatchEvent(new Event("turned")); });
    this.canvas.addEventListener("keydown", (event) => this.#onKey(event));
    this.view("front");
  }

  /** Show the head of an address; the camera stays where it is. Returns whether it is still wanted when it is there. */
  async load(url) {
    this.url = url;
    const avatar = await loadAvatar(url);
    if (this.url !== url || !this.renderer) {
      avatar.dispose();
      return false;
    }
    this.#drop();
    this.avatar = avatar;
    this.scene.add(avatar.root);
    this.#centre();
    return true;
  }

  #drop() {
    if (!this.avatar) return;
    this.scene.remove(this.avatar.root);
    this.avatar.dispose();
    this.avatar = null;
  }

  /** Keep the head's middle in the middle, whatever its height above the ground. */
  #centre() {
    const moved = this.avatar.middle.clone().sub(this.controls.target);
    if (this.isCentred) return;
    this.isCentred = true;
    this.controls.target.add(moved);
    this.camera.position.add(moved);
    this.controls.update();
  }

  view(name) {
    const turn = (VIEWS_DEG[name] * Math.PI) / 180, target = this.avatar?.middle ?? this.controls.target;
    this.controls.target.copy(target);
    this.camera.position.set(target.x + DISTANCE_M * Math.sin(turn), target.y, target.z + DISTANCE_M * Math.cos(turn));
    this.controls.update();
    this.dispatchEvent(new Event("turned"));
  }

  /** Take the camera of another stage, relative to the middles of their heads. */
  follow(other) {
    if (!this.avatar || !other.avatar) return;
    this.isFollowing = true;
    const moved = this.avatar.middle.clone().sub(other.avatar.middle);
    this.controls.target.copy(other.controls.target).add(moved);
    this.camera.position.copy(other.camera.position).add(moved);
    this.controls.update();
    this.isFollowing = false;
  }

  #onKey(event) {
    const turn = KEY_TURN[event.key], zoom = KEY_ZOOM[event.key];
    if ((!turn && !zoom) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const offset = this.camera.position.clone().sub(this.controls.target);
    if (turn) {
      offset.applyAxisAngle(new THREE.Vector3(0, 1, 0), turn[0]);
      offset.y += turn[1];
    } else offset.multiplyScalar(zoom);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
  }

  draw(pose, seconds) {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    if (!width || !height) return;
    if (width !== this.width || height !== this.height) {
      [this.width, this.height] = [width, height];
      this.renderer.setSize(width, height, false);
      this.camera.aspect = width / height;
      this.camera.fov = FIELD_OF_VIEW_DEG * Math.max((NARROW_SHARE * height) / width, 1);
      this.camera.updateProjectionMatrix();
    }
    this.light.position.copy(this.camera.position).sub(this.controls.target).applyAxisAngle(new THREE.Vector3(0, 1, 0), -0.5);
    this.light.position.y += 0.9;
    this.avatar?.update(pose, seconds);
    this.renderer.render(this.scene, this.camera);
  }

  close() {
    this.url = null;
    if (!this.renderer) return;
    this.#drop();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.renderer = null;
  }
}
