import type { Grant, OperatorTokenView } from '@fettle/contract';
import { createScheduledController, runInDurableObject } from 'cloudflare:test';
import { verifyChain } from '@fettle/core/audit-chain';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../audit/audit-store.ts';
import { ACCESS_HEADER } from '../auth/access-identity.ts';
import { authorizeOperator, forgetGrants } from '../auth/operator-caller.ts';
import { makeOperatorToken } from '../auth/operator-token.ts';
import { accessToken, ask, BY, env, operator } from '../../test/in-workerd.ts';
import worker from '../worker.ts';
import { operatorsOf } from './operators.ts';

const root = operator();
const grant = (role: Grant['role'], organization: string | null = null, project: string | null = null) => ({
  role,
  organization,
  project,
});
const ADMIN_OF_ACME = [grant('admin', 'acme')];

const tokenFor = (grants: Grant[], name = 'a test') => root.tokens.create({ name, grants });
const has = (code: string) => ({ code });

describe('a token of operators', () => {
  test('is told once, and is good for what it was given for', async () => {
    const { token, ...made } = await tokenFor([grant('viewer', 'acme')], 'a dashboard');
    expect(made).toMatchObject({ name: 'a dashboard', createdBy: 'root:root', revokedAt: null });
    expect(made.expiresAt).toBe(made.createdAt + 90 * 86_400_000);
    expect(await operator(token).tokens.whoami()).toEqual({
      actor: { kind: 'token', id: made.id },
      grants: [grant('viewer', 'acme')],
    });
    expect(await root.tokens.list()).toContainEqual(made);
    await runInDurableObject(operatorsOf(env), (_, { storage }) => {
      const rows = [...storage.sql.exec('SELECT * FROM token'), ...storage.sql.exec('SELECT * FROM audit')];
      const [, , secret = ''] = token.split('.');
      expect(JSON.stringify(rows)).not.toContain(secret);
    });
  });

  test('that was revoked, that is over, or that nobody made, opens nothing', async () => {
    const { token, id } = await tokenFor([grant('admin')]);
    expect(await operator(token).projects.list()).toEqual(expect.any(Array));
    expect((await root.tokens.revoke({ id })).revokedAt).not.toBeNull();
    await expect(operator(token).projects.list()).rejects.toMatchObject(has('UNAUTHORIZED'));
    // Revoking again changes nothing.
    await root.tokens.revoke({ id });
    const madeUp = await makeOperatorToken(env.FETTLE_TOKEN_KEY);
    await expect(operator(madeUp.token).projects.list()).rejects.toMatchObject(has('UNAUTHORIZED'));
    const short = await root.tokens.create({ name: 'short', grants: [grant('viewer')], expiresInMs: 60_000 });
    await runInDurableObject(operatorsOf(env), (_, { storage }) => {
      storage.sql.exec('UPDATE token SET expires_at = ? WHERE id = ?', Date.now(), short.id);
    });
    await expect(operator(short.token).projects.list()).rejects.toMatchObject(has('UNAUTHORIZED'));
  });

  test('is believed for no longer than half a minute after it was revoked elsewhere', async () => {
    const { token, id } = await tokenFor([grant('viewer')]);
    await operator(token).tokens.whoami();
    // Another isolate revokes: this one is not told.
    await operatorsOf(env).revokeToken(id, { by: BY, grants: [grant('admin')] });
    await operator(token).tokens.whoami();
    forgetGrants();
    await expect(operator(token).tokens.whoami()).rejects.toMatchObject(has('UNAUTHORIZED'));
  });

  test('gives, shows and takes away no more than it has', async () => {
    const outside = await tokenFor([grant('viewer', 'globex')]);
    const above = await tokenFor([grant('viewer')]);
    const { token } = await tokenFor(ADMIN_OF_ACME);
    const mine = operator(token);
    const made = await mine.tokens.create({ name: 'inner', grants: [grant('admin', 'acme', 'demo')] });
    for (const grants of [[grant('viewer')], [grant('viewer', 'globex')], [...ADMIN_OF_ACME, grant('admin')]])
      await expect(mine.tokens.create({ name: 'more', grants })).rejects.toMatchObject(has('FORBIDDEN'));
    const seen = (await mine.tokens.list()).map(({ id }: OperatorTokenView) => id);
    expect(seen).toContain(made.id);
    expect(seen).not.toContain(outside.id);
    expect(seen).not.toContain(above.id);
    for (const id of [outside.id, above.id, 'a2a2a2a2a2a2'])
      await expect(mine.tokens.revoke({ id })).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: 'That is not allowed with these credentials',
      });
    await expect(root.tokens.revoke({ id: 'a2a2a2a2a2a2' })).rejects.toMatchObject(has('TOKEN_NOT_FOUND'));
    expect((await mine.tokens.revoke({ id: made.id })).revokedAt).not.toBeNull();
  });

  test('of a viewer or an operator has nothing to do with access', async () => {
    const { token } = await tokenFor([grant('operator')]);
    await expect(operator(token).tokens.list()).rejects.toMatchObject(has('FORBIDDEN'));
    await expect(operator(token).members.list()).rejects.toMatchObject(has('FORBIDDEN'));
  });
});

