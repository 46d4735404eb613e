import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../row.ts';
import type { OpenBench } from '../define-suite.ts';
import { type Bench, openBench } from './bench.ts';
import { start } from './metrics/start.ts';
import { mentions, readProcesses } from '../processes.ts';

/** What is measured decides nothing here: that it can be measured at all is what must not rot. */
describe('the bench of the supervisors', () => {
  let open: OpenBench<Bench>;
  beforeAll(async () => {
    open = await openBench({ say: () => {} });
  });
  afterAll(() => open?.tearDown());

  const subject = (name: string) => {
    const found = open.bench.subjects.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no subject ${name}`);
    return found;
  };

  test('judges the bundled pidnap against a bare supervisor in Node', async () => {
    const bench = { ...open.bench, subjects: [subject('pidnap'), subject('node')] };
    const rows = (await start(2, 1).measure(bench, 1)).flatMap(rowsOf);
    expect(rows.map(({ metric }) => metric)).toEqual(['start-2', 'start-2/node']);
    const [judged, floor] = rows;
    expect(judged?.value).toBeGreaterThan(0);
    expect(judged?.floor).toBe(floor?.value);
    expect(judged?.ok).toBe((judged?.ratio ?? NaN) <= 1.5);
  });

  test.each(['pidnap', 'node-piped'])(
    'sees %s start a killed child again, and leaves nothing behind',
    async (name) => {
      const session = open.bench.open({ subject: subject(name), count: 1 });
      const first = await session.started(1);
      process.kill(first.pid, 'SIGKILL');
      const second = await session.started(2);
      expect(second.pid).not.toBe(first.pid);
      expect(second.at).toBeGreaterThan(first.at);
      expect(session.supervisorPids()).toEqual([session.mainPid]);
      await open.bench.close(session);
      expect(readProcesses().filter(({ pid, zombie }) => !zombie && mentions(pid, session.folder))).toEqual(
        [],
      );
    },
  );
});
