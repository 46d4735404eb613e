import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenBench } from '../define-suite.ts';
import type { Run } from '../suite.ts';

/** What every metric needs. */
export type Bench = {
  say: (line: string) => void;
  /** A new folder, removed with the bench. */
  folder: (name: string) => string;
  /** Has a process killed with the bench, if it lives until then. */
  hold: <Child extends ChildProcess>(child: Child) => Child;
};

/** Opens the bench. */
export async function openBench({ say }: Pick<Run, 'say'>): Promise<OpenBench<Bench>> {
  if (process.platform !== 'linux')
    throw new Error('processor time and memory are read from /proc: this needs Linux');
  const scratch = mkdtempSync(join(tmpdir(), 'fettle-bench-'));
  const children = new Set<ChildProcess>();
  return {
    bench: {
      say,
      folder: (name) => mkdtempSync(join(scratch, `${name}-`)),
      hold(child) {
        children.add(child);
        child.once('exit', () => children.delete(child));
        return child;
      },
    },
    tearDown() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
