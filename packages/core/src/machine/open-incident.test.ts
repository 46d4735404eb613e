import { describe, expect, test } from 'vitest';
import { healthyMachine, machine, MINUTE, policy, T0, verdict } from '../testing/builders.ts';
import { openIncidentFor, openProvisioningIncident } from './open-incident.ts';
import type { MachineRecord } from './record.ts';
import type { Turn } from './turn.ts';

function turnOf(record: MachineRecord): Turn {
  return { record, now: T0, policy: policy(), facts: [] };
}

describe('opening an incident', () => {
  const check = { ...healthyMachine().check, failed: 3, firstFailedAt: T0 - MINUTE };

  test('counts it, begins it with the first failed check, and asks for nothing yet', () => {
    const turn = turnOf(healthyMachine({ incidents: 4, check }));
    openIncidentFor(turn, verdict('unhealthy', 'service-down'));
    expect(turn.record).toMatchObject({
      incidents: 5,
      state: {
        phase: 'recovering',
        since: T0,
        incident: { number: 5, firstFailedAt: T0 - MINUTE, openedAt: T0, tries: [] },
        attempt: null,
        permit: null,
        askAgainAt: T0,
      },
    });
  });

  test('tells the incident and the timeline', () => {
    const turn = turnOf(healthyMachine({ check }));
    openIncidentFor(turn, verdict('unhealthy', 'service-down', 'daemon-down'));
    expect(turn.facts.map((fact) => (fact.kind === 'event' ? fact.event.message : fact.kind))).toEqual([
      'incident 1 opened: service-down!; daemon-down!',
      'incident',
      'healthy -> recovering: service-down!; daemon-down!',
    ]);
  });

  test('for a machine that could not be created leaves only level 4: there is nothing to repair', () => {
    const turn = turnOf(machine({ state: { phase: 'provisioning', since: T0, actionId: null } }));
    openProvisioningIncident(turn, 'no space left');
    expect(turn.record).toMatchObject({
      evidence: { provider: 'absent' },
      state: { incident: { firstFailedAt: T0, cause: [{ code: 'machine-gone', message: 'no space left' }] } },
    });
  });
});
