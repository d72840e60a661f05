// The proof of work of the ALTCHA protocol: find the number with which a hash begins as it is asked. In plain script and in small
// portions, so that it works on pages without https, on sites that forbid workers, and beside typing.

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // The first 32 bits of the fractions of cube and square roots of primes.
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found] = fraction(Math.cbrt(n));
    found += 1;
  }
}

const words = new Uint32Array(64);

// SHA-256 of at most 55 bytes.
export function sha256(bytes) {
  const block = new Uint8Array(64);
  block.set(bytes);
  block[bytes.length] = 0x80;
  const view = new DataView(block.buffer);
  view.setUint32(60, bytes.length * 8);
  for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(i * 4);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let i = 16; i < 64; i += 1) {
    const a = words[i - 15];
    const b = words[i - 2];
    words[i] = (words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + words[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) >>> 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  const out = new DataView(new ArrayBuffer(32));
  [a, b, c, d, e, f, g, h].forEach((word, i) => out.setUint32(i * 4, (word + START[i]) >>> 0));
  return new Uint8Array(out.buffer);
}

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// How long a portion of work lasts, in milliseconds: short enough for nobody to feel it.
const PORTION_MS = 12;

// The solution of a challenge as the form sends it, or "" when `signal` ends it before.
export async function solve(challenge, signal) {
  const { algorithm, cost, nonce, salt, keyPrefix, keyLength } = challenge.parameters;
  if (algorithm !== "SHA-256") return "";
  const begun = performance.now();
  const start = new Uint8Array([...bytesOf(salt), ...bytesOf(nonce), 0, 0, 0, 0]);
  const place = new DataView(start.buffer);
  let pause = performance.now() + PORTION_MS;
  for (let counter = 0; counter < 2 ** 32; counter += 1) {
    place.setUint32(start.length - 4, counter);
    let key = sha256(start);
    for (let i = 1; i < cost; i += 1) key = sha256(key);
    const hex = hexOf(key.subarray(0, keyLength));
    if (hex.startsWith(keyPrefix)) {
      const solution = { counter, derivedKey: hex, time: Math.round(performance.now() - begun) };
      return btoa(JSON.stringify({ challenge, solution }));
    }
    if (performance.now() < pause) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal?.aborted) return "";
    pause = performance.now() + PORTION_MS;
  }
  return "";
}
