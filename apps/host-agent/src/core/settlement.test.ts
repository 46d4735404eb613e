import type { Operation, OperationKind } from '@fettle/contract/host-agent';
import { describe, expect, it } from 'vitest';
import { ABSENT, UNKNOWN, type Observation } from '../backend/machine-backend.ts';
import { settle, type SettlementFacts } from './settlement.ts';

const T0 = 1_700_000_000_000;
const ID = 'demo.web-1.1/4';

function operation(kind: OperationKind): Operation {
  return {
    action: { id: ID, sequence: 4 },
    kind,
    status: 'running',
    startedAt: T0,
    finishedAt: null,
    error: null,
  };
}

const running: Observation = { ...ABSENT, state: 'running', startedAt: T0 - 1000, diskPresent: true };
const stopped: Observation = { ...ABSENT, state: 'stopped', diskPresent: true };

function facts(overrides: Partial<SettlementFacts> = {}): SettlementFacts {
  return {
    observation: running,
    record: { phase: 'ready', createdBy: 'demo.web-1.1/1', rebuiltBy: null },
    copyThere: false,
    ...overrides,
  };
}

describe('an interrupted create', () => {
  it('made nothing when there is no record of it, whatever else is there', () => {
    expect(settle(operation('create'), facts({ record: null }))).toBe('failed');
  });
  it('made nothing when the machine is the work of an earlier create', () => {
    expect(settle(operation('create'), facts())).toBe('failed');
  });
  it('is undone when its disk was not complete', () => {
    const record = { phase: 'preparing', createdBy: ID, rebuiltBy: null } as const;
    expect(settle(operation('create'), facts({ record, observation: stopped }))).toBe('undo-create');
  });
  it('is finished when its disk was complete', () => {
    const record = { phase: 'ready', createdBy: ID, rebuiltBy: null } as const;
    expect(settle(operation('create'), facts({ record, observation: stopped }))).toBe('finish-create');
    expect(settle(operation('create'), facts({ record, observation: running }))).toBe('finish-create');
  });
  it('failed when its machine was removed since', () => {
    const record = { phase: 'ready', createdBy: ID, rebuiltBy: null } as const;
    expect(settle(operation('create'), facts({ record, observation: ABSENT }))).toBe('failed');
  });
});

describe('another interrupted operation', () => {
  const since: Observation = { ...running, startedAt: T0 + 1 };
  const cases: [OperationKind, Observation, string][] = [
    ['start', running, 'done'],
    ['start', stopped, 'failed'],
    ['start', UNKNOWN, 'failed'],
    ['stop', stopped, 'done'],
    ['stop', ABSENT, 'done'],
    ['stop', running, 'failed'],
    ['stop', UNKNOWN, 'failed'],
    ['restart', since, 'done'],
    ['restart', running, 'failed'],
    ['restart', stopped, 'failed'],
    ['restart', { ...running, startedAt: null }, 'failed'],
    ['destroy', running, 'finish-destroy'],
    ['destroy', ABSENT, 'finish-destroy'],
    ['copy', running, 'failed'],
  ];
  it.each(cases)('%s of a machine that is now %o is %s', (kind, observation, settlement) => {
    expect(settle(operation(kind), facts({ observation }))).toBe(settlement);
  });
  it('rebuild is finished when the machine is made from its image already, whatever is left of it', () => {
    const record = { phase: 'ready', createdBy: 'demo.web-1.1/1', rebuiltBy: ID } as const;
    for (const observation of [running, stopped, { ...ABSENT, diskPresent: true }])
      expect(settle(operation('rebuild'), facts({ record, observation }))).toBe('finish-rebuild');
  });
  it('rebuild is undone when it had failed and the machine was not back yet', () => {
    const observation = { ...ABSENT, diskPresent: true };
    expect(settle(operation('rebuild'), facts({ observation }))).toBe('undo-rebuild');
  });
  it('rebuild failed when it had not begun, or there is no machine any more', () => {
    expect(settle(operation('rebuild'), facts())).toBe('failed');
    expect(settle(operation('rebuild'), facts({ observation: UNKNOWN }))).toBe('failed');
    expect(settle(operation('rebuild'), facts({ observation: ABSENT }))).toBe('failed');
    expect(settle(operation('rebuild'), facts({ observation: stopped, record: null }))).toBe('failed');
  });
  it('copy is done when its copy is there', () => {
    expect(settle(operation('copy'), facts({ copyThere: true }))).toBe('done');
  });
});
