// How the surface is shown: as drawn, lit, its shape alone, or one colour for each part.

export const SURFACES = [["drawn", "Drawn"], ["lit", "Lit"], ["shape", "Shape"], ["parts", "Parts"]];
const PART_COLOURS = {
  Face: 0xf2b58f, Eye: 0x3d7fc4, Lid: 0xd9705a, MouthInside: 0xa63d57,
  Body: 0xe39a72, Cloth: 0x5a9e6f, Hair: 0x8b6fc0, Accessory: 0xe0b64a,
};
const OTHER_COLOUR = 0x9aa3ad, CLAY = 0xd8d4cc;
const kept = new WeakMap();

/** The parts of a model that have a colour, as [name, CSS colour]. */
export function listParts(meshes) {
  const names = new Set(meshes.flatMap(({ material }) => [material].flat()).map((material) => partOf(material)));
  return [...names].map((name) => [name, `#${colourOf(name).toString(16).padStart(6, "0")}`]);
}

/** Give every mesh the materials of a surface. */
export function applySurface(meshes, surface, isWireframe) {
  for (const { mesh, material } of meshes) {
    mesh.material = Array.isArray(material) ? material.map((one) => find(one, surface)) : find(material, surface);
    for (const one of [mesh.material].flat()) one.wireframe = isWireframe;
  }
}

const partOf = (material) => material.name.replace(/ \(Outline\)$/, "") || "Model";
const colourOf = (name) => PART_COLOURS[name] ?? OTHER_COLOUR;

function find(material, surface) {
  if (surface === "drawn") return material;
  const made = kept.get(material) ?? {};
  kept.set(material, made);
  made[surface] ??= makeMaterial(material, surface);
  return made[surface];
}

function makeMaterial(material, surface) {
  const shared = {
    side: material.side, transparent: material.transparent, alphaTest: material.alphaTest, depthWrite: material.depthWrite,
    vertexColors: material.vertexColors && surface === "lit",
  };
  if (surface === "lit") return new THREE.MeshLambertMaterial({ ...shared, map: material.map ?? null });
  if (surface === "shape") return new THREE.MeshLambertMaterial({ ...shared, color: CLAY });
  return new THREE.MeshLambertMaterial({ ...shared, color: colourOf(partOf(material)), emissive: colourOf(partOf(material)), emissiveIntensity: 0.25 });
}
