// The 3D viewer shows truth and prediction side by side with one camera. The page has one canvas, which moves to the pair
// that is opened. three.js and the meshes are loaded then, as scripts, because browsers refuse fetch and modules from disk.
const panic3dScripts = new Map(), panic3dMeshes = new Map();
let panic3dViewer = null;

function panic3dLoad(path) {
  if (!panic3dScripts.has(path)) {
    panic3dScripts.set(path, new Promise((resolve, reject) => {
      const script = element("script");
      script.src = path;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${path} is missing: keep the report's folder together`));
      document.head.append(script);
    }));
  }
  return panic3dScripts.get(path);
}

// Called by models/SUITE/KEY/*.js.
window.panic3dModel = (name, base64) => panic3dMeshes.set(name, base64);

async function panic3dGeometry(path) {
  await panic3dLoad(path);
  const name = path.split("/").at(-1).replace(/\.js$/, "");
  const packed = Uint8Array.from(atob(panic3dMeshes.get(name)), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const [vertices, triangles] = new Uint32Array(bytes.buffer, 0, 2);
  let at = 8;
  // words stored as byte planes (all low bytes first), each as the difference from the previous word
  const words = (count, width) => {
    const found = new Uint32Array(count), mask = width === 2 ? 0xffff : 0xffffffff;
    for (let i = 0, last = 0; i < count; i++) {
      let word = 0;
      for (let plane = 0; plane < width; plane++) word |= bytes[at + plane * count + i] << (8 * plane);
      found[i] = last = (last + word & mask) >>> 0;
    }
    at += count * width;
    return found;
  };
  const position = new Float32Array(3 * vertices), colour = new Float32Array(3 * vertices);
  words(3 * vertices, 2).forEach((step, i) => position[3 * (i % vertices) + Math.floor(i / vertices)] = step / 65535 * 0.7 - 0.35);
  const one = new THREE.Color();
  for (let i = 0; i < vertices; i++) {
    const [r, g, b] = [0, 1, 2].map((channel) => bytes[at + channel * vertices + i] / 255);
    one.setRGB(r, g, b, THREE.SRGBColorSpace).toArray(colour, 3 * i);
  }
  const geometry = new THREE.BufferGeometry();
  // A mesh in one colour (white, if its file has none) would be a flat shape, or invisible on the white page: it is shaded.
  geometry.userData.oneColour = [0, 1, 2].every((channel) => {
    const values = bytes.subarray(at + channel * vertices, at + (channel + 1) * vertices);
    return values.every((value) => value === values[0]);
  });
  at += 3 * vertices;
  geometry.setAttribute("position", new THREE.BufferAttribute(position, 3));
  geometry.setAttribute("color", new THREE.BufferAttribute(colour, 3));
  geometry.setIndex(new THREE.BufferAttribute(words(3 * triangles, 4), 1));
  geometry.computeVertexNormals();
  return geometry;
}

class Panic3dViewer {
  constructor() {
    this.box = element("div", "viewer");
    this.canvas = element("canvas");
    this.pick = element("select");
    this.shape = element("input");
    this.shape.type = "checkbox";
    this.said = element("span", "hint");
    const shape = element("label", "", "shape only");
    shape.prepend(this.shape);
    const close = element("button", "", "close");
    close.addEventListener("click", () => this.close());
    const bar = element("div", "bar"), names = element("div", "names");
    this.right = element("span");
    names.append(element("span", "", "truth"), this.right);
    bar.append(this.pick, shape, this.said, close);
    const stage = element("div", "stage");
    stage.append(this.canvas, names);
    this.box.append(bar, stage);
    this.renderer = new THREE.WebGLRenderer({ canvas: this.canvas, antialias: true });
    this.renderer.setClearColor(0xffffff);
    this.renderer.setScissorTest(true);
    this.camera = new THREE.PerspectiveCamera(30, 1, 0.01, 10);
    this.controls = new THREE.OrbitControls(this.camera, this.canvas);
    this.controls.enablePan = false;
    this.controls.addEventListener("change", () => this.draw());
    this.scene = new THREE.Scene();
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x777788, 1.6));
    const sun = new THREE.DirectionalLight(0xffffff, 1.8);
    sun.position.set(0.6, 1, 0.8);
    this.scene.add(sun);
    const side = THREE.DoubleSide;
    this.looks = [
      new THREE.MeshBasicMaterial({ vertexColors: true, side }),
      new THREE.MeshLambertMaterial({ color: 0xc9cdd6, side }),
    ];
    this.sides = [0, 1].map(() => new THREE.Mesh(new THREE.BufferGeometry(), this.looks[0]));
    this.scene.add(...this.sides);
    this.pick.addEventListener("change", () => this.show());
    this.shape.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  async open(section, pair, board, button) {
    this.close();
    [this.pair, this.button] = [pair, button];
    this.pick.replaceChildren(...pair.rows.map((row) => new Option(board.labels[row.row], row.row)));
    section.querySelector(".rows").prepend(this.box);
    button.hidden = true;
    this.camera.position.set(0, 0, 1.5);
    this.controls.target.set(0, 0, 0);
    this.controls.update();
    await this.show();
  }

  close() {
    this.box.remove();
    if (this.button) this.button.hidden = false;
  }

  async show() {
    const row = this.pair.rows.find((other) => String(other.row) === this.pick.value);
    this.right.textContent = this.pick.selectedOptions[0].textContent;
    this.said.textContent = "loading";
    try {
      const paths = [this.pair.model, row.model];
      const found = await Promise.all(paths.map((path) => path ? panic3dGeometry(path) : new THREE.BufferGeometry()));
      found.forEach((geometry, i) => this.sides[i].geometry = geometry);
      const colours = found[1].userData.oneColour ? "shaded, because it has no colours" : "one colour a vertex";
      this.said.textContent = row.model ? `drag to turn; simplified, ${colours}` : "this method gave no mesh that can be shown";
    } catch (error) {
      this.said.textContent = error.message;
    }
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !this.box.isConnected) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / 2 / height;
    this.camera.updateProjectionMatrix();
    this.sides.forEach((mesh, i) => {
      mesh.material = this.looks[Number(this.shape.checked || Boolean(mesh.geometry.userData.oneColour))];
      this.sides.forEach((other) => other.visible = other === mesh);
      this.renderer.setViewport(i * width / 2, 0, width / 2, height);
      this.renderer.setScissor(i * width / 2, 0, width / 2, height);
      this.renderer.render(this.scene, this.camera);
    });
  }
}

async function panic3dView(section, pair, board, button) {
  button.textContent = "loading";
  try {
    await panic3dLoad("vendor/three.min.js");
    panic3dViewer ??= new Panic3dViewer();
    await panic3dViewer.open(section, pair, board, button);
    button.textContent = "turn in 3D";
  } catch (error) {
    button.textContent = `no 3D here: ${error.message}`;
  }
}
