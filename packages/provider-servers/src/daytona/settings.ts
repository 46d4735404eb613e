import {
  Refusal,
  numberParameter,
  textParameter,
  type Answer,
  type Call,
  type Handlers,
} from '../server/call.ts';
import type { SandboxRecord } from './record.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What is told of a sandbox and set for it without anything happening to the machine. */
export function settingHandlers(sandboxes: Sandboxes): Handlers {
  const found = (call: Call) =>
    sandboxes.find(textParameter(call, 'sandboxIdOrName') ?? textParameter(call, 'sandboxId') ?? '');

  async function set(call: Call, changes: Partial<SandboxRecord>): Promise<Answer> {
    const sandbox = await found(call);
    return {
      status: 200,
      body: sandboxes.answer({ ...sandbox, record: sandboxes.change(sandbox.record.id, changes) }),
    };
  }

  function interval(call: Call, least: number): number {
    const minutes = numberParameter(call, 'interval') ?? 0;
    if (!Number.isInteger(minutes) || minutes < least)
      throw new Refusal(400, `interval must be an integer not less than ${least}`);
    return minutes;
  }

  return {
    async getSandbox(call) {
      return { status: 200, body: sandboxes.answer(await found(call)) };
    },

    async replaceLabels(call) {
      const { labels } = call.body as { labels: Record<string, string> };
      const { record } = await found(call);
      sandboxes.change(record.id, { labels });
      return { status: 200, body: { labels } };
    },

    setAutostopInterval: (call) => set(call, { autoStopInterval: interval(call, 0) }),
    setAutoArchiveInterval: (call) => set(call, { autoArchiveInterval: interval(call, 0) }),
    setAutoDeleteInterval: (call) => set(call, { autoDeleteInterval: interval(call, -1) }),

    async setTtl(call) {
      const minutes = numberParameter(call, 'ttlMinutes') ?? 0;
      if (!Number.isInteger(minutes) || minutes < 0)
        throw new Refusal(400, 'ttlMinutes must be an integer not less than 0');
      const { record } = await found(call);
      // The time to live counts from the sandbox's creation, whatever it does meanwhile.
      return set(call, { autoDestroyAt: minutes === 0 ? null : record.createdAt + minutes * 60_000 });
    },

    async updateLastActivity(call) {
      const { record } = await found(call);
      sandboxes.touch(record.id);
      return { status: 201 };
    },
  };
}
