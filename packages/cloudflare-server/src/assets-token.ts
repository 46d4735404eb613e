import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';

/** What the token of an upload of assets says: for which script, and which files by path. */
const Claims = v.strictObject({
  script: v.string(),
  /** Path to digest. */
  manifest: v.record(v.string(), v.string()),
  /** Shown with a script's upload it must say so: everything is there. */
  complete: v.boolean(),
  exp: v.number(),
});
export type AssetsClaims = v.InferOutput<typeof Claims>;

const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');

/** Makes and checks JSON Web Tokens of one key. */
export class AssetsTokens {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  sign(claims: AssetsClaims): string {
    const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${signed}.${this.#tag(signed).toString('base64url')}`;
  }

  /** `null` when it is not ours or its time (in seconds) is over. */
  verify(token: string, nowSeconds: number): AssetsClaims | null {
    const [header, payload = '', signature = ''] = token.split('.');
    if (header !== HEADER) return null;
    const expected = this.#tag(`${header}.${payload}`);
    const shown = Buffer.from(signature, 'base64url');
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return null;
    const claims = v.parse(Claims, JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return claims.exp > nowSeconds ? claims : null;
  }

  #tag(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}
