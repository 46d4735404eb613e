import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { T0, definition, inState } from '../../test/builders.ts';
import { ProcessView, type ProcessState } from '../contract/process.ts';
import type { ProcessRecord } from './record.ts';
import { toView } from './view.ts';

const view = (record: ProcessRecord, env: Record<string, string> = {}) =>
  toView({ record, definition: definition({ env }), definitionDigest: 'd', source: 'config' });

const ALL: ProcessState[] = [
  'pending',
  'blocked',
  'starting',
  'running',
  'stopping',
  'backing-off',
  'stopped',
  'completed',
  'failed',
];

describe('the view of a process', () => {
  it.each(ALL)('that is %s fits the contract', (state) => {
    const shown = view(inState(state));
    expect(v.parse(ProcessView, shown)).toEqual(shown);
    expect(shown.state).toBe(state);
  });

  it.each(ALL)('that is %s shows the fields of its state only', (state) => {
    const { pid, nextStartAt, killAt, blockedOn } = view(inState(state));
    expect({ pid, nextStartAt, killAt, blocked: blockedOn.length }).toEqual({
      pid: state === 'running' || state === 'stopping' ? 100 : null,
      nextStartAt: state === 'backing-off' ? T0 + 1000 : null,
      killAt: state === 'stopping' ? T0 + 5000 : null,
      blocked: state === 'blocked' ? 1 : 0,
    });
  });

  it('shows no time of a SIGKILL that was sent already', () => {
    const phase = {
      state: 'stopping',
      pid: 1,
      exit: null,
      killAt: T0,
      killed: true,
      then: 'settle',
    } as const;
    expect(view(inState('stopping', { phase })).killAt).toBeNull();
  });

  it('hides the values of the environment, not their names', () => {
    expect(view(inState('running'), { TOKEN: 'secret' }).definition.env).toEqual({ TOKEN: '[hidden]' });
  });
});