describe('a member', () => {
  const asMember = async (name: string) => operator({ [ACCESS_HEADER]: await accessToken({ email: name }) });

  test('may do what was granted, at once where it was granted', async () => {
    const ann = await asMember('ann@acme.test');
    await expect(ann.projects.list()).rejects.toMatchObject(has('FORBIDDEN'));
    await root.members.set({ name: 'ann@acme.test', grants: ADMIN_OF_ACME });
    expect(await ann.tokens.whoami()).toEqual({
      actor: { kind: 'person', id: 'ann@acme.test' },
      grants: ADMIN_OF_ACME,
    });
    await root.members.remove({ name: 'ann@acme.test' });
    await expect(ann.projects.list()).rejects.toMatchObject(has('FORBIDDEN'));
    await expect(root.members.remove({ name: 'ann@acme.test' })).rejects.toMatchObject(
      has('MEMBER_NOT_FOUND'),
    );
  });

  test('is given and taken no more than the giver has', async () => {
    await root.members.set({ name: 'boss@acme.test', grants: [grant('admin')] });
    await root.members.set({ name: 'bob@acme.test', grants: ADMIN_OF_ACME });
    const bob = await asMember('bob@acme.test');
    await bob.members.set({ name: 'cid@acme.test', grants: [grant('operator', 'acme', 'demo')] });
    for (const call of [
      bob.members.set({ name: 'cid@acme.test', grants: [grant('viewer')] }),
      bob.members.set({ name: 'boss@acme.test', grants: [grant('viewer', 'acme')] }),
      bob.members.remove({ name: 'boss@acme.test' }),
      bob.members.remove({ name: 'nobody@acme.test' }),
    ])
      await expect(call).rejects.toMatchObject(has('FORBIDDEN'));
    const names = (await bob.members.list()).map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['bob@acme.test', 'cid@acme.test']));
    expect(names).not.toContain('boss@acme.test');
  });

  test('is not acted for by a page of another site', async () => {
    await root.members.set({ name: 'dan@acme.test', grants: [grant('admin')] });
    const headers = { [ACCESS_HEADER]: await accessToken({ email: 'dan@acme.test' }) };
    const from = async (origin: string) =>
      (
        await ask('/api/v1/rpc/projects/list', {
          method: 'POST',
          body: '{}',
          headers: { ...headers, origin },
        })
      ).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('http://control-plane.test')).toBe(200);
  });

  test('is not acted for by a page that may only read answers, nor by one of a sandbox', async () => {
    await root.members.set({ name: 'gil@acme.test', grants: [grant('admin')] });
    const assertion = await accessToken({ email: 'gil@acme.test' });
    const bound = { ...env, FETTLE_CORS_ORIGINS: 'https://partner.example, null' };
    for (const origin of ['https://partner.example', 'null']) {
      const headers = { [ACCESS_HEADER]: assertion, origin };
      const asked = new Request('http://control-plane.test/api/v1/rpc/projects/list', { headers });
      const answer = await authorizeOperator(asked, bound, BY.requestId);
      expect(answer).toMatchObject({ status: 403 });
    }
  });

  test('shows a bearer or what Access says, and a wrong bearer is not made good by Access', async () => {
    await root.members.set({ name: 'eva@acme.test', grants: [grant('admin')] });
    const headers = {
      [ACCESS_HEADER]: await accessToken({ email: 'eva@acme.test' }),
      authorization: 'Bearer wrong',
    };
    await expect(operator(headers).projects.list()).rejects.toMatchObject(has('UNAUTHORIZED'));
  });
});

