import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** A call as it is kept: what was asked and what came of it, and no secret. */
export type RecordedCall = {
  seq: number;
  at: string;
  method: string;
  /** Without the prefix of the API. */
  path: string;
  /** The body where it is JSON, of an upload its metadata and what its modules were; `null`: none. */
  body: unknown;
  status: number;
  /** Codes of the errors in the answer. */
  codes: number[];
};

const SECRET_KINDS = new Set(['secret_text', 'secret_key']);
const SECRET_FIELDS = new Set(['text', 'key_base64', 'key_jwk', 'jwt']);

/** Keeps calls in memory and as lines of `calls.jsonl`. */
export class Recorder {
  readonly calls: RecordedCall[] = [];
  readonly #file: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, 'calls.jsonl');
  }

  record(call: Omit<RecordedCall, 'seq' | 'at'>): void {
    const whole: RecordedCall = {
      seq: this.calls.length + 1,
      at: new Date().toISOString(),
      ...call,
      body: withoutSecrets(call.body),
    };
    this.calls.push(whole);
    appendFileSync(this.#file, `${JSON.stringify(whole)}\n`);
  }
}

/** A copy without the text of secrets: its length is told instead. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const isSecret = 'type' in value && typeof value.type === 'string' && SECRET_KINDS.has(value.type);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const hides = typeof entry === 'string' && (key === 'jwt' || (isSecret && SECRET_FIELDS.has(key)));
      return [key, hides ? `(${entry.length} characters)` : withoutSecrets(entry)];
    }),
  );
}
