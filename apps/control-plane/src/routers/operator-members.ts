import type { Asker } from '../operators/operators.ts';
import { operatorsOf } from '../operators/operators.ts';
import { forgetGrants, originOf, type Caller } from '../auth/operator-caller.ts';
import { makeOperatorToken } from '../auth/operator-token.ts';
import { operator } from './operator-base.ts';
import { valueOf } from './rpc-errors.ts';

const { tokens, members } = operator;

const askerOf = (caller: Caller): Asker => ({ by: originOf(caller), grants: caller.grants });

/** What operators may do with tokens. */
export const operatorTokens = {
  create: tokens.create.handler(async ({ input, context: { env, caller } }) => {
    const { token, ...shown } = await makeOperatorToken(env.FETTLE_TOKEN_KEY);
    const view = valueOf(await operatorsOf(env).createToken(shown, input, askerOf(caller)));
    return { token, ...view };
  }),
  list: tokens.list.handler(({ context: { env, caller } }) => operatorsOf(env).tokens(askerOf(caller))),
  revoke: tokens.revoke.handler(async ({ input: { id }, context: { env, caller } }) => {
    const revoked = valueOf(await operatorsOf(env).revokeToken(id, askerOf(caller)));
    forgetGrants();
    return revoked;
  }),
  whoami: tokens.whoami.handler(({ context: { caller } }) => ({
    actor: caller.actor,
    grants: [...caller.grants],
  })),
};

/** What operators may do with those whom Cloudflare Access lets in. */
export const operatorMembers = {
  set: members.set.handler(async ({ input: { name, grants }, context: { env, caller } }) => {
    const member = valueOf(await operatorsOf(env).setMember(name, grants, askerOf(caller)));
    forgetGrants();
    return member;
  }),
  list: members.list.handler(({ context: { env, caller } }) => operatorsOf(env).members(askerOf(caller))),
  remove: members.remove.handler(async ({ input: { name }, context: { env, caller } }) => {
    const member = valueOf(await operatorsOf(env).removeMember(name, askerOf(caller)));
    forgetGrants();
    return member;
  }),
};