/** Tokens of an organization, as if so many had been made. */
const fillWith = (count: number, organization: string, revokedAt: number | null = null) =>
  runInDurableObject(operatorsOf(env), (_, { storage }) => {
    const grants = JSON.stringify([grant('viewer', organization)]);
    for (let one = 0; one < count; one++)
      storage.sql.exec(
        `INSERT INTO token VALUES (?, 'x', ?, ?, ?, 'root:root', NULL, ?)`,
        `${organization}${String(one).padStart(12 - organization.length, '0')}`,
        organization,
        grants,
        Date.now(),
        revokedAt,
      );
  });
const emptyOf = (organization: string) =>
  runInDurableObject(operatorsOf(env), (_, { storage }) => {
    storage.sql.exec('DELETE FROM token WHERE name = ?', organization);
  });

test('an organization that makes all the tokens it can takes no room of others', async () => {
  await fillWith(250, 'crowd');
  await expect(tokenFor([grant('viewer', 'crowd')])).rejects.toMatchObject(has('CONFLICT'));
  expect(await tokenFor([grant('viewer', 'acme')])).toMatchObject({ name: 'a test' });
  await emptyOf('crowd');
});

test('tokens that have ended make room for others when there is none', async () => {
  await fillWith(1000, 'ended', Date.now());
  const { id } = await tokenFor([grant('viewer', 'ended')]);
  expect((await root.tokens.list()).filter(({ name }: OperatorTokenView) => name === 'ended')).toEqual([]);
  expect(await root.tokens.list()).toContainEqual(expect.objectContaining({ id }));
});

test('what is done with access is on record, with who did it', async () => {
  const { token, id } = await tokenFor([grant('admin')], 'an admin');
  const name = 'frank@acme.test';
  await operator(token).members.set({ name, grants: [grant('viewer')] });
  await operator(token).members.remove({ name });
  await root.tokens.revoke({ id });
  const actor = { kind: 'token', id };
  const rows = await root.audit.listAccess({ limit: 500 });
  const told = rows.filter(({ subject }: { subject: string }) => subject === id || subject === name);
  expect(told).toMatchObject([
    { action: 'tokens.create', subject: id, actor: BY.actor, before: null },
    { action: 'members.set', subject: name, actor, before: null, after: JSON.stringify([grant('viewer')]) },
    {
      action: 'members.remove',
      subject: name,
      actor,
      before: JSON.stringify([grant('viewer')]),
      after: null,
    },
    { action: 'tokens.revoke', subject: id, actor: BY.actor },
  ]);
});

test('what is on record of access is copied by the cron, and found out when it is changed', async () => {
  const { id } = await tokenFor([grant('viewer')]);
  await worker.scheduled(createScheduledController(), env);
  const [rows, heads] = [await root.audit.listAccess({ limit: 500 }), await root.audit.accessHeads()];
  expect(heads[0]?.seq).toBe(rows.at(-1)?.seq);
  expect(verifyChain({ rows, heads, sha256 })).toMatchObject({ ok: true, seq: rows.length });
  await runInDurableObject(operatorsOf(env), (_, { storage }) => {
    storage.sql.exec(`DELETE FROM audit WHERE json_extract(entry, '$.subject') = ?`, id);
  });
  const left = await root.audit.listAccess({ limit: 500 });
  expect(verifyChain({ rows: left, heads, sha256 })).toMatchObject({ ok: false, seq: rows.length });
});
