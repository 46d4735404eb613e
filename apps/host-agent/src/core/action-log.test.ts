import { describe, expect, it } from 'vitest';
import {
  admit,
  emptyLog,
  finish,
  latestOperation,
  REMEMBERED_OPERATIONS,
  unfinished,
  type ActionLog,
} from './action-log.ts';

const T0 = 1_700_000_000_000;
const MACHINE = 'demo.web-1.1';
const ref = (sequence: number) => ({ id: `${MACHINE}/${sequence}`, sequence });

/** A log in which these sequences were accepted as restarts, one after the other. */
function logOf(...sequences: number[]): ActionLog {
  return sequences.reduce((log, sequence) => {
    const admission = admit(log, { action: ref(sequence), kind: 'restart', now: T0 });
    if (admission.verdict !== 'accepted') throw new Error(admission.verdict);
    return admission.log;
  }, emptyLog(MACHINE));
}

describe('an action log', () => {
  it('accepts a first action as running from now on', () => {
    const admission = admit(emptyLog(MACHINE), { action: ref(1), kind: 'create', now: T0 });
    expect(admission).toMatchObject({
      verdict: 'accepted',
      operation: { kind: 'create', status: 'running', startedAt: T0, finishedAt: null },
      log: { highest: 1 },
    });
  });

  it('answers a repeated action with its operation, also when newer ones came after it', () => {
    const log = finish(logOf(1, 2, 3), { actionId: ref(2).id, error: null, now: T0 + 5 });
    expect(admit(log, { action: ref(2), kind: 'restart', now: T0 + 9 })).toEqual({
      verdict: 'recorded',
      operation: {
        action: ref(2),
        kind: 'restart',
        status: 'done',
        startedAt: T0,
        finishedAt: T0 + 5,
        error: null,
      },
    });
  });

  it.each([1, 4])('refuses sequence %i, which it has not seen, once 5 was accepted', (sequence) => {
    const admission = admit(logOf(5), { action: ref(sequence), kind: 'start', now: T0 });
    expect(admission).toMatchObject({ verdict: 'refused', code: 'STALE_ACTION' });
  });

  it('refuses an id that names another machine or sequence', () => {
    for (const id of ['demo.web-2.1/7', `${MACHINE}/8`, 'x']) {
      const admission = admit(logOf(5), { action: { id, sequence: 7 }, kind: 'start', now: T0 });
      expect(admission).toMatchObject({ verdict: 'refused', code: 'BAD_REQUEST' });
    }
  });

  it('refuses an id that was used for something else', () => {
    const admission = admit(logOf(5), { action: ref(5), kind: 'destroy', now: T0 });
    expect(admission).toMatchObject({ verdict: 'refused', code: 'CONFLICT' });
  });

  it('stays bounded and refuses a repeat that it has forgotten', () => {
    const log = logOf(...Array.from({ length: REMEMBERED_OPERATIONS + 10 }, (_, index) => index + 1));
    expect(log.operations).toHaveLength(REMEMBERED_OPERATIONS);
    expect(latestOperation(log)?.action.sequence).toBe(REMEMBERED_OPERATIONS + 10);
    expect(admit(log, { action: ref(3), kind: 'restart', now: T0 })).toMatchObject({ code: 'STALE_ACTION' });
  });

  it('keeps the first ending of an operation', () => {
    const error = { code: 'PROVIDER_FAILED', message: 'no' };
    const failed = finish(logOf(1), { actionId: ref(1).id, error, now: T0 + 1 });
    const again = finish(failed, { actionId: ref(1).id, error: null, now: T0 + 2 });
    expect(again.operations[0]).toMatchObject({ status: 'failed', error, finishedAt: T0 + 1 });
  });

  it('knows what was not ended', () => {
    const log = finish(logOf(1, 2), { actionId: ref(1).id, error: null, now: T0 });
    expect(unfinished(log).map(({ action }) => action.sequence)).toEqual([2]);
    expect(latestOperation(emptyLog(MACHINE))).toBeNull();
  });
});
