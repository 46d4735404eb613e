import type { Violation } from './search.ts';

/** Thrown where a promise is seen to be broken; the search tells it with the way that led there. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly violation: Violation;

  constructor(promise: string, message: string) {
    super(`${promise}: ${message}`);
    this.violation = { promise, message };
  }
}

/** Runs a check of the core's own, which throws `promise: message`. */
export function heeding(check: () => void): void {
  try {
    check();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [promise = text, ...rest] = text.split(': ');
    throw new Broken(promise, rest.join(': ') || text);
  }
}
