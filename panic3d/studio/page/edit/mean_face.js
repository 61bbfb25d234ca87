// The 28 points of a mean face: a start where none was found. Columns and rows from their mean, over the mean distance to
// it, of 4,000 generated characters (panic3d/models/portrait/faces/mean_face.py has the same numbers).

const LEFT_HALF = {
  0: [-1.5994, 0.194], 1: [-0.9834, 0.9149], 2: [0, 1.5041],
  5: [-1.2598, -0.7985], 6: [-0.7769, -0.9071], 7: [-0.3191, -0.8185],
  11: [-1.1962, -0.3034], 12: [-0.7829, -0.5682], 13: [-0.2931, -0.2195], 14: [-0.3976, -0.0323], 15: [-0.7745, 0.0517], 16: [-1.1086, -0.0798],
  23: [0, 0.3242], 24: [-0.2224, 0.8124], 25: [0, 0.8045], 27: [0, 0.876],
};
const MIRROR = { 0: 4, 1: 3, 2: 2, 5: 10, 6: 9, 7: 8, 11: 19, 12: 18, 13: 17, 14: 22, 15: 21, 16: 20, 23: 23, 24: 26, 25: 25, 27: 27 };
const SHARE_OF_PICTURE = 0.1;

/** Points of a face in the middle of a picture. */
export function placeMeanFace(width, height) {
  const scale = SHARE_OF_PICTURE * Math.min(width, height), points = [];
  for (const [index, [x, y]] of Object.entries(LEFT_HALF)) {
    points[index] = [width / 2 + scale * x, height / 2 + scale * y];
    points[MIRROR[index]] = [width / 2 - scale * x, height / 2 + scale * y];
  }
  for (const index of [2, 23, 25, 27]) points[index][0] = width / 2;
  return points;
}
