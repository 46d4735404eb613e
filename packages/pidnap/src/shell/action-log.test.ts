import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActionLog } from './action-log.ts';
import { RefusedError } from './refused-error.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-actions-'));
  path = join(dir, 'actions.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const action = (actionId: string, input: unknown = { name: 'web' }) => ({
  actionId,
  command: 'restart',
  input,
});
const refuse = (code: string) => expect.objectContaining({ refusal: expect.objectContaining({ code }) });

describe('once', () => {
  it('acts the first time and repeats the result afterwards', async () => {
    const log = new ActionLog(path);
    let acts = 0;
    const act = () => ({ runs: ++acts });
    expect(await log.once(action('a'), act)).toEqual({ runs: 1 });
    expect(await log.once(action('a'), act)).toEqual({ runs: 1 });
    expect(acts).toBe(1);
  });

  it('lets a repeat wait for the first one that is under way', async () => {
    const log = new ActionLog(path);
    let finish: (value: number) => void = () => {};
    const first = log.once(action('a'), () => new Promise<number>((resolve) => (finish = resolve)));
    const second = log.once(action('a'), () => 99);
    finish(7);
    expect(await Promise.all([first, second])).toEqual([7, 7]);
  });

  it('repeats a refusal', async () => {
    const log = new ActionLog(path);
    let acts = 0;
    const act = () => {
      acts += 1;
      throw new RefusedError({ code: 'PROCESS_NOT_FOUND', name: 'web' });
    };
    await expect(log.once(action('a'), act)).rejects.toEqual(refuse('PROCESS_NOT_FOUND'));
    await expect(log.once(action('a'), act)).rejects.toEqual(refuse('PROCESS_NOT_FOUND'));
    expect(acts).toBe(1);
  });

  it('carries out what was refused only because of a shutdown', async () => {
    const late = new ActionLog(path);
    const tooLate = () => Promise.reject(new RefusedError({ code: 'SHUTTING_DOWN' }));
    await expect(late.once(action('a'), tooLate)).rejects.toEqual(refuse('SHUTTING_DOWN'));
    late.close();
    const next = new ActionLog(path);
    await expect(next.once(action('a', { name: 'db' }), () => 1)).rejects.toEqual(refuse('ACTION_ID_REUSED'));
    expect(await next.once(action('a'), () => 2)).toBe(2);
    expect(await next.once(action('a'), () => 3)).toBe(2);
  });

  it.each([
    ['another input', { actionId: 'a', command: 'restart', input: { name: 'db' } }],
    ['another command', { actionId: 'a', command: 'stop', input: { name: 'web' } }],
  ])('refuses a known id with %s', async (_what, other) => {
    const log = new ActionLog(path);
    await log.once(action('a'), () => 1);
    await expect(log.once(other, () => 2)).rejects.toEqual(refuse('ACTION_ID_REUSED'));
  });

  it('takes inputs for equal whose fields come in another order', async () => {
    const log = new ActionLog(path);
    await log.once(action('a', { name: 'web', group: true }), () => 1);
    expect(await log.once(action('a', { group: true, name: 'web' }), () => 2)).toBe(1);
  });

  it('does not know what came of an action whose code failed', async () => {
    const log = new ActionLog(path);
    const fails = () => {
      throw new TypeError('a bug');
    };
    await expect(log.once(action('a'), fails)).rejects.toThrow('a bug');
    await expect(log.once(action('a'), () => 1)).rejects.toEqual(refuse('ACTION_INTERRUPTED'));
  });
});

describe('the file', () => {
  it('tells a result that is nothing from an action that was interrupted', async () => {
    await new ActionLog(path).once(action('a'), () => undefined);
    expect(await new ActionLog(path).once(action('a'), () => 'again')).toBe(undefined);
  });

  it('carries results and refusals to the next boot', async () => {
    const before = new ActionLog(path);
    await before.once(action('a'), () => ({ pid: 5 }));
    const act = () => {
      throw new RefusedError({ code: 'NOT_RUNNING', name: 'web' });
    };
    await before.once(action('b'), act).catch(() => {});
    const after = new ActionLog(path);
    expect(await after.once(action('a'), () => 'again')).toEqual({ pid: 5 });
    await expect(after.once(action('b'), () => 'again')).rejects.toEqual(refuse('NOT_RUNNING'));
  });

  it('has the action before it begins, so that a crash in the middle is seen', async () => {
    const before = new ActionLog(path);
    let written = '';
    void before.once(action('a'), () => {
      written = readFileSync(path, 'utf8');
      return new Promise(() => {});
    });
    expect(written).toMatch(/"actionId":"a".*\n$/);
    const after = new ActionLog(path);
    await expect(after.once(action('a'), () => 'again')).rejects.toEqual(refuse('ACTION_INTERRUPTED'));
  });

  it('may end in a line that was cut off', async () => {
    await new ActionLog(path).once(action('a'), () => 1);
    appendFileSync(path, '{"actionId":"b","wh');
    const after = new ActionLog(path);
    expect(await after.once(action('a'), () => 2)).toBe(1);
    expect(await after.once(action('b'), () => 3)).toBe(3);
    expect(await new ActionLog(path).once(action('b'), () => 4)).toBe(3);
  });

  it('forgets the oldest of more than a thousand actions', async () => {
    const log = new ActionLog(path);
    for (let i = 0; i < 1100; i++) await log.once(action(`a${i}`), () => i);
    const after = new ActionLog(path);
    expect(await after.once(action('a1099'), () => 'again')).toBe(1099);
    expect(await after.once(action('a101'), () => 'again')).toBe(101);
    expect(await after.once(action('a0'), () => 'again')).toBe('again');
  });
});
