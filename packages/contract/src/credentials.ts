/** How a machine proves who it is: what it is given, for how long, and where it gets the next one. */
import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { errorMap } from './errors.ts';
import { RepositoryUrls } from './version-set.ts';
import {
  DurationMs,
  Generation,
  MachineId,
  MachineType,
  OrganizationName,
  ProjectName,
  SlotName,
  Timestamp,
} from './ids.ts';

/**
 * Life of a machine token. Nobody asks storage about one, so that this is also how long a machine that was replaced or
 * revoked is still believed.
 */
export const MACHINE_TOKEN_LIFE_MS = 60_000;
/** A renewal token is replaced when it is older than this. */
export const RENEWAL_ROTATES_AFTER_MS = 24 * 3_600_000;
/**
 * How long the renewal token before the present one is still taken after the present one was first shown. Until then it is
 * taken in any case: the answer with the new one may have been lost.
 */
export const RENEWAL_OVERLAP_MS = 600_000;

/** Counts the credentials of one machine, from 1. Those of an earlier epoch were revoked. */
export const Epoch = v.pipe(v.number(), v.integer(), v.minValue(1));

/**
 * What each kind of token of a machine is for. `machine`: reports, points, evidence. `renewal`: the next machine token,
 * and nothing else. `bootstrap`: the first renewal token, once.
 */
export const TokenUse = v.picklist(['machine', 'renewal', 'bootstrap']);
export type TokenUse = v.InferOutput<typeof TokenUse>;

/** What is signed in each of them. Short names, because a machine token goes with every request. */
export const MachineTokenClaims = v.strictObject({
  use: TokenUse,
  /** Which deployment it is for, such as `prod`; another one does not take it. */
  audience: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,30}$/)),
  machineId: MachineId,
  organization: OrganizationName,
  project: ProjectName,
  slot: SlotName,
  generation: Generation,
  type: MachineType,
  epoch: Epoch,
  /** Of a renewal token its name, of a bootstrap token the action that made it; of a machine token nothing. */
  id: v.nullable(v.pipe(v.string(), v.maxLength(160))),
  issuedAt: Timestamp,
  /** `null`: whoever takes it asks the machine's object. */
  expiresAt: v.nullable(Timestamp),
});
export type MachineTokenClaims = v.InferOutput<typeof MachineTokenClaims>;

const token = v.pipe(v.string(), v.minLength(1), v.maxLength(2048));

/** A public key with which commands to machines are checked: 32 bytes of Ed25519, base64url. */
export const CommandKey = v.pipe(v.string(), v.regex(/^[\w-]{43}$/, 'expected 32 bytes as base64url'));

/** A machine token, with how long it is good for by the clock of whoever gave it. */
export const FreshToken = v.object({ token, expiresInMs: DurationMs });
export type FreshToken = v.InferOutput<typeof FreshToken>;

/** What a machine gets for its bootstrap or renewal token. */
export const FreshCredentials = v.object({
  ...FreshToken.entries,
  /** The renewal token to keep from now on; `null`: the one that was shown. */
  renewal: v.nullable(token),
  /** Keys of the commands to take from now on, the present one first. */
  commandKeys: v.pipe(v.array(CommandKey), v.minLength(1), v.maxLength(4)),
  /** Clone URLs with what it takes to read them; `null`: those of the machine's spec. */
  repositories: v.nullable(RepositoryUrls),
});
export type FreshCredentials = v.InferOutput<typeof FreshCredentials>;

/** A secret that the machine makes up and keeps: a repeated exchange must carry it, because an answer can be lost. */
export const BootstrapClaim = v.pipe(
  v.string(),
  v.regex(/^[\w-]{43}$/, 'expected 32 random bytes as base64url'),
);

const credentials = oc.errors(errorMap);

/** What a machine without a machine token may call, at `/machine/v1/credentials`. */
export const credentialContract = {
  /** With the bootstrap token, once: CONFLICT when another claim came first. */
  bootstrap: credentials.input(v.strictObject({ claim: BootstrapClaim })).output(FreshCredentials),
  /** With the renewal token. `rotate`: a new one is wanted when this one is old. */
  renew: credentials.input(v.strictObject({ rotate: v.boolean() })).output(FreshCredentials),
};

/** Token as it goes over the wire; whoever takes it reads what is in it. */
export const BootstrapToken = token;

/** Written to `fettle/bootstrap.json`, mode 0400, by a machine's provider; the machine removes it when it was exchanged. */
export const BootstrapFile = v.strictObject({ machineId: MachineId, token });
export type BootstrapFile = v.InferOutput<typeof BootstrapFile>;
