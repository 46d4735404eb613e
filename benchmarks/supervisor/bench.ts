import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePidnap } from '../../packages/pidnap/scripts/bundle.ts';
import type { OpenBench } from '../define-suite.ts';
import type { Run } from '../suite.ts';
import { Session, type SessionOptions } from './session.ts';
import { bareNode, bareNodePiped } from './subjects/bare-node.ts';
import { cFloor } from './subjects/c-floor.ts';
import { pidnap } from './subjects/pidnap.ts';
import { pm2 } from './subjects/pm2.ts';
import { runit } from './subjects/runit.ts';
import { s6 } from './subjects/s6.ts';
import type { Subject } from './subjects/subject.ts';
import { supervisord } from './subjects/supervisord.ts';

const PROGRAMS = join(import.meta.dirname, 'programs');
/** What the largest metric keeps at once, with room to spare. */
const NEEDED_MEMORY_BYTES = 4 * 1024 ** 3;

/** Everything a metric needs: what to measure, and where. */
export type Bench = {
  /** Those that can be measured here, ours and the floors first. */
  subjects: readonly Subject[];
  say: (line: string) => void;
  /** Starts a supervisor. On disk, or in memory for metrics whose data the disk would slow down. */
  open: (options: Omit<SessionOptions, 'scratch' | 'child'> & { inMemory?: boolean }) => Session;
  /** Ends a session; safe to repeat. */
  close: (session: Session) => Promise<void>;
};

/** Compiles and bundles what is measured, and finds out which peers there are. */
export async function openBench({
  pidnap: given,
  say,
}: Pick<Run, 'pidnap' | 'say'>): Promise<OpenBench<Bench>> {
  if (process.platform !== 'linux')
    throw new Error('the supervisors are measured by /proc: this needs Linux');
  const scratch = mkdtempSync(join(tmpdir(), 'fettle-bench-'));
  const inMemory = memoryFolder() ?? scratch;
  const sessions = new Set<Session>();
  const tearDown = () => {
    // Again and again, as a supervisor may start a child while it is being killed.
    for (let tries = 0; tries < 100; tries++)
      if (![...sessions].map((session) => session.killNow()).includes(true)) break;
    for (const folder of [scratch, inMemory])
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    mkdirSync(join(scratch, 'bin'));
    const child = compile('child', join(scratch, 'bin')) ?? copyScript(join(scratch, 'bin'));
    const floor = compile('floor', join(scratch, 'bin'));
    if (floor === undefined) say('!! NO C COMPILER (cc): NO c-floor, AND START TIMES ARE LESS PRECISE !!');
    const bundle = given ?? join(scratch, 'bin', 'pidnap.cjs');
    if (given === undefined) await bundlePidnap(bundle);
    const all = [pidnap(bundle), bareNode, bareNodePiped, cFloor(floor), runit, s6, supervisord, pm2];
    const bench: Bench = {
      subjects: all.filter((subject) => canBeMeasured(subject, say)),
      say,
      open({ inMemory: wanted = false, ...options }) {
        const session = new Session({ ...options, child, scratch: wanted ? inMemory : scratch });
        sessions.add(session);
        return session;
      },
      async close(session) {
        await session.end();
        sessions.delete(session);
      },
    };
    return { bench, tearDown };
  } catch (error) {
    tearDown();
    throw error;
  }
}

function canBeMeasured({ name, missing }: Subject, say: (line: string) => void): boolean {
  const reason = missing();
  if (reason !== undefined) say(`!! ${name} IS NOT MEASURED: ${reason} !!`);
  return reason === undefined;
}

/** The compiled program, or undefined where there is no compiler. A compiler that fails is an error. */
function compile(name: string, into: string): string | undefined {
  const program = join(into, name);
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-o', program, join(PROGRAMS, `${name}.c`)], {
    encoding: 'utf8',
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(`cc ${name}.c: ${stderr}`, { cause: error });
  return program;
}

function copyScript(into: string): string {
  const program = join(into, 'child');
  copyFileSync(join(PROGRAMS, 'child.sh'), program);
  chmodSync(program, 0o755);
  return program;
}

/** A new folder on a file system in memory, where there is one with enough room. */
function memoryFolder(): string | undefined {
  if (!existsSync('/dev/shm')) return undefined;
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize < NEEDED_MEMORY_BYTES ? undefined : mkdtempSync('/dev/shm/fettle-bench-');
}
