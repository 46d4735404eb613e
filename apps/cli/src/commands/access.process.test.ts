import type { Grant, OperatorTokenView } from '@fettle/contract/operator-access';
import { expect, test } from 'vitest';
import { machineView, projectView, T0 } from '../../test/builders.ts';
import { operator, serveContract } from '../../test/contract-server.ts';
import { fettleAt } from '../../test/run-fettle.ts';
import { EXIT } from '../failure.ts';

const OPERATOR: Grant = { role: 'operator', organization: 'acme', project: 'shop' };
const SECRET = 'fop1.abcdefghijkl.secret.check';

function tokenView(overrides: Partial<OperatorTokenView> = {}): OperatorTokenView {
  return {
    id: 'abcdefghijkl',
    name: 'ci of the shop',
    grants: [OPERATOR],
    createdAt: T0,
    createdBy: 'root',
    expiresAt: T0 + 86_400_000,
    revokedAt: null,
    ...overrides,
  };
}

test('whoami tells who, where, and every grant', async () => {
  const actor = { kind: 'token' as const, id: 'abcdefghijkl' };
  const grants = [OPERATOR, { role: 'viewer' as const, organization: null, project: null }];
  const url = await serveContract({
    tokens: { whoami: operator.tokens.whoami.handler(() => ({ actor, grants })) },
  });
  expect((await fettleAt(url, 'whoami')).stdout).toBe(
    `token abcdefghijkl at ${url}: operator@acme/shop, viewer@everywhere`,
  );
  expect(JSON.parse((await fettleAt(url, 'whoami', '--json')).stdout)).toEqual({ actor, grants });
});

test('a token is made with its grants and its end, and its secret is the first line', async () => {
  const asked: unknown[] = [];
  const url = await serveContract({
    tokens: {
      create: operator.tokens.create.handler(({ input }) => {
        asked.push(input);
        return { token: SECRET, ...tokenView() };
      }),
    },
  });
  const create = ['token', 'create', 'ci of the shop', '--grant', 'operator@acme/shop'];
  const { stdout } = await fettleAt(url, ...create, '--grant', 'viewer@acme', '--expires', '7d');
  await fettleAt(url, ...create, '--expires', 'never');
  expect(stdout.split('\n')[0]).toBe(SECRET);
  expect(stdout).toContain('token abcdefghijkl "ci of the shop": operator@acme/shop, until 2026-01-06');
  expect(asked).toEqual([
    {
      name: 'ci of the shop',
      grants: [OPERATOR, { role: 'viewer', organization: 'acme', project: null }],
      expiresInMs: 7 * 86_400_000,
    },
    { name: 'ci of the shop', grants: [OPERATOR], expiresInMs: null },
  ]);
});

test('tokens are listed with what they may do and until when, and taken back by their id', async () => {
  const url = await serveContract({
    tokens: {
      list: operator.tokens.list.handler(() => [tokenView(), tokenView({ revokedAt: T0, name: 'old' })]),
      revoke: operator.tokens.revoke.handler(({ input }) => tokenView({ ...input, revokedAt: T0 })),
    },
  });
  const { stdout } = await fettleAt(url, 'token', 'list');
  expect(stdout).toMatch(/ci of the shop +operator@acme\/shop +2026-01-05 +root +until 2026-01-06/);
  expect(stdout).toMatch(/old .* revoked 2026-01-05/);
  expect((await fettleAt(url, 'token', 'revoke', 'abcdefghijkl')).stdout).toContain('refused everywhere');
});

test('members are given grants, listed, and removed', async () => {
  const asked: unknown[] = [];
  const member = { name: 'ada@example.com', grants: [OPERATOR], since: T0 };
  const url = await serveContract({
    members: {
      set: operator.members.set.handler(({ input }) => (asked.push(input), member)),
      list: operator.members.list.handler(() => [member]),
      remove: operator.members.remove.handler(() => member),
    },
  });
  await fettleAt(url, 'member', 'set', 'Ada@example.com', '--grant', 'operator@acme/shop');
  expect(asked).toEqual([{ name: 'ada@example.com', grants: [OPERATOR] }]);
  expect((await fettleAt(url, 'member', 'list')).stdout).toMatch(/ada@example\.com +operator@acme\/shop/);
  expect((await fettleAt(url, 'member', 'remove', 'ada@example.com')).stdout).toContain('may do nothing');
});

