/** Tokens for tests, as the control plane makes them. Imports nothing of Node: it is bundled into workers as well. */
import { MACHINE_TOKEN_LIFE_MS, type MachineIdentity, type MachineTokenClaims } from '@fettle/contract';
import { toBase64Url } from '../src/auth/base64url.ts';
import type { MachineKeyVariables } from '../src/auth/machine-keys.ts';
import { signMachineToken } from '../src/auth/machine-token.ts';
import { makeOperatorToken } from '../src/auth/operator-token.ts';

/** What control planes of tests sign and check with. */
export const TEST_KEYS = {
  FETTLE_STAGE: 'test',
  FETTLE_MACHINE_KEY: 'test-machine-key-0123456789abcdef',
  FETTLE_COMMAND_KEY: 'test-command-key-0123456789abcdef',
  FETTLE_TOKEN_KEY: 'test-token-key-0123456789abcdef',
  FETTLE_OPERATOR_TOKEN: 'test-operator-token',
};

/** Who a machine of this name is. */
export function identityOf(machineId: string, over: Partial<MachineIdentity> = {}): MachineIdentity {
  const [project = '', slot = '', generation] = machineId.split('.');
  const type = 'local-docker';
  return { machineId, organization: 'acme', project, slot, generation: Number(generation), type, ...over };
}

/** What the present machine token of such a machine says. */
export function claimsOf(machineId: string, over: Partial<MachineTokenClaims> = {}): MachineTokenClaims {
  const now = Date.now();
  return {
    use: 'machine',
    audience: TEST_KEYS.FETTLE_STAGE,
    ...identityOf(machineId),
    epoch: 1,
    id: null,
    issuedAt: now,
    expiresAt: now + MACHINE_TOKEN_LIFE_MS,
    ...over,
  };
}

/** A machine token. */
export function machineToken(
  machineId: string,
  over: Partial<MachineTokenClaims> = {},
  keys: MachineKeyVariables = TEST_KEYS,
): Promise<string> {
  return signMachineToken(keys, claimsOf(machineId, over));
}

/** A renewal token; the machine's object knows only the one that it named itself. */
export function renewalToken(
  machineId: string,
  over: Partial<MachineTokenClaims> = {},
  keys: MachineKeyVariables = TEST_KEYS,
): Promise<string> {
  return machineToken(machineId, { use: 'renewal', id: 'renewal-1', expiresAt: null, ...over }, keys);
}

/** A bootstrap token, as the machine's first action makes it. */
export function bootstrapToken(
  machineId: string,
  over: Partial<MachineTokenClaims> = {},
  keys: MachineKeyVariables = TEST_KEYS,
): Promise<string> {
  const bootstrap = { use: 'bootstrap', id: `${machineId}/1`, expiresAt: null } as const;
  return machineToken(machineId, { ...bootstrap, ...over }, keys);
}

/** A claim as a machine makes it up. */
export function newClaim(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** A token of operators with the right check, which nobody has made: it is unknown to the deployment. */
export async function unknownOperatorToken(): Promise<string> {
  return (await makeOperatorToken(TEST_KEYS.FETTLE_TOKEN_KEY)).token;
}
