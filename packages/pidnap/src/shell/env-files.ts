import { readFileSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import type { EnvFile } from '../contract/definition.ts';
import { canonicalJson } from './definition-digest.ts';
import { isErrno } from './process-table.ts';

/** An editor writes a file in several steps; they are looked at together. */
const SETTLE_MS = 100;

/** Variables of the files, later ones over earlier ones. Throws, naming the file, when a required one cannot be read. */
export function readEnvFiles(files: readonly EnvFile[]): Record<string, string> {
  return Object.assign({}, ...files.map(readEnvFile)) as Record<string, string>;
}

function readEnvFile({ path, required }: EnvFile): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!required && isErrno(error, 'ENOENT')) return {};
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`env file ${path}: ${why}`, { cause: error });
  }
}

/**
 * Whether a run was started with something else than its files say now, by the environment that it began with and the
 * one it would begin with. Files with `ignore` do not count; what a file does not name any more is not noticed.
 */
export function isOutdated(
  files: readonly EnvFile[],
  { began, now }: { began: ReadonlyMap<string, string>; now: Record<string, string> },
): boolean {
  const names = Object.keys(readEnvFiles(files.filter(restartsOnChange)));
  return names.some((name) => now[name] !== began.get(name));
}

function restartsOnChange({ whenChanged }: EnvFile): boolean {
  return whenChanged === 'restart';
}

/**
 * Watches the env files of one process for a change of what they say. Their folders are watched, not the files: editors
 * and secret stores replace a file as a whole.
 */
export class EnvFileWatch {
  readonly #onChange: () => void;
  #files: readonly EnvFile[] = [];
  #watchers: FSWatcher[] = [];
  #known = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** From now on, a change of these files against what they say now is told. Files with `ignore` are left out. */
  follow(files: readonly EnvFile[]): void {
    this.close();
    this.#files = files.filter(restartsOnChange);
    if (this.#files.length === 0) return;
    this.#known = this.#read() ?? '';
    const folders = new Set(this.#files.map(({ path }) => dirname(path)));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      watcher.on('error', (error) => console.error(`pidnap: cannot watch ${folder}: ${String(error)}`));
      return [watcher];
    } catch (error) {
      // The start of the process says what is wrong with a file that is required; an optional one may come later.
      if (!isErrno(error, 'ENOENT')) console.error(`pidnap: cannot watch ${folder}: ${String(error)}`);
      return [];
    }
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const now = this.#read();
      if (now === null || now === this.#known) return;
      this.#known = now;
      this.#onChange();
    }, SETTLE_MS);
  }

  /** Null while a file is away or being replaced: nothing is known then, and the next change is looked at again. */
  #read(): string | null {
    try {
      return canonicalJson(readEnvFiles(this.#files));
    } catch {
      return null;
    }
  }
}
