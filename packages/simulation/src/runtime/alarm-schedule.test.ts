import { expect, it } from 'vitest';
import { RETRY_BACKOFF_MAX, RETRY_START_MS } from './alarm-schedule.ts';
import { addRow, oneObject, START } from './testing/one-object.ts';

const armAt = (ms: number) => ({
  call: (context: { setAlarm(at: number): void }) => {
    context.setAlarm(START + ms);
    return '';
  },
});

function fails(): never {
  throw new Error('the handler fails');
}

it('tries a failing alarm again after 2, 4, 8, 16, 32 and 64 s, then drops it for good', () => {
  const world = oneObject({ ...armAt(0), alarm: fails });
  world.call();
  world.pass(1000);
  expect(world.object.alarm).toBe(START);
  world.pass(3_600_000);
  expect(world.runs.map(({ at }) => at / 1000)).toEqual([0, 2, 6, 14, 30, 62, 126]);
  expect(world.runs.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(world.runs.map(({ isRetry }) => isRetry)).toEqual([false, true, true, true, true, true, true]);
  expect(world.object.alarm).toBeNull();
});

it('spreads retries by up to a quarter', () => {
  const world = oneObject({ ...armAt(0), alarm: fails, random: () => 0.999_999 });
  world.call();
  world.pass(3_600_000);
  expect(world.runs[1]?.at).toBe(RETRY_START_MS * 1.25 - 1);
  expect(world.runs.at(-1)?.at).toBeLessThan(126_000 * 1.25);
});

it('goes on trying for ever when the failures are not the fault of the code, at most 17 minutes apart', () => {
  const world = oneObject({
    ...armAt(0),
    construct: (_, life) => {
      if (life > 1) throw new Error('a bad deploy');
    },
  });
  world.call();
  world.object.evict();
  world.pass(24 * 3_600_000);
  const longest = RETRY_START_MS * 2 ** RETRY_BACKOFF_MAX;
  expect(world.lives()).toBeGreaterThan(80);
  expect(world.object.alarm).toBe(START);
  expect(world.timeline.nextAt()).toBeLessThanOrEqual(world.timeline.now + longest);
  expect(world.runs).toEqual([]);
});

it('begins the delays anew when a failure that counts follows one that does not', () => {
  const world = oneObject({
    ...armAt(0),
    construct: (_, life) => {
      if (life > 1 && life < 5) throw new Error('a bad deploy');
    },
    alarm: (_, __, run) => {
      if (run === 1) fails();
    },
  });
  world.call();
  world.object.evict();
  world.pass(60_000);
  expect(world.runs.map(({ at, retryCount }) => [at, retryCount])).toEqual([
    [14_000, 0],
    [16_000, 1],
  ]);
});

it('has an alarm that is set between retries wait for the next of them', () => {
  const world = oneObject({
    call: (context, at) => {
      context.setAlarm(START + Number(at));
      return '';
    },
    alarm: (_, __, run) => {
      if (run < 4) fails();
    },
  });
  world.call('0');
  world.pass(7000);
  world.call('8000');
  world.pass(60_000);
  expect(world.runs.map(({ at, retryCount }) => [at, retryCount])).toEqual([
    [0, 0],
    [2000, 1],
    [6000, 2],
    [14_000, 3],
  ]);
  expect(world.object.alarm).toBeNull();
});

it('gives a replaced alarm a clean slate', () => {
  const world = oneObject({
    ...armAt(0),
    alarm: (context, _, run) => {
      if (run === 2) context.setAlarm(START + 10_000);
      if (run < 3) fails();
    },
  });
  world.call();
  world.pass(60_000);
  expect(world.runs.map(({ at, retryCount }) => [at, retryCount])).toEqual([
    [0, 0],
    [2000, 1],
    [10_000, 0],
  ]);
});

it('fires late when the platform is late, once, and at the time that it was set for', () => {
  const world = oneObject({ ...armAt(1000), alarmLateness: () => 40_000 });
  world.call();
  world.pass(120_000);
  expect(world.runs.map(({ at, scheduledTime }) => [at, scheduledTime])).toEqual([[41_000, START + 1000]]);
});

it('waits for the wall clock when that is set back, and is not early when it is set forward', () => {
  const world = oneObject({ ...armAt(5000), alarm: () => undefined });
  world.call();
  world.runtime.stepClock(-60_000);
  world.pass(64_999);
  expect(world.runs).toEqual([]);
  world.pass(1);
  expect(world.runs).toHaveLength(1);

  const ahead = oneObject(armAt(5000));
  ahead.call();
  ahead.runtime.stepClock(60_000);
  ahead.pass(4999);
  expect(ahead.runs).toEqual([]);
  ahead.pass(1);
  expect(ahead.runs).toHaveLength(1);
});

it.each([-60_000, 60_000])(
  'goes by the wall clock for alarms that are set after it was stepped by %i ms',
  (step) => {
    const world = oneObject({
      call: (context) => {
        context.setAlarm(context.now() + 1000);
        return '';
      },
    });
    world.runtime.stepClock(step);
    world.call();
    world.pass(60_000);
    expect(world.runs.map(({ at }) => at)).toEqual([1000]);
  },
);

it('takes an alarm up again from its durable note after the process ended, without the retries', () => {
  const world = oneObject({ ...armAt(0), alarm: fails });
  world.call();
  world.pass(10_000);
  world.runtime.kill();
  world.pass(60_000);
  expect(world.runs).toHaveLength(3);
  world.runtime.start();
  world.pass(3000);
  expect(world.runs.slice(3).map(({ at, retryCount }) => [at, retryCount])).toEqual([
    [70_000, 0],
    [72_000, 1],
  ]);
});

it('does not count a run whose process ended in the constructor', () => {
  let kills = 0;
  const world = oneObject({
    ...armAt(1000),
    crash: (_, __, label) =>
      label === 'constructor' && world.lives() === 2 && ++kills === 1 ? 'kill' : null,
  });
  world.call();
  world.object.evict();
  world.pass(60_000);
  expect(world.runs).toEqual([]);
  world.runtime.start();
  world.pass(60_000);
  expect(world.runs.map(({ at, retryCount }) => [at, retryCount])).toEqual([[60_000, 0]]);
});

it('forgets a deleted alarm for good', () => {
  const world = oneObject({
    call: (context, input) => {
      if (input === 'arm') context.setAlarm(START + 1000);
      else context.deleteAlarm();
      return '';
    },
  });
  world.call('arm');
  world.call('disarm');
  world.object.kill();
  world.pass(60_000);
  expect(world.runs).toEqual([]);
  expect(world.lives()).toBe(1);
});

it('never fires again after the chain was severed, until another alarm is set', () => {
  const world = oneObject({
    call: (context, at) => {
      context.setAlarm(START + Number(at));
      return '';
    },
    alarm: (context, info, run) => {
      addRow(context, `run ${run}`);
      if (run === 1) context.setAlarm(info.scheduledTime);
    },
  });
  world.call('1000');
  world.pass(3_600_000);
  expect(world.object.alarm).toBe(START + 1000);
  world.object.kill();
  world.pass(1000);
  expect(world.runs).toHaveLength(1);
  world.call('3700000');
  world.pass(200_000);
  expect(world.runs).toHaveLength(2);
});

it('loses an alarm without a trace, or leaves it stuck in the past', () => {
  const lost = oneObject(armAt(1000));
  lost.call();
  lost.object.loseAlarm({ stuck: false });
  expect(lost.object.alarm).toBeNull();
  const stuck = oneObject(armAt(1000));
  stuck.call();
  stuck.object.loseAlarm({ stuck: true });
  for (const world of [lost, stuck]) {
    world.pass(60_000);
    world.object.kill();
    world.pass(60_000);
    expect(world.runs).toEqual([]);
  }
  expect(stuck.object.alarm).toBe(START + 1000);
});
