/** The audit log of a project as it is kept, told and copied, and what is found of somebody who changes it. */
import { runInDurableObject } from 'cloudflare:test';
import type { AuditRow } from '@fettle/contract';
import { nextRow, verifyChain } from '@fettle/core/audit-chain';
import { describe, expect, test } from 'vitest';
import { ask, BY, env, eventually, newMachine, operator, reaches, reset } from '../../test/in-workerd.ts';
import { ProjectStore } from '../project/store.ts';
import { AuditExport, EXPORT_EVERY_MS } from './audit-export.ts';
import { sha256 } from './audit-store.ts';

const bucket = env.AUDIT as R2Bucket;
const projectOf = (project: string) => env.PROJECTS.getByName(project);
const rowsOf = (project: string) => operator().audit.list({ project, limit: 500 });
const headsOf = (project: string) => operator().audit.heads({ project });

/** A project with `pins` changes on record besides its beginning. */
async function recorded(pins = 6): Promise<string> {
  const { project } = await newMachine();
  for (let pin = 0; pin < pins; pin++)
    await operator().projects.pin({ project, slot: 'web-1', reason: `reason ${pin}` });
  return project;
}

function sql(project: string, ...statements: string[]): Promise<void> {
  return runInDurableObject(projectOf(project), (_, { storage }) => {
    for (const statement of statements) storage.sql.exec(statement);
  });
}

/** As if the time for the next export had come. */
const isDue = (project: string) => sql(project, 'UPDATE audit_export SET at = 0');

async function exportNow(project: string): Promise<void> {
  await isDue(project);
  await projectOf(project).sweep();
}

async function keysOf(project: string): Promise<string[]> {
  return (await bucket.list({ prefix: `audit/${project}/` })).objects.map(({ key }) => key);
}

async function verdict(project: string) {
  return verifyChain({ rows: await rowsOf(project), heads: await headsOf(project), sha256 });
}

