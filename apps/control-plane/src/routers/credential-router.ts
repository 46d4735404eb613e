import { credentialContract, type FreshCredentials, type MachineTokenClaims } from '@fettle/contract';
import { implement } from '@orpc/server';
import { hashOf } from '../auth/base64url.ts';
import { commandPublicKeys } from '../auth/command-signature.ts';
import { freshToken, ownerOf, renewalToken, type TokenName } from '../auth/machine-credentials.ts';
import type { Env } from '../env.ts';
import { machineObject } from '../machine/machine-object.ts';
import { privateRepositories } from '../machine/private-repositories.ts';
import { valueOf } from './rpc-errors.ts';

/** `claims`: what the bootstrap or renewal token says; the edge has checked which of both may come here. */
type CredentialContext = { env: Env; claims: MachineTokenClaims };

const credential = implement(credentialContract).$context<CredentialContext>();

/** What machines may call before they have a machine token. */
export const credentialRouter = credential.router({
  bootstrap: credential.bootstrap.handler(async ({ input, context }) => {
    const { env, claims } = context;
    const claimHash = await hashOf(input.claim);
    const renewal = valueOf(await machineObject(env, claims).bootstrap(claims, claimHash));
    return freshCredentials(context, renewal);
  }),
  renew: credential.renew.handler(async ({ input, context }) => {
    const { env, claims } = context;
    return freshCredentials(context, valueOf(await machineObject(env, claims).renew(claims, input.rotate)));
  }),
});

async function freshCredentials(
  { env, claims }: CredentialContext,
  renewal: TokenName | null,
): Promise<FreshCredentials> {
  const owner = ownerOf(claims);
  return {
    ...(await freshToken(env, owner, Date.now())),
    renewal: renewal === null ? null : await renewalToken(env, owner, renewal),
    commandKeys: await commandPublicKeys(env),
    repositories: privateRepositories(claims.type, env),
  };
}