test('an object of a release without quotas says so, and its quota is not guessed', async () => {
  const { quota: _quota, ...earlier } = projectView();
  const url = await serveContract({
    projects: { get: operator.projects.get.handler(() => earlier as ReturnType<typeof projectView>) },
  });
  const shown = await fettleAt(url, 'quota', 'show');
  expect([shown.exitCode, shown.stdout]).toEqual([EXIT.ok, expect.stringContaining('knows no quota')]);
  expect((await fettleAt(url, 'quota', 'show', '--json')).stdout).toBe('null');
  const set = await fettleAt(url, 'quota', 'set', '--machines', '7');
  expect([set.exitCode, set.stderr]).toEqual([EXIT.failed, expect.stringContaining('knows no quota')]);
});

test('a quota is shown with its use, and what is not named stays', async () => {
  const asked: unknown[] = [];
  const url = await serveContract({
    projects: {
      get: operator.projects.get.handler(() => projectView()),
      setQuota: operator.projects.setQuota.handler(({ input }) => (asked.push(input), projectView())),
    },
  });
  expect((await fettleAt(url, 'quota', 'show')).stdout).toMatch(
    /machines +1 +600\ncommands per hour +0 +2000/,
  );
  await fettleAt(url, 'quota', 'set', '--machines', '7');
  expect(asked).toEqual([{ project: 'demo', quota: { machines: 7, commandsPerHour: 2000 } }]);
  expect((await fettleAt(url, 'quota', 'set')).exitCode).toBe(EXIT.usage);
});

test('credentials are taken back, and it is told when the machine reports with new ones', async () => {
  const asked: unknown[] = [];
  let looks = 0;
  const url = await serveContract({
    machines: {
      revokeCredentials: operator.machines.revokeCredentials.handler(({ input }) => {
        asked.push(input);
        return { accepted: true as const, message: 'credentials of epoch 1 are refused' };
      }),
      events: operator.machines.events.handler(() => [
        { at: T0 + 1, kind: 'action', message: 'bootstrap done' },
        { at: T0 - 1, kind: 'note', message: 'long ago' },
      ]),
      get: operator.machines.get.handler(() =>
        machineView({ now: T0, lastReportAt: ++looks > 2 ? T0 + 2 : T0 - 1000 }),
      ),
    },
  });
  const { stdout, exitCode } = await fettleAt(
    url,
    'machine',
    'revoke',
    'web-1',
    '--reason',
    'a laptop was lost',
    '--wait',
  );
  expect(asked).toEqual([{ machineId: 'demo.web-1.7', reason: 'a laptop was lost' }]);
  expect(stdout).toBe(
    'credentials of epoch 1 are refused\n09:00:00  action: bootstrap done\ndemo.web-1.7 reports with new credentials',
  );
  expect(exitCode).toBe(EXIT.ok);
});

test('a machine that does not come back with new credentials is not called well', async () => {
  const url = await serveContract({
    machines: {
      revokeCredentials: operator.machines.revokeCredentials.handler(() => ({
        accepted: true as const,
        message: 'refused',
      })),
      events: operator.machines.events.handler(() => []),
      get: operator.machines.get.handler(() => machineView({ now: T0, lastReportAt: T0 })),
    },
  });
  const wait = ['--wait', '--timeout', '1'];
  const { stderr, exitCode } = await fettleAt(url, 'machine', 'revoke', 'web-1', '--reason', 'x', ...wait);
  expect(stderr).toContain('demo.web-1.7 has not reported with new credentials');
  expect(exitCode).toBe(EXIT.notHealthy);
});
