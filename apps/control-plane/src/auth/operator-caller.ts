import type { Actor, Grant, Origin } from '@fettle/contract';
import { rememberIn } from '../bounded-memory.ts';
import type { Env } from '../env.ts';
import { errorResponse } from '../error-response.ts';
import { admitOperator } from '../limits/admit.ts';
import { operatorsOf } from '../operators/operators.ts';
import { ACCESS_HEADER, AccessIdentities, type AccessSettings } from './access-identity.ts';
import { bearerToken, equalSecrets } from './equal-secrets.ts';
import { looksLikeOperatorToken, readOperatorToken } from './operator-token.ts';

/** Who calls, what they may do, and which request this is. */
export type Caller = { actor: Actor; grants: readonly Grant[]; requestId: string };

/** Who asked, for the audit log. */
export const originOf = ({ actor, requestId }: Caller): Origin => ({ actor, requestId });

/** How long an isolate believes what it was told of a token or a member. Revoking takes hold within this. */
const GRANTS_LIVE_MS = 30_000;
/** Callers that one isolate remembers. */
const MAX_CALLERS = 2000;

const ROOT_GRANTS: readonly Grant[] = [{ role: 'admin', organization: null, project: null }];

type Remembered = { grants: readonly Grant[] | null; until: number };

/** By actor; of tokens with the hash of their secret, so that another secret of the same id is another caller. */
const remembered = new Map<string, Remembered>();

/** Forgets what this isolate was told; for whoever has just changed it. */
export function forgetGrants(): void {
  remembered.clear();
}

/**
 * Who calls, or the answer that refuses them. Nothing is parsed yet, and storage is asked only about what is signed and
 * within its rate. A bearer decides alone: where there is one, what Cloudflare Access says counts no more.
 */
export async function authorizeOperator(
  request: Request,
  env: Env,
  requestId: string,
): Promise<Caller | Response> {
  const known = request.headers.has('authorization')
    ? await byBearer(request, env)
    : await byAccess(request, env);
  return known instanceof Response ? known : { ...known, requestId };
}

type Known = Omit<Caller, 'requestId'> | Response;

async function byBearer(request: Request, env: Env): Promise<Known> {
  const bearer = bearerToken(request);
  if (bearer === null) return errorResponse('UNAUTHORIZED');
  if (!looksLikeOperatorToken(bearer)) {
    if (!env.FETTLE_OPERATOR_TOKEN || !(await equalSecrets(bearer, env.FETTLE_OPERATOR_TOKEN)))
      return errorResponse('UNAUTHORIZED');
    return withGrants(env, { kind: 'root', id: 'root' }, () => Promise.resolve(ROOT_GRANTS));
  }
  const shown = env.FETTLE_TOKEN_KEY ? await readOperatorToken(env.FETTLE_TOKEN_KEY, bearer) : null;
  if (shown === null) return errorResponse('UNAUTHORIZED');
  return withGrants(env, { kind: 'token', id: shown.id }, (now) =>
    remember(`token:${shown.id}:${shown.secretHash}`, now, async () => {
      const found = await operatorsOf(env).authenticate(shown);
      return { grants: found?.grants ?? null, until: found?.expiresAt ?? Infinity };
    }),
  );
}

async function byAccess(request: Request, env: Env): Promise<Known> {
  const token = request.headers.get(ACCESS_HEADER);
  const settings = accessSettings(env);
  if (token === null || settings === null) return errorResponse('UNAUTHORIZED');
  if (isFromAnotherSite(request)) return errorResponse('FORBIDDEN');
  const name = await identitiesOf(settings).verify(token, Date.now());
  if (name === null) return errorResponse('UNAUTHORIZED');
  return withGrants(env, { kind: 'person', id: name }, (now) =>
    remember(`person:${name}`, now, async () => ({
      grants: await operatorsOf(env).grantsOf(name),
      until: Infinity,
    })),
  );
}

async function withGrants(
  env: Env,
  actor: Actor,
  grantsOf: (now: number) => Promise<readonly Grant[] | null>,
): Promise<Known> {
  const refused = await admitOperator(env, `${actor.kind}:${actor.id}`);
  if (refused !== null) return refused;
  const grants = await grantsOf(Date.now());
  return grants === null ? errorResponse('UNAUTHORIZED') : { actor, grants };
}

async function remember(
  key: string,
  now: number,
  ask: () => Promise<Remembered>,
): Promise<readonly Grant[] | null> {
  const known = remembered.get(key);
  if (known !== undefined && now < known.until) return known.grants;
  const told = await ask();
  const entry = { grants: told.grants, until: Math.min(told.until, now + GRANTS_LIVE_MS) };
  rememberIn(remembered, key, entry, MAX_CALLERS);
  return told.grants;
}

function accessSettings(env: Env): AccessSettings | null {
  const { FETTLE_ACCESS_TEAM: team, FETTLE_ACCESS_AUDIENCE: audience } = env;
  return team && audience ? { team: new URL(team).origin, audience } : null;
}

/** Of the last settings that were used: the keys of a team are kept between requests. */
let identities: AccessIdentities | null = null;

function identitiesOf(settings: AccessSettings): AccessIdentities {
  if (identities?.isFor(settings) !== true) identities = new AccessIdentities(settings);
  return identities;
}

/**
 * A browser shows its Access cookie whichever page makes it ask. It says which one that was wherever that page is of
 * another origin. Pages of other origins that may read our answers show a token of their own.
 */
function isFromAnotherSite(request: Request): boolean {
  const origin = request.headers.get('origin');
  return origin !== null && origin !== new URL(request.url).origin;
}
