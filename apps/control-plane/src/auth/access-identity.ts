import { MemberName } from '@fettle/contract';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import * as v from 'valibot';
import { log } from '../log.ts';
import { onlyOrigin } from '../outgoing/allow-target.ts';
import { fetchOutside } from '../outgoing/fetch-outside.ts';

/** Header in which Cloudflare Access tells whom it let in (developers.cloudflare.com/cloudflare-one, "Application token"). */
export const ACCESS_HEADER = 'cf-access-jwt-assertion';

/** Where a team's keys are, and for which application a token must be. */
export type AccessSettings = { team: string; audience: string };

/** Longer than that nobody waits for a team's keys. */
const KEYS_DEADLINE_MS = 5000;
/** A team has two or three keys, of about 2 kB each with their certificates. */
const MOST_KEYS_BYTES = 64 * 1024;
/** Access changes its keys every 6 weeks and takes the old ones for 7 days more. */
const KEYS_MAX_AGE_MS = 600_000;
/** After keys could not be had, and after a key that is not among them, they are not asked for again this soon. */
const KEYS_COOL_DOWN_MS = 30_000;
/** How far the clocks of Access and of this worker may be apart, in seconds. */
const CLOCK_TOLERANCE_S = 5;

/** People have an e-mail address; service tokens a common name, and no address. */
const Claims = v.union([
  v.object({ type: v.literal('app'), email: MemberName }),
  v.object({ type: v.literal('app'), common_name: MemberName }),
]);

/** Checks tokens of one team. Keys are kept between requests, and without keys nobody is let in. */
export class AccessIdentities {
  private readonly settings: AccessSettings;
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private failedAt = -Infinity;

  constructor(settings: AccessSettings) {
    this.settings = settings;
    const limits = {
      allow: onlyOrigin(settings.team),
      timeoutMs: KEYS_DEADLINE_MS,
      maxBytes: MOST_KEYS_BYTES,
    };
    this.keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', settings.team), {
      timeoutDuration: KEYS_DEADLINE_MS,
      cacheMaxAge: KEYS_MAX_AGE_MS,
      cooldownDuration: KEYS_COOL_DOWN_MS,
      [customFetch]: (url, init) => fetchOutside(url, init, limits),
    });
  }

  isFor({ team, audience }: AccessSettings): boolean {
    return this.settings.team === team && this.settings.audience === audience;
  }

  /** Who a token says that somebody is; `null` when it is not one that Access made for us, or nobody can tell. */
  async verify(token: string, now: number): Promise<string | null> {
    try {
      const { payload } = await jwtVerify(token, (header, jws) => this.key(header, jws, now), {
        algorithms: ['RS256'],
        issuer: this.settings.team,
        audience: this.settings.audience,
        requiredClaims: ['exp', 'iat'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(now),
      });
      const claims = v.safeParse(Claims, payload);
      if (!claims.success) return null;
      return 'email' in claims.output ? claims.output.email : claims.output.common_name;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof KeysUnavailable) return null;
      throw error;
    }
  }

  private async key(...[header, token, now]: [...Parameters<JWTVerifyGetKey>, number]) {
    if (now - this.failedAt < KEYS_COOL_DOWN_MS) {
      // A key that somebody made up must not keep those out whose key is known.
      const known = this.keys.fresh ? this.keys.jwks() : undefined;
      if (known === undefined) throw new KeysUnavailable(this.settings.team);
      return createLocalJWKSet(known)(header, token);
    }
    try {
      return await this.keys(header, token);
    } catch (error) {
      // The keys are there, and none of them made this token.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      this.failedAt = now;
      log.error(`the keys of ${this.settings.team} cannot be had: nobody is let in by them`, error);
      throw new KeysUnavailable(this.settings.team, { cause: error });
    }
  }
}

class KeysUnavailable extends Error {
  constructor(team: string, options?: ErrorOptions) {
    super(`The keys of ${team} cannot be had at the moment`, options);
    this.name = 'KeysUnavailable';
  }
}
