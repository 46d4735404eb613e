import { describe, expect, test } from 'vitest';
import type { Command } from '../machine/event.ts';
import { decideOn } from '../testing/deciding.ts';
import { healthyMachine, machine, T0 } from '../testing/builders.ts';
import { commandOf } from './people.ts';

const stopped = healthyMachine({ state: { phase: 'stopped', since: T0 }, desired: 'stopped' });

describe('what people asked for is read from the timeline as it was', () => {
  test.each<[Command, ReturnType<typeof machine>]>([
    [{ kind: 'provision' }, machine()],
    [{ kind: 'stop' }, healthyMachine()],
    [{ kind: 'start' }, stopped],
    [{ kind: 'restart' }, healthyMachine()],
    [{ kind: 'restart-services', names: ['web', 'daemon'] }, healthyMachine()],
    [{ kind: 'apply-versions', refs: { platform: 'main' }, order: null }, healthyMachine()],
    [
      { kind: 'apply-versions', refs: { platform: 'v1.2', customer: 'feature/to-sell' }, order: null },
      healthyMachine(),
    ],
    [{ kind: 'rebuild', image: 'registry.example/machine:v2', refs: null, order: null }, healthyMachine()],
    [
      { kind: 'rebuild', image: 'image-2', refs: { platform: 'main', customer: 'v2' }, order: null },
      healthyMachine(),
    ],
    [{ kind: 'restore-work', from: 'demo.web-1.1', evidence: '17' }, healthyMachine()],
    [{ kind: 'retire' }, healthyMachine()],
    [{ kind: 'destroy' }, healthyMachine()],
  ])('%j', (command, record) => {
    const { facts } = decideOn(record, { type: 'commanded', by: null, command });
    const found = facts.flatMap((fact) => (fact.kind === 'event' ? [commandOf(fact.event)] : []));
    expect(found.filter((one) => one !== null)).toEqual([command]);
  });
});

test.each([
  'healthy -> suspect: web is failed',
  'starting -> healthy: all checks pass',
  'stopped -> stopping: it runs although it was stopped',
  'suspect -> healthy: asked for',
])('"%s" was asked for by nobody', (message) => {
  expect(commandOf({ at: T0, kind: 'phase', message })).toBeNull();
});

test('only the timeline tells of commands', () => {
  expect(commandOf({ at: T0, kind: 'note', message: 'restart asked for' })).toBeNull();
});
