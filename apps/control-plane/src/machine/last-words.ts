import { redact } from '@fettle/core/redaction';
import type { PidnapClient } from '@fettle/pidnap/client';
import * as v from 'valibot';
import { withTimeLimit } from '../time-limit.ts';

/** The result line is the last thing that a task of Fettle prints; pidnap may add a note of its own behind it. */
const TAIL = 5;

/** That line, where it tells a failure. */
const FailureLine = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ ok: v.literal(false), step: v.optional(v.string()), message: v.string() }),
);

/** Why a task that failed says that it did; `null` when it said nothing that can be read. Never throws. */
export async function lastWords(task: {
  name: string;
  pidnap: PidnapClient;
  timeoutMs: number;
}): Promise<string | null> {
  const { name, pidnap, timeoutMs } = task;
  try {
    const { lines } = await withTimeLimit(timeoutMs, (signal) =>
      pidnap.logs({ name, tail: TAIL }, { signal }),
    );
    for (const { text } of lines.toReversed()) {
      const told = v.safeParse(FailureLine, text);
      if (told.success) return redact([told.output.step, told.output.message].filter(Boolean).join(': '));
    }
    return null;
  } catch {
    // Only the words are missing: that the task failed is known without them.
    return null;
  }
}
