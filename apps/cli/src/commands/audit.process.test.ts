import type { AuditRow } from '@fettle/contract/audit';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { auditRows } from '../../test/audit-rows.ts';
import { operator, serveContract } from '../../test/contract-server.ts';
import { fettleAt } from '../../test/run-fettle.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { EXIT } from '../failure.ts';

/** Projects demo and shop, with a chain each; the caller may read what belongs to no project, or not. */
async function serveAudit({
  rows = auditRows(4),
  heads = [rows[2]!],
  mayReadAccess = true,
}: { rows?: AuditRow[]; heads?: AuditRow[]; mayReadAccess?: boolean } = {}) {
  const page = (of: AuditRow[], { after, limit }: { after: number; limit: number }) =>
    of.filter(({ seq }) => seq > after).slice(0, limit);
  return serveContract({
    projects: {
      list: operator.projects.list.handler(() => [
        { organization: 'acme', project: 'demo' },
        { organization: 'acme', project: 'shop' },
      ]),
    },
    audit: {
      list: operator.audit.list.handler(({ input }) =>
        page(input.project === 'demo' ? rows : auditRows(1), input),
      ),
      heads: operator.audit.heads.handler(({ input }) =>
        input.project === 'demo' ? heads.map(({ seq, hash, at }) => ({ seq, hash, at })) : [],
      ),
      listAccess: operator.audit.listAccess.handler(({ input }) => page(auditRows(2), input)),
      accessHeads: operator.audit.accessHeads.handler(({ errors }) => {
        if (!mayReadAccess) throw errors.FORBIDDEN({});
        return [];
      }),
    },
  });
}

function exportFile(rows: readonly AuditRow[]): string {
  const file = path.join(temporaryFolder(), 'rows.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

test('the last rows are listed with who did what to what', async () => {
  const url = await serveAudit();
  const { stdout } = await fettleAt(url, 'audit', 'list', '--limit', '2');
  expect(stdout.split('\n')).toHaveLength(3);
  expect(stdout).toMatch(
    /^3 +2026-01-05 09:00:02 +token abcdefghijkl +machines\.stop +demo\.web-1\.1 +- → \{"desired":"stopped"\} +r-12345678$/m,
  );
  const rest = await fettleAt(url, 'audit', 'list', 'demo', '--after', '1', '--json');
  expect(JSON.parse(rest.stdout)).toEqual(auditRows(4).slice(1));
});

test('verify looks at every project and at what belongs to none', async () => {
  const { stdout, exitCode } = await fettleAt(await serveAudit(), 'audit', 'verify');
  expect(stdout).toMatch(
    /^demo: 4 rows, unbroken to row 4 \([0-9a-f]{12}\); in agreement with what was exported \(1\)$/m,
  );
  expect(stdout).toMatch(/^shop: 1 row, .*; nothing was exported/m);
  expect(stdout).toMatch(/^access: 2 rows, /m);
  expect(exitCode).toBe(EXIT.ok);
});

test('a chain that the caller may not read is named, and is no failure', async () => {
  const { stdout, exitCode } = await fettleAt(await serveAudit({ mayReadAccess: false }), 'audit', 'verify');
  expect(stdout).toContain('access: not looked at: That is not allowed');
  expect(exitCode).toBe(EXIT.ok);
  const asked = await fettleAt(await serveAudit({ mayReadAccess: false }), 'audit', 'verify', '--access');
  expect(asked.exitCode).toBe(EXIT.failed);
});

test('a row that was changed is named, with an exit code of its own', async () => {
  const rows = auditRows(4);
  const changed = rows.map((row) =>
    row.seq === 2 ? { ...row, actor: { kind: 'root' as const, id: 'root' } } : row,
  );
  const url = await serveAudit({ rows: changed, heads: [rows[2]!] });
  const { stderr, exitCode } = await fettleAt(url, 'audit', 'verify', 'demo');
  expect(stderr).toBe('fettle: demo: row 2 was changed');
  expect(exitCode).toBe(EXIT.auditBroken);
  const { stdout } = await fettleAt(url, 'audit', 'verify', '--json');
  expect(JSON.parse(stdout)).toMatchObject([
    { chain: 'demo', ok: false, seq: 2 },
    { ok: true },
    { ok: true },
  ]);
});

test('an exported file is checked without a fleet, and a chain against it', async () => {
  const file = exportFile(auditRows(4));
  const alone = await fettleAt('http://127.0.0.1:9', 'audit', 'verify', '--file', file);
  expect(alone.stdout).toContain('4 rows, unbroken to row 4');
  const forged = auditRows(4, { subject: 'demo.web-2.1' });
  const url = await serveAudit({ rows: forged, heads: [] });
  const against = await fettleAt(url, 'audit', 'verify', 'demo', '--file', file);
  expect(against.stderr).toContain('row 1 is not the one that was exported');
  expect(against.exitCode).toBe(EXIT.auditBroken);
});

test('a file that is no export is refused by its line', async () => {
  const file = path.join(temporaryFolder(), 'rows.jsonl');
  writeFileSync(file, `${JSON.stringify(auditRows(1)[0])}\n{"seq": 2}\n`);
  const { stderr, exitCode } = await fettleAt('http://127.0.0.1:9', 'audit', 'verify', '--file', file);
  expect(stderr).toContain('line 2 is no row of an audit log');
  expect(exitCode).toBe(EXIT.usage);
});
