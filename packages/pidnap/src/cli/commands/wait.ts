import { Command, Option } from 'commander';
import type { WaitCondition } from '../../contract.ts';
import { duration } from '../arguments.ts';
import { EXIT } from '../failure.ts';
import { asksPidnap, withPidnap } from '../session.ts';

type Condition = (typeof WaitCondition.options)[number];

/** The conditions of the API, written out: loading the contract takes longer than most commands. */
const CONDITIONS: Record<Condition, true> = {
  healthy: true,
  ended: true,
  pending: true,
  blocked: true,
  starting: true,
  running: true,
  stopping: true,
  'backing-off': true,
  scheduled: true,
  stopped: true,
  completed: true,
  failed: true,
};

/** Longest wait that pidnap takes in one request. */
const LONGEST_REQUEST_MS = 300_000;

/** `pidnap wait`: for scripts that go on when a process is where they need it. */
export function waitCommand(): Command {
  const until = new Option(
    '-u, --until <condition>',
    'a state, healthy (or running without a check), or ended',
  );
  return asksPidnap(
    new Command('wait')
      .description('answer when a process is healthy, or in another condition; fail when it is not in time')
      .argument('<name>', 'name of a process')
      .addOption(until.choices(Object.keys(CONDITIONS)).default('healthy'))
      .option('--timeout <duration>', 'longest wait', duration, 60_000)
      .option('--min-run <run>', 'leave out runs before this one', Number, 0),
  ).action(
    withPidnap(
      async (
        { client, print, terminal },
        name: string,
        options: { until: Condition; timeout: number; minRun: number },
      ) => {
        const deadline = performance.now() + options.timeout;
        for (;;) {
          const left = Math.max(0, Math.round(deadline - performance.now()));
          const timeoutMs = Math.min(left, LONGEST_REQUEST_MS);
          const answer = await client.wait({ name, until: options.until, minRun: options.minRun, timeoutMs });
          if (!answer.reached && left > timeoutMs) continue;
          if (!answer.reached) process.exitCode = EXIT.failed;
          const { formatStatus } = await import('../output/status.ts');
          return print(answer, () => formatStatus([answer.process], Date.now(), terminal));
        }
      },
    ),
  );
}