describe('what is on record', () => {
  test('is what was asked of a project, by whom, with what it was before and is now', async () => {
    const { project } = await newMachine();
    const { policy } = await operator().projects.get({ project });
    const changed = { ...policy, settleMs: 777 };
    await operator().projects.setPolicy({ project, policy: changed });
    const row = (await rowsOf(project)).at(-1) as AuditRow;
    expect(row).toMatchObject({
      action: 'projects.setPolicy',
      subject: project,
      actor: BY.actor,
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(row.before).toContain(String(policy.settleMs));
    expect(row.after).toContain('777');
    expect(await verdict(project)).toMatchObject({ ok: true, seq: row.seq });
  });

  test('names the request that it is told of', async () => {
    const { project } = await newMachine();
    const answer = await operatorCall('projects/pin', { project, slot: 'web-1', reason: 'a demo' });
    expect((await rowsOf(project)).at(-1)?.requestId).toBe(answer.headers.get('x-request-id'));
  });

  test('has commands to machines once each, however often they are delivered', async () => {
    const { project, machineId } = await newMachine();
    await reaches(machineId, 'healthy');
    await operator().machines.stop({ machineId });
    await operator().machines.start({ machineId });
    const done = async () => (await rowsOf(project)).filter(({ subject }: AuditRow) => subject === machineId);
    const rows = await eventually(done, ({ length }) => length >= 2);
    expect(rows).toMatchObject([
      { action: 'machines.stop', actor: BY.actor },
      { action: 'machines.start', actor: BY.actor },
    ]);
    const { seq: _seq, previousHash: _previous, hash: _hash, ...entry } = rows[0] as AuditRow;
    await projectOf(project).onMachineMessage(machineId, { kind: 'audited', number: 1, entry });
    expect(await done()).toHaveLength(2);
  });

  test('has nothing of what was refused', async () => {
    const project = await recorded(0);
    const before = await rowsOf(project);
    await expect(
      operator().projects.stopRollout({ project, revert: true, reason: 'none goes on' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await rowsOf(project)).toEqual(before);
  });

  test('is told in pages', async () => {
    const project = await recorded();
    const all = await rowsOf(project);
    const [first, second] = [
      await operator().audit.list({ project, limit: 3 }),
      await operator().audit.list({ project, after: 3, limit: 3 }),
    ];
    expect([...first, ...second]).toEqual(all.slice(0, 6));
  });
});

describe('a change of the log is found: ', () => {
  test.each<[string, string[]]>([
    [
      'a row that was edited',
      [`UPDATE audit SET entry = json_set(entry, '$.action', 'nothing') WHERE seq = 3`],
    ],
    ['a row that was edited with its hash', [`UPDATE audit SET hash = '${'a'.repeat(64)}' WHERE seq = 3`]],
    ['a row that was taken out', ['DELETE FROM audit WHERE seq = 3']],
    [
      'rows that changed places',
      [
        'UPDATE audit SET seq = 1000 WHERE seq = 3',
        'UPDATE audit SET seq = 3 WHERE seq = 4',
        'UPDATE audit SET seq = 4 WHERE seq = 1000',
      ],
    ],
  ])('%s', async (_, statements) => {
    const project = await recorded();
    expect(await verdict(project)).toMatchObject({ ok: true });
    await sql(project, ...statements);
    expect(await verdict(project)).toMatchObject({ ok: false, seq: 3 });
  });

  test('rows that were cut off after they were exported', async () => {
    const project = await recorded();
    await exportNow(project);
    const [head] = await headsOf(project);
    await sql(project, `DELETE FROM audit WHERE seq >= ${(head?.seq ?? 0) - 1}`);
    expect(await verdict(project)).toMatchObject({ ok: false, seq: (head?.seq ?? 0) - 1 });
  });
});

describe('an export', () => {
  test('has every row once, and goes on where the last one ended', async () => {
    const project = await recorded(2);
    await exportNow(project);
    await operator().projects.unpin({ project, slot: 'web-1' });
    await exportNow(project);
    await exportNow(project);
    const keys = await keysOf(project);
    expect(keys).toHaveLength(2);
    const texts = await Promise.all(keys.map(async (key) => (await bucket.get(key))?.text()));
    const rows = texts.flatMap((text) => (text ?? '').trim().split('\n'));
    expect(rows.map((row) => JSON.parse(row) as AuditRow)).toEqual(await rowsOf(project));
    const heads = await headsOf(project);
    expect(heads.map(({ seq }: { seq: number }) => seq)).toEqual([rows.length, rows.length - 1]);
    expect(await verdict(project)).toMatchObject({ ok: true, seq: rows.length });
  });

  test('is made by the sweep, and not before its time has come', async () => {
    const project = await recorded(1);
    await projectOf(project).sweep();
    expect(await keysOf(project)).toHaveLength(1);
    await operator().projects.unpin({ project, slot: 'web-1' });
    await projectOf(project).sweep();
    expect(await keysOf(project)).toHaveLength(1);
    await sql(project, `UPDATE audit_export SET at = at - ${EXPORT_EVERY_MS}`);
    await projectOf(project).sweep();
    expect(await keysOf(project)).toHaveLength(2);
  });

  test('that fails is made up for, and keeps no machine from being swept', async () => {
    const project = await recorded(1);
    await runInDurableObject(projectOf(project), async (_, { storage }) => {
      const broken = { list: () => Promise.reject(new Error('R2 is away')) } as unknown as R2Bucket;
      const { audit } = new ProjectStore(storage);
      await expect(new AuditExport(audit, broken, project).run(Date.now())).rejects.toThrow('R2 is away');
      // The answer was lost: what was written is there, and the object does not know.
      await new AuditExport(audit, bucket, project).run(Date.now());
      storage.sql.exec('DELETE FROM audit_export');
    });
    await operator().projects.unpin({ project, slot: 'web-1' });
    await projectOf(project).sweep();
    expect(await keysOf(project)).toHaveLength(2);
    expect(await verdict(project)).toMatchObject({ ok: true });
  });

  test('finds a project that was set back in time, tells people once, and overwrites nothing', async () => {
    const project = await recorded(2);
    await exportNow(project);
    const past = await rowsOf(project);
    await operator().projects.pin({ project, slot: 'web-1', reason: 'what will be forgotten' });
    await exportNow(project);
    const keys = await keysOf(project);
    const texts = await Promise.all(keys.map(async (key) => (await bucket.get(key))?.text()));
    const end = past.at(-1) as AuditRow;
    // As point-in-time recovery leaves it: rows and what is known of exports are those of before.
    await sql(
      project,
      `DELETE FROM audit WHERE seq > ${end.seq}`,
      `UPDATE audit_export SET seq = ${end.seq}, hash = '${end.hash}', at = 0`,
    );
    await reset(projectOf(project));
    await operator().projects.pin({ project, slot: 'web-1', reason: 'another future' });
    await projectOf(project).sweep();
    await exportNow(project);
    expect(await keysOf(project)).toEqual(keys);
    expect(await Promise.all(keys.map(async (key) => (await bucket.get(key))?.text()))).toEqual(texts);
    const { notices } = await operator().projects.get({ project });
    expect(notices.filter(({ kind }: { kind: string }) => kind === 'audit')).toMatchObject([
      { message: `The audit log does not go on from row ${end.seq + 1}, which was exported` },
    ]);
    expect(await verdict(project)).toMatchObject({ ok: false, seq: end.seq + 1 });
  });

  test('of a chain that was made anew from its first row on is found too', async () => {
    const project = await recorded(2);
    await exportNow(project);
    const rows = await rowsOf(project);
    let end = { seq: 0, hash: '0'.repeat(64) };
    const forged = rows.map(({ seq: _s, previousHash: _p, hash: _h, ...entry }: AuditRow) => {
      const row = nextRow(end, { ...entry, actor: { kind: 'system', id: 'nobody' } }, sha256);
      end = row;
      return row;
    });
    await runInDurableObject(projectOf(project), (_, { storage }) => {
      for (const { seq, previousHash, hash, ...entry } of forged)
        storage.sql.exec(
          'UPDATE audit SET entry = ?, previous_hash = ?, hash = ? WHERE seq = ?',
          JSON.stringify(entry),
          previousHash,
          hash,
          seq,
        );
    });
    expect(verifyChain({ rows: await rowsOf(project), heads: [], sha256 })).toMatchObject({ ok: true });
    expect(await verdict(project)).toMatchObject({ ok: false });
    await exportNow(project);
    const { notices } = await operator().projects.get({ project });
    expect(notices.map(({ kind }: { kind: string }) => kind)).toContain('audit');
  });
});

async function operatorCall(path: string, input: unknown): Promise<Response> {
  return ask(`/api/v1/rpc/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
}
