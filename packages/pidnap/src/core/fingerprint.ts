/** Turns a text into a short one that changes when the text changes. Not for secrets, and no proof against an attacker. */

/** 16 hexadecimal digits; two texts that differ have the same ones by an accident of one in 2^64. */
export function fingerprint(text: string): string {
  let [low, high] = [0x9e3779b9, 0x85ebca6b];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x5bd1e995);
    high = Math.imul(high ^ unit, 0x1b873593);
    // Without it the high bits would never reach the low ones.
    low ^= low >>> 15;
    high ^= high >>> 13;
  }
  return digits(mix(low ^ text.length) ^ high) + digits(mix(high ^ text.length) ^ low);
}

/** The 32-bit finaliser of MurmurHash3. */
function mix(h: number): number {
  const once = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

function digits(h: number): string {
  return (h >>> 0).toString(16).padStart(8, '0');
}
