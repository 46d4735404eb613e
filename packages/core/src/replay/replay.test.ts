import type { PolicyInput } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, policy, SECOND, versions } from '../testing/builders.ts';
import { recorded } from '../testing/recorded.ts';
import { Scenario } from '../testing/scenario.ts';
import { replay } from './replay.ts';

/** A machine that lived on for a while after something happened to it. */
function past(happens: (s: Scenario) => void, input: PolicyInput = {}): Scenario {
  const s = Scenario.healthy(policy(input));
  happens(s);
  s.runFor(30 * MINUTE);
  return s;
}

const serviceFails = (s: Scenario) => s.machine.fail('web');
const pidnapHangs = (s: Scenario) => void s.machine.hung.add('pidnap').add('daemon').add('web');
const silentFromHere = (s: Scenario) => {
  s.machine.lies = true;
  s.machine.hung.add('web');
  s.runFor(10 * MINUTE);
  s.machine.lies = false;
};
const vanishes = (s: Scenario) => s.machine.vanish({ withDisk: true });
const badVersion = (s: Scenario) => {
  s.machine.broken.add(commit('bad'));
  s.machine.head = versions({ customer: commit('bad') });
  s.command({ kind: 'apply-versions', refs: { customer: 'main' }, order: null });
};
const hostAway = (s: Scenario) => {
  s.machine.hostReachable = false;
  s.runFor(10 * MINUTE);
  s.machine.hostReachable = true;
};
const weAreAway = (s: Scenario) => s.away(20 * MINUTE);
const stoppedAndStarted = (s: Scenario) => {
  s.command({ kind: 'stop' });
  s.runFor(20 * MINUTE);
  s.command({ kind: 'start' });
};
const stormGuard = (s: Scenario) => {
  pidnapHangs(s);
  const { permit } = s;
  s.permit = () => ({
    ok: true,
    permit: { granted: false, reason: 'storm-guard', message: '5 of 6 are sick' },
  });
  s.runFor(10 * MINUTE);
  s.permit = permit;
};
const hopeless = (s: Scenario) => {
  s.machine.ruined = true;
  serviceFails(s);
};
const operationFails = (s: Scenario) => {
  s.machine.fails.add('restart');
  pidnapHangs(s);
};
const restartRefused = (s: Scenario) => {
  s.machine.refuses.add('restart');
  pidnapHangs(s);
};
const silentForGood = (s: Scenario) => {
  s.machine.ruined = true;
  pidnapHangs(s);
};
const restartAsked = (s: Scenario) => s.command({ kind: 'restart' });

const PASTS: Record<string, (s: Scenario) => void> = {
  'nothing at all': () => undefined,
  'a service fails': serviceFails,
  'pidnap hangs': pidnapHangs,
  'a service is silent from here only, and then sick': silentFromHere,
  'the machine vanishes': vanishes,
  'a bad version is deployed': badVersion,
  'the host is away': hostAway,
  'we ourselves are away': weAreAway,
  'somebody stops and starts it': stoppedAndStarted,
  'the storm guard holds': stormGuard,
  'nothing helps': hopeless,
  'a restart fails': operationFails,
  'a restart is refused': restartRefused,
  'somebody restarts it': restartAsked,
};

describe('under the policy that it was recorded with, a replay decides what was decided', () => {
  test.each(Object.entries(PASTS))('when %s', (_, happens) => {
    const recording = recorded(past(happens));
    const same = replay(recording, recording.policy);
    expect(same.agreement.disagreements).toEqual([]);
    expect(same.divergedAt).toBeNull();
    expect(same.rows.filter(({ left, right }) => left !== right)).toEqual([]);
    expect(same.counts.other).toEqual(same.counts.recorded);
    expect(same.counts.recorded.incidents).toBe(recording.incidents.length);
    expect(same.leftOut).toBe(0);
  });

  test('when it only watched', () => {
    const recording = recorded(past(pidnapHangs, { mode: 'shadow' }));
    expect(recording.incidents).toHaveLength(1);
    const same = replay(recording, recording.policy);
    expect(same.agreement.disagreements).toEqual([]);
    expect(same.divergedAt).toBeNull();
    expect(same.counts.recorded).toMatchObject({ tries: [0, 0, 1, 0], skipped: 2 });
  });
});

