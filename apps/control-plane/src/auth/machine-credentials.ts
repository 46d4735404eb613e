/** The tokens of one machine, as they are made from its record. */
import {
  MACHINE_TOKEN_LIFE_MS,
  type FreshToken,
  type MachineIdentity,
  type MachineTokenClaims,
} from '@fettle/contract';
import { signMachineToken, type MachineTokenVariables } from './machine-token.ts';

/** Whose token, and of which epoch. */
export type TokenOwner = { identity: MachineIdentity; epoch: number };

/** Name of a renewal or bootstrap token, and when it was made: the same name and time are the same token. */
export type TokenName = { id: string; issuedAt: number };

/** A machine token that is good from now on, `now` being Unix milliseconds. */
export async function freshToken(
  variables: MachineTokenVariables,
  owner: TokenOwner,
  now: number,
): Promise<FreshToken> {
  const claims = claimsOf(variables, owner, { use: 'machine', id: null, issuedAt: now });
  const expiresAt = now + MACHINE_TOKEN_LIFE_MS;
  const token = await signMachineToken(variables, { ...claims, expiresAt });
  return { token, expiresInMs: MACHINE_TOKEN_LIFE_MS };
}

/** The renewal token of this name. */
export function renewalToken(
  variables: MachineTokenVariables,
  owner: TokenOwner,
  name: TokenName,
): Promise<string> {
  return signMachineToken(variables, claimsOf(variables, owner, { use: 'renewal', ...name }));
}

/** The bootstrap token of this name. */
export function bootstrapToken(
  variables: MachineTokenVariables,
  owner: TokenOwner,
  name: TokenName,
): Promise<string> {
  return signMachineToken(variables, claimsOf(variables, owner, { use: 'bootstrap', ...name }));
}

/** Who shows a token. */
export function ownerOf(claims: MachineTokenClaims): TokenOwner {
  const { machineId, organization, project, slot, generation, type, epoch } = claims;
  return { identity: { machineId, organization, project, slot, generation, type }, epoch };
}

function claimsOf(
  { FETTLE_STAGE: audience }: MachineTokenVariables,
  { identity, epoch }: TokenOwner,
  said: Pick<MachineTokenClaims, 'use' | 'id' | 'issuedAt'>,
): MachineTokenClaims {
  return { ...said, audience, ...identity, epoch, expiresAt: null };
}
