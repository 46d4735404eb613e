import { describe, expect, it } from 'vitest';
import { checked, definition, inState } from '../../test/builders.ts';
import { bootProcesses, bootTasks, isWell } from './milestones.ts';

describe('what a start waits for', () => {
  const definitions = {
    migrate: definition({ restart: 'never' }),
    checkout: definition({ restart: 'on-failure' }),
    web: definition({ dependsOn: [{ process: 'checkout', condition: 'completed' }] }),
    cron: definition({ schedule: { cron: '@daily' } }),
    byHand: definition({ restart: 'never', autostart: false }),
  };

  it('is everything that starts by itself', () => {
    expect(bootProcesses(definitions)).toEqual(['migrate', 'checkout', 'web']);
  });

  it('has as tasks what runs once and what others need completed', () => {
    expect(bootTasks(definitions)).toEqual(['migrate', 'checkout']);
  });
});

describe('a process is well', () => {
  const healthy = { ...inState('running').health, status: 'healthy' as const };
  it.each([
    ['when it completed', inState('completed'), definition(), true],
    ['when it runs and nobody asks for its health', inState('running'), definition(), true],
    ['not while its health is unknown', inState('running'), checked(), false],
    ['when its check passes', inState('running', { health: healthy }), checked(), true],
    ['not when it failed', inState('failed'), definition(), false],
    ['not while it waits', inState('blocked'), definition(), false],
  ])('%s', (_when, record, policy, expected) => {
    expect(isWell(record, policy)).toBe(expected);
  });
});