const decisions = (s: Scenario, input: PolicyInput) => {
  const recording = recorded(s);
  const { rows, ...rest } = replay(recording, policy(input));
  const from = recording.incidents[0]?.firstFailedAt ?? 0;
  const told = (side: 'left' | 'right') =>
    rows.flatMap((row) => (row[side] === null ? [] : [`${(row.at - from) / SECOND} s  ${row[side]}`]));
  return { ...rest, recorded: told('left'), other: told('right') };
};

describe('another policy', () => {
  test('that waits for fewer failed checks opens the incident earlier, and acts where the recording does not', () => {
    const found = decisions(past(pidnapHangs), { check: { unhealthyAfter: 1, goneAfter: 1 } });
    expect(found.recorded[0]).toMatch(/^[1-9]\d s {2}incident 1 opened/);
    expect(found.other[0]).toMatch(/^0 s {2}incident 1 opened/);
    expect(found.divergedAt).not.toBeNull();
  });

  test('that waits for more failed checks never acts on what got well by itself', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('web');
    s.runUntil('in an incident', () => s.openIncident !== null);
    s.machine.crash('web');
    s.runFor(10 * MINUTE);
    const found = decisions(s, { check: { unhealthyAfter: 10 } });
    expect(found.counts.recorded).toMatchObject({ incidents: 1 });
    expect(found.counts.other).toMatchObject({ incidents: 0, tries: [0, 0, 0, 0] });
  });

  test('without level 1 goes to the next one at once', () => {
    const ladder = [
      { level: 3 as const, attempts: 1, timeoutMs: 5 * MINUTE },
      { level: 4 as const, attempts: 1, timeoutMs: 15 * MINUTE },
    ];
    const found = decisions(past(serviceFails), { ladder });
    expect(found.counts.recorded.tries).toEqual([1, 0, 0, 0]);
    expect(found.counts.other.tries).toEqual([0, 0, 1, 0]);
    expect(found.divergedAt).not.toBeNull();
  });

  test('that differs only in what the recording never came to decides the same', () => {
    const found = decisions(past(serviceFails), { retainReplacedMs: HOUR, settleMs: 90 * SECOND });
    expect(found.divergedAt).toBeNull();
    expect(found.counts.other).toEqual(found.counts.recorded);
  });

  test('that acts is compared with one that only watched: there the recording tells nothing more', () => {
    const recording = recorded(past(serviceFails, { mode: 'shadow' }));
    const found = replay(recording, policy());
    const opened = recording.incidents[0]!.openedAt;
    expect(found.divergedAt).toBe(opened);
    expect(found.counts.other.tries[0]).toBe(2);
  });

  test('that acts gives up what the recorded one, which only watched, would have given up', () => {
    const recording = recorded(past(silentForGood, { mode: 'shadow' }));
    expect(recording.incidents[0]?.held).toMatchObject({ reason: 'shadow-mode' });
    expect(replay(recording, policy()).counts.other).toMatchObject({ givenUp: 1 });
  });

  test('that checks less often passes over the looks that it would not have made', () => {
    const found = decisions(
      past(() => undefined),
      { check: { intervalMs: 60_000 } },
    );
    const { recorded, other } = found.counts;
    expect(other.looks + found.passedOver).toBe(recorded.looks);
    expect(other.looks / recorded.looks).toBeLessThan(0.6);
  });

  test('that checks more often does not take the pace of the recording for an absence of our own', () => {
    const found = decisions(past(serviceFails), { check: { intervalMs: 5000 } });
    expect(found.other.filter((line) => line.includes('away'))).toEqual([]);
  });
});

test('a recording that begins in the middle of an incident is replayed from its first calm look', () => {
  const whole = recorded(past(serviceFails));
  const opened = whole.incidents[0]!.openedAt;
  const cut = { ...whole, snapshots: whole.snapshots.filter(({ at }) => at > opened) };
  const found = replay(cut, whole.policy);
  expect(found.leftOut).toBeGreaterThan(0);
  expect(found.span?.from).toBeGreaterThan(whole.incidents[0]!.closedAt!);
  expect(found.counts.recorded.incidents).toBe(0);
});

test('a recording without a single calm look has no replay, and says so', () => {
  const whole = recorded(past(serviceFails));
  const none = { ...whole, snapshots: whole.snapshots.filter(({ phase }) => phase === 'recovering') };
  expect(replay(none, whole.policy)).toMatchObject({ span: null, rows: [], divergedAt: null });
});
