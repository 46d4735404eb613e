/** What is wrong with an input is said by field and by what was expected there; nothing of the input comes back. */
import { OPERATOR_API, OPERATOR_RPC_PATH } from '@fettle/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, env, template } from '../../test/in-workerd.ts';

const SECRET = 'sk-live-3f9a1c7e5b2d8064';
const TOKEN = `fop1.abcdefghijkl.${'S'.repeat(43)}.${'C'.repeat(43)}`;

const logged: string[] = [];
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.join(' ')));
});
afterEach(() => {
  vi.restoreAllMocks();
  logged.length = 0;
});

const project = { organization: 'acme', project: 'demo', slots: ['web-1'], template };
const service = { name: 'web', command: ['node'], port: 8080 };

/** Procedure, input, and the field that the answer names. */
const WRONG: [string, unknown, string | undefined][] = [
  ['projects/get', { project: `${SECRET}!` }, 'project'],
  ['projects/get', { project: { secret: SECRET } }, 'project'],
  ['projects/get', { project: [SECRET] }, 'project'],
  ['projects/get', SECRET, undefined],
  ['projects/get', [SECRET], 'project'],
  ['projects/get', { project: 'demo', password: SECRET }, 'password'],
  ['projects/get', { project: 'demo', [SECRET]: true }, '?'],
  ['projects/get', { project: 'demo', [TOKEN]: true }, '?'],
  ['projects/apply', { ...project, organization: SECRET.toUpperCase() }, 'organization'],
  ['projects/apply', { ...project, slots: ['web-1', SECRET.toUpperCase()] }, 'slots.1'],
  ['projects/apply', { ...project, template: { ...template, type: SECRET } }, 'template.type'],
  [
    'projects/apply',
    { ...project, template: { ...template, versions: { platform: `-${SECRET}` } } },
    'template.versions.platform',
  ],
  [
    'projects/apply',
    { ...project, template: { ...template, services: [{ ...service, port: SECRET }] } },
    'template.services.0.port',
  ],
  [
    'projects/apply',
    { ...project, template: { ...template, services: [{ ...service, env: { KEY: SECRET } }] } },
    'template.services.0.env',
  ],
  ['projects/setPolicy', { project: 'demo', policy: { settleMs: SECRET } }, 'policy.settleMs'],
  ['projects/setPolicy', { project: 'demo', policy: { check: { [SECRET]: 1 } } }, 'policy.check.?'],
  [
    'projects/refreshCode',
    { project: 'demo', refs: { customer: `https://user:${SECRET}@git.test/a` } },
    'refs.customer',
  ],
  ['projects/refreshCode', { project: 'demo', image: ` ${SECRET}` }, 'image'],
  ['machines/exec', { machineId: SECRET, command: ['true'] }, 'machineId'],
  ['machines/exec', { machineId: 'demo.web-1.1', command: SECRET }, 'command'],
  ['machines/exec', { machineId: 'demo.web-1.1', command: [{ secret: SECRET }] }, 'command.0'],
  ['machines/rebuild', { machineId: 'demo.web-1.1', image: `x\n${SECRET}` }, 'image'],
  ['tokens/revoke', { id: TOKEN }, 'id'],
  ['tokens/create', { name: 'x', grants: [{ role: SECRET }] }, 'grants.0.role'],
  ['tokens/create', { name: 'x', grants: [{ role: 'admin', project: SECRET.slice(0, 20) }] }, 'grants.0'],
  ['members/set', { name: `${SECRET}\n@acme.test`, grants: [{ role: 'viewer' }] }, 'name'],
];

describe('nothing of a wrong input comes back, nor gets into the log', () => {
  test.each(WRONG)('%s %j', async (procedure, input, field) => {
    const body = JSON.stringify({ json: input });
    const answer = await post(`${OPERATOR_RPC_PATH}/${procedure}`, body);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    const { json } = JSON.parse(text) as {
      json: { code: string; data: { field?: string; expected: string } };
    };
    expect(json).toMatchObject({
      code: 'BAD_REQUEST',
      data: { retryable: false, expected: expect.any(String) },
    });
    expect(json.data.field || undefined).toBe(field);
    hasNoSecret(text, logged.join('\n'));
  });

  test('a body that is no JSON, or is of another kind', async () => {
    for (const body of [`{"json": ${SECRET}`, SECRET, `{"json": {"project": "${SECRET}`, `\0${SECRET}`]) {
      const answer = await post(`${OPERATOR_RPC_PATH}/projects/get`, body);
      expect(answer.status).toBe(400);
      hasNoSecret(await answer.text(), logged.join('\n'));
    }
  });

  test('paths and queries of REST', async () => {
    for (const path of [
      `/projects/${SECRET.toUpperCase()}`,
      `/projects/${encodeURIComponent(TOKEN)}`,
      `/machines/${SECRET}/snapshots?limit=${SECRET}`,
      `/${SECRET}`,
      `/rpc/${SECRET}`,
    ]) {
      const headers = { authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}` };
      const answer = await ask(`${OPERATOR_API}${path}`, { headers });
      expect([400, 404, 405]).toContain(answer.status);
      hasNoSecret(await answer.text(), logged.join('\n'));
    }
  });

  test('a wrong token', async () => {
    for (const token of [SECRET, TOKEN, `fmt2.${SECRET}.x.y`]) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await ask(`${OPERATOR_RPC_PATH}/projects/list`, { method: 'POST', body: '{}', headers });
      expect(answer.status).toBe(401);
      hasNoSecret(await answer.text(), logged.join('\n'));
    }
  });
});

function hasNoSecret(...texts: string[]): void {
  for (const text of texts)
    for (const secret of [SECRET, TOKEN, TOKEN.slice(18, 61)])
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
}

function post(path: string, body: string): Promise<Response> {
  const headers = {
    authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}`,
    'content-type': 'application/json',
  };
  return ask(path, { method: 'POST', headers, body });
}
