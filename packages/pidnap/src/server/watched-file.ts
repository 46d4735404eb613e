import { readFileSync, statSync } from 'node:fs';

/** What a file says. It is read again when it changes: tokens and keys are rotated without a restart. */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string, path: string) => T;
  #stamp: string;
  #content: T;

  /** Throws when the file cannot be read, or `parse` does: its error names the path, never the content. */
  constructor(path: string, parse: (text: string, path: string) => T) {
    this.#path = path;
    this.#parse = parse;
    this.#stamp = stampOf(path);
    this.#content = parse(readFileSync(path, 'utf8'), path);
  }

  /** What it says now. */
  current(): T {
    try {
      const stamp = stampOf(this.#path);
      if (stamp !== this.#stamp) {
        this.#content = this.#parse(readFileSync(this.#path, 'utf8'), this.#path);
        this.#stamp = stamp;
      }
    } catch (error) {
      // In the middle of a rotation, or gone: what was valid stays valid until something good is there.
      console.error(`pidnap: ${this.#path} is not readable: ${String(error)}`);
    }
    return this.#content;
  }
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}
