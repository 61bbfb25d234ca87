// What moves by itself: the head that follows the pointer, the blinking, and a shake that lets the hair swing.

const FOLLOW_RATE = 6, YAW_RAD = 0.28, PITCH_RAD = 0.2, EYE_YAW_DEG = 25, EYE_PITCH_DEG = 15;
const BLINK_S = 0.2, BLINK_WAIT_S = [2, 5];
const SHAKE_S = 1.6, SHAKE_RAD = 0.3, SHAKE_HZ = 1.6;

export class Motion {
  constructor() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.follows = !calm;
    this.blinks = !calm;
    this.pointer = { x: 0, y: 0 };
    this.shown = { x: 0, y: 0 };
    this.untilBlink = BLINK_WAIT_S[0];
    this.shakeLeft = 0;
  }

  shake() {
    this.shakeLeft = SHAKE_S;
  }

  /** Advance by some seconds, and return the pose. */
  step(seconds) {
    const wanted = this.follows ? this.pointer : { x: 0, y: 0 };
    const rate = 1 - Math.exp(-FOLLOW_RATE * seconds);
    this.shown.x += (wanted.x - this.shown.x) * rate;
    this.shown.y += (wanted.y - this.shown.y) * rate;
    this.shakeLeft = Math.max(this.shakeLeft - seconds, 0);
    const share = this.shakeLeft / SHAKE_S;
    const shake = SHAKE_RAD * share * Math.sin(2 * Math.PI * SHAKE_HZ * (SHAKE_S - this.shakeLeft));
    return {
      yaw: YAW_RAD * this.shown.x + shake,
      pitch: -PITCH_RAD * this.shown.y,
      lookYaw: EYE_YAW_DEG * this.shown.x,
      lookPitch: -EYE_PITCH_DEG * this.shown.y,
      blink: this.blinks ? this.#blink(seconds) : 0,
    };
  }

  #blink(seconds) {
    this.untilBlink -= seconds;
    if (this.untilBlink < -BLINK_S) this.untilBlink = BLINK_WAIT_S[0] + (BLINK_WAIT_S[1] - BLINK_WAIT_S[0]) * Math.random();
    return this.untilBlink < 0 ? 1 - Math.abs(this.untilBlink + BLINK_S / 2) / (BLINK_S / 2) : 0;
  }
}
