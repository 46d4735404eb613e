import { expect, test } from 'vitest';
import { CHART_SCRIPT } from './chart-script.ts';
import { HISTORY_SCRIPT } from './history-script.ts';

const PROJECT = 'demo';
const MACHINE = 'demo.web-1.1';
const NOW = 1_700_000_000_000;
const row = { time: NOW / 1000, machine: MACHINE, cpuPercent: 12, memoryUsedMb: 90, memoryTotalMb: 512 };

type History = { byMachine: Map<string, unknown[]>; why: string | null };
type Script = {
  loadHistory: (project: string, machines: number) => Promise<void>;
  histories: Map<string, History>;
};

/** The script as a browser has it, with a clock and an API that the test moves. */
function browser() {
  const world = { now: NOW, hidden: false, asked: [] as PromiseWithResolvers<{ rows: unknown[] }>[] };
  const ask = () => {
    const answer = Promise.withResolvers<{ rows: unknown[] }>();
    world.asked.push(answer);
    return answer.promise;
  };
  const source = `${CHART_SCRIPT}${HISTORY_SCRIPT}; return { loadHistory, histories };`;
  const script = new Function('ask', 'Date', 'document', source)(
    ask,
    { now: () => world.now },
    world,
  ) as Script;
  const load = (): Promise<void> => script.loadHistory(PROJECT, 3);
  return { world, load, history: () => script.histories.get(PROJECT) };
}

test('an answer that takes longer than the time between two questions is shown, and asked for once', async () => {
  const { world, load, history } = browser();
  const first = load();
  world.now += 12_000;
  void load();
  expect(world.asked).toHaveLength(1);
  world.asked[0]!.resolve({ rows: [row] });
  await first;
  expect(history()?.byMachine.get(MACHINE)).toEqual([row]);
  void load();
  expect(world.asked).toHaveLength(2);
});

test('one question in ten seconds is enough, and none while nobody looks', async () => {
  const { world, load } = browser();
  world.hidden = true;
  await load();
  expect(world.asked).toEqual([]);
  world.hidden = false;
  const first = load();
  world.asked[0]!.resolve({ rows: [] });
  await first;
  world.now += 9_999;
  await load();
  expect(world.asked).toHaveLength(1);
});

test('a question that fails says why, until one is answered, and keeps what was shown', async () => {
  const { world, load, history } = browser();
  const asked = async (settle: (answer: PromiseWithResolvers<{ rows: unknown[] }>) => void) => {
    const loading = load();
    settle(world.asked.at(-1)!);
    await loading;
    world.now += 10_000;
  };
  await asked((answer) => answer.resolve({ rows: [row] }));
  await asked((answer) => answer.reject(new Error('Analytics Engine did not answer')));
  expect(history()).toMatchObject({ why: 'Analytics Engine did not answer' });
  expect(history()?.byMachine.get(MACHINE)).toEqual([row]);
  const last = load();
  expect(history()?.why).toBe('Analytics Engine did not answer');
  world.asked.at(-1)!.resolve({ rows: [] });
  await last;
  expect(history()?.why).toBeNull();
});
