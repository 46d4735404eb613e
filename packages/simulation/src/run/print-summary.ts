/** The figures of a campaign for people. */
import { Table } from 'console-table-printer';
import type { Summary } from './summary.ts';

export function printSummary(summary: Summary, say: (line: string) => void): void {
  const table = new Table({
    columns: [
      { name: 'invariant', alignment: 'left' },
      { name: 'checked', alignment: 'right' },
      { name: 'had work', alignment: 'right' },
    ],
  });
  for (const [invariant, { checked, worked }] of Object.entries(summary.checks))
    table.addRow({ invariant, checked, 'had work': worked });
  say(table.render());
  const { probesReached, probesUnreached, newPairsPerThousandSeeds } = summary;
  say(`worlds              ${summary.runs}`);
  say(`machine-hours       ${summary.machineHours}`);
  say(`events              ${summary.events}`);
  say(`invariants checked  ${summary.invariantsChecked} times (${summary.invariants} of them)`);
  say(
    `transition pairs    ${summary.transitionPairs}, new per 1,000 seeds: ${newPairsPerThousandSeeds.join(', ')}`,
  );
  say(`probes              ${probesReached} of ${probesReached + probesUnreached.length} reached`);
  say(`slowest healing     ${summary.slowestHealingSeconds} s after the last fault`);
  say(
    `replays             ${summary.replaysCompared} compared, ${summary.replaysDifferent.length} different`,
  );
  say(
    `speed               ${summary.machineHoursPerSecondAndCore} machine-hours per second of a core, ${summary.wallSeconds} s in all`,
  );
  say(`violations          ${summary.failures.length}`);
}
