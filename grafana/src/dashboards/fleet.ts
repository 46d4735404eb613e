import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ColumnName } from '@fettle/metrics';
import { mean, measure, percentile, share, type Measure } from '@fettle/metrics/queries/expressions';
import { spread } from '@fettle/metrics/queries/over-time';
import { RESTARTED } from '@fettle/metrics/queries/process';
import { select } from '@fettle/metrics/queries/statement';
import { MACHINES, POINTS, RESTARTS, STARTS } from '../counts.ts';
import { HALF, lines, stat, table, THIRD } from '../panels.ts';
import { linesSql, tableSql } from '../sql.ts';
import { dashboard } from './dashboard.ts';
import { silentSlots } from './silent-slots.ts';

const MEMORY_SHARE = share('memoryUsedMb', 'memoryTotalMb');

/** Is the fleet well, and if not, which machine is it? */
export function fleet(): DashboardBuilder {
  return dashboard('fleet', 'Fettle: fleet', 'Is the fleet well, and if not, which machine is it?')
    .withPanel(
      stat(
        { title: 'Machines', about: 'Machines that reported within the range.' },
        6,
        tableSql(null, ['project'], [MACHINES], {}),
      ),
    )
    .withPanel(
      stat(
        { title: 'Restarts', about: 'Automatic restarts of processes within the range.', bad: 10 },
        6,
        tableSql('process', ['project'], [RESTARTS], {
          where: [RESTARTED],
        }),
      ),
    )
    .withPanel(
      stat(
        { title: 'Starts', about: 'Machines that started within the range.' },
        6,
        tableSql('startup', ['project'], [STARTS], {}),
      ),
    )
    .withPanel(
      stat(
        { title: 'Points', about: 'Points that arrived within the range; one written twice counts once.' },
        6,
        tableSql(null, ['project'], [POINTS], {}),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Machines reporting',
          about: 'Different machines that measured in each step.',
          unit: 'short',
        },
        HALF,
        linesSql('resource', [MACHINES]),
      ),
    )
    .withPanel(silentSlots())
    .withPanel(
      spreadLines(
        'Cpu',
        'Share of processors in use: half of the points, 95 % and 99 % are below the lines.',
        'cpu',
        measure('cpuPercent'),
      ),
    )
    .withPanel(spreadLines('Memory', 'Share of memory in use, over the fleet.', 'memory', MEMORY_SHARE))
    .withPanel(
      spreadLines('Disk', 'Used share of the disk, over the fleet.', 'disk', measure('diskUsedPercent')),
    )
    .withPanel(byMachine('Cpu of each machine', 'percent', measure('cpuPercent'), 'cpuPercent'))
    .withPanel(byMachine('Memory of each machine', 'percent', MEMORY_SHARE, 'memoryPercent'))
    .withPanel(top('Busiest machines', 'cpuPercent', measure('cpuPercent')))
    .withPanel(top('Machines with most memory in use', 'memoryPercent', MEMORY_SHARE));
}

function spreadLines(title: string, about: string, name: string, of: Measure) {
  const sql = linesSql('resource', spread(name, of), { where: [of.known] });
  return lines({ title, about, unit: 'percent' }, THIRD, sql);
}

function byMachine(title: string, unit: string, of: Measure, name: string) {
  return lines(
    { title, about: 'Mean of each step, a line for each machine.', unit },
    HALF,
    linesSql('resource', [select(name, 'percent', mean(of))], { by: ['machine'], where: [of.known] }),
  );
}

function top(title: string, name: string, of: Measure) {
  const by: ColumnName[] = ['machine', 'slot'];
  return table(
    { title, about: 'Means over the whole range, highest first.' },
    HALF,
    tableSql(
      'resource',
      by,
      [select(name, 'percent', mean(of)), select('p95', 'percent', percentile(0.95, of))],
      {
        where: [of.known],
        orderBy: [`${name} DESC`],
        limit: 20,
      },
    ),
  );
}
