import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendSignal } from '../../src/shell/process-tree.ts';
import { eventually } from '../pidnap-process.ts';
import { NAMES } from './catalogue.ts';
import type { Fact } from './operations.ts';

/** A line that a child wrote when it began. */
export interface Begun {
  readonly kind: 'leader' | 'kid';
  readonly name: string;
  readonly run: number;
  readonly pid: number;
}

/** The children of one test, by the folder where they write what they do and are told what to do. */
export class Children {
  readonly folder = mkdtempSync(join(tmpdir(), 'pidnap-model-'));

  constructor() {
    execFileSync(
      'mkfifo',
      NAMES.map((name) => this.#orders(name)),
    );
    for (const name of ['ledger', 'violations']) writeFileSync(join(this.folder, name), '');
  }

  /** All that began, in order. */
  ledger(): Begun[] {
    const lines = readFileSync(join(this.folder, 'ledger'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [kind, name = '', run, pid] = line.split(' ');
      return { kind: kind === 'kid' ? 'kid' : 'leader', name, run: Number(run), pid: Number(pid) };
    });
  }

  /** What they found wrong by themselves. */
  violations(): string {
    return readFileSync(join(this.folder, 'violations'), 'utf8');
  }

  /** Does something to the leader of a run, or tells it to do something. `patiently`: waits for the child of a fork. */
  async inflict(kind: Fact['kind'], { name, run, pid }: Begun, patiently = false): Promise<void> {
    if (kind === 'kill') return void sendSignal(pid, 'SIGKILL');
    const kids = (): number =>
      this.ledger().filter((one) => one.kind === 'kid' && one.name === name && one.run === run).length;
    const before = kids();
    sendSignal(pid, 'SIGCONT');
    writeFileSync(this.#orders(name), `${kind} ${pid}\n`, { flag: 'r+' });
    if (patiently && kind.startsWith('fork')) await eventually(() => kids() > before);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #orders(name: string): string {
    return join(this.folder, `${name}.orders`);
  }
}
