/** Every kind of thing that somebody can show, good and bad, with what it is good for. */
import { type Grant, type MachineIdentity, type MachineTokenClaims } from '@fettle/contract';
import { runInDurableObject } from 'cloudflare:test';
import { ACCESS_HEADER } from '../../src/auth/access-identity.ts';
import { commandSigner } from '../../src/auth/command-signature.ts';
import { bootstrapToken, renewalToken } from '../../src/auth/machine-credentials.ts';
import { signMachineToken } from '../../src/auth/machine-token.ts';
import { makeOperatorToken } from '../../src/auth/operator-token.ts';
import { operatorsOf } from '../../src/operators/operators.ts';
import { accessToken, env, operator } from '../in-workerd.ts';
import type { Power } from './access-table.ts';

export type Shown = {
  name: string;
  headers: Record<string, string>;
  /** What it is good for among operators; `null`: nothing, its caller is unknown there. */
  powers: readonly Power[] | null;
  /** Of a good token of machines: what it is for, and whose it is. */
  machine: {
    use: 'machine' | 'renewal' | 'bootstrap';
    machineId: string;
    state: 'present' | 'revoked' | 'retired';
  } | null;
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function nothing(name: string, headers: Record<string, string>): Shown {
  return { name, headers, powers: null, machine: null };
}

/** What opens nothing anywhere, or was never meant for us. */
export async function badOnes(identity: MachineIdentity): Promise<Shown[]> {
  const { FETTLE_OPERATOR_TOKEN: root, FETTLE_TOKEN_KEY, FETTLE_MACHINE_KEY, FETTLE_COMMAND_KEY } = env;
  const madeUp = await makeOperatorToken(FETTLE_TOKEN_KEY);
  const otherKey = await makeOperatorToken('another-key-0123456789abcdef0123');
  const admin: Grant[] = [{ role: 'admin', organization: null, project: null }];
  const revoked = await operator().tokens.create({ name: 'revoked', grants: admin });
  await operator().tokens.revoke({ id: revoked.id });
  const expired = await operator().tokens.create({ name: 'expired', grants: admin });
  await runInDurableObject(operatorsOf(env), (_, { storage }) => {
    storage.sql.exec('UPDATE token SET expires_at = 1 WHERE id = ?', expired.id);
  });
  const now = Date.now();
  const claims = claimsOf(identity, now);
  const machineToken = (
    variables: { FETTLE_MACHINE_KEY: string },
    changes: Partial<MachineTokenClaims> = {},
  ) => signMachineToken(variables, { ...claims, ...changes });
  const signed = commandSigner(env, { machineId: identity.machineId, port: 'daemon' });
  const command = { method: 'POST', path: '/rpc/bootstrap', body: new Uint8Array() };
  const [, id = '', secret = '', check = ''] = madeUp.token.split('.');
  return [
    nothing('nothing', {}),
    nothing('an empty bearer', { authorization: 'Bearer ' }),
    nothing('garbage', bearer('garbage')),
    nothing('the root token as a password', { authorization: `Basic ${btoa(`root:${root}`)}` }),
    nothing('the root token and more', bearer(`${root}x`)),
    nothing('the root token in the header of Access', { [ACCESS_HEADER]: root }),
    nothing('a token that was never given', bearer(madeUp.token)),
    nothing('a token with another check', bearer(`fop1.${id}.${secret}.${check.replace(/^./, '_')}`)),
    nothing('a token that was made with another key', bearer(otherKey.token)),
    nothing('a revoked token', bearer(revoked.token)),
    nothing('an expired token', bearer(expired.token)),
    nothing('a wrong bearer beside a member', {
      ...bearer('wrong'),
      [ACCESS_HEADER]: await accessToken({ email: 'matrix@acme.test' }),
    }),
    nothing('a token of Access that is no token', { [ACCESS_HEADER]: 'a.b.c' }),
    nothing('the token of hosts', bearer(env.FETTLE_HOST_TOKEN)),
    nothing('the key of machine tokens', bearer(FETTLE_MACHINE_KEY)),
    nothing('the key of commands', bearer(FETTLE_COMMAND_KEY)),
    nothing('the key of operator tokens', bearer(FETTLE_TOKEN_KEY)),
    nothing('the signature of a command', { authorization: await signed(command) }),
    nothing('a machine token of another deployment', bearer(await machineToken(env, { audience: 'other' }))),
    nothing(
      'a machine token of another key',
      bearer(await machineToken({ FETTLE_MACHINE_KEY: 'x'.repeat(32) })),
    ),
    nothing('a machine token that has expired', bearer(await machineToken(env, { expiresAt: now - 1 }))),
    nothing('a machine token without an end', bearer(await machineToken(env, { expiresAt: null }))),
    nothing('a machine token in the header of Access', {
      [ACCESS_HEADER]: await machineToken(env),
    }),
  ];
}

/** Tokens of a machine, whose state is what its object says of it. */
export async function machineOnes(
  name: string,
  identity: MachineIdentity,
  state: 'present' | 'revoked' | 'retired',
): Promise<Shown[]> {
  const owner = { identity, epoch: 1 };
  const { machineId } = identity;
  const issuedAt = Date.now();
  const one = (use: 'machine' | 'renewal' | 'bootstrap', token: string): Shown => ({
    name: `the ${use} token of ${name}`,
    headers: bearer(token),
    powers: null,
    machine: { use, machineId, state },
  });
  return [
    one('machine', await signMachineToken(env, claimsOf(identity, issuedAt))),
    one('renewal', await renewalToken(env, owner, { id: 'never-given', issuedAt })),
    one('bootstrap', await bootstrapToken(env, owner, { id: `${machineId}/1`, issuedAt })),
  ];
}

/** The root token, a token of every role at every scope, members, and whom Access lets in although nobody knows them. */
export async function operatorOnes(scopes: readonly string[]): Promise<Shown[]> {
  const shown: Shown[] = [
    {
      name: 'the root token',
      headers: bearer(env.FETTLE_OPERATOR_TOKEN),
      powers: [{ role: 'admin', scope: '*' }],
      machine: null,
    },
  ];
  for (const role of ['viewer', 'operator', 'admin'] as const)
    for (const scope of scopes) {
      const { token } = await operator().tokens.create({
        name: 'matrix',
        grants: [grantOf({ role, scope })],
      });
      shown.push({
        name: `${role} of ${scope}`,
        headers: bearer(token),
        powers: [{ role, scope }],
        machine: null,
      });
    }
  const [, organization = '', project = ''] = scopes;
  shown.push(
    await member({ email: 'matrix@acme.test' }, [{ role: 'operator', scope: project }]),
    await member({ common_name: 'ci.access' }, [
      { role: 'viewer', scope: organization },
      { role: 'admin', scope: project },
    ]),
    {
      name: 'a stranger whom Access let in',
      headers: { [ACCESS_HEADER]: await accessToken({ email: 'stranger@acme.test' }) },
      powers: [],
      machine: null,
    },
  );
  return shown;
}

async function member(who: { email: string } | { common_name: string }, powers: Power[]): Promise<Shown> {
  const name = 'email' in who ? who.email : who.common_name;
  await operator().members.set({ name, grants: powers.map(grantOf) });
  return {
    name: `member ${name}`,
    headers: { [ACCESS_HEADER]: await accessToken(who) },
    powers,
    machine: null,
  };
}

function grantOf({ role, scope }: Power): Grant {
  const [organization = null, project = null] = scope === '*' ? [] : scope.split('/');
  return { role, organization, project };
}

/** A machine token that outlives the matrix, however slow the box is. */
function claimsOf(identity: MachineIdentity, issuedAt: number): MachineTokenClaims {
  const { FETTLE_STAGE: audience } = env;
  const expiresAt = issuedAt + 3_600_000;
  return { use: 'machine', audience, ...identity, epoch: 1, id: null, issuedAt, expiresAt };
}
