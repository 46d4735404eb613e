import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ColumnName } from '@fettle/metrics';
import { mean, measure, percentile, share, type Measure } from '@fettle/metrics/queries/expressions';
import { NEWEST_MACHINE, SILENT_AFTER_SECONDS, SILENT_SECONDS } from '@fettle/metrics/queries/gaps';
import { RESTARTED } from '@fettle/metrics/queries/process';
import { select } from '@fettle/metrics/queries/statement';
import { MACHINES, POINTS, RESTARTS, STARTS } from '../counts.ts';
import { HALF, lines, stat, table, THIRD } from '../panels.ts';
import { linesSql, tableSql } from '../sql.ts';
import { dashboard } from './dashboard.ts';

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
    .withPanel(
      table(
        {
          title: 'Silent slots',
          about: `Slots from whose newest machine nothing was written for ${SILENT_AFTER_SECONDS} s or more. A machine that was replaced is not among them once its successor reports.`,
        },
        HALF,
        tableSql(null, ['slot'], [NEWEST_MACHINE, SILENT_SECONDS], {
          having: `silentSeconds >= ${SILENT_AFTER_SECONDS}`,
          orderBy: ['silentSeconds DESC'],
        }),
      ),
    )
    .withPanel(
      spread(
        'Cpu',
        'Share of processors in use: half of the points, 95 % and 99 % are below the lines.',
        'cpu',
        measure('cpuPercent'),
      ),
    )
    .withPanel(spread('Memory', 'Share of memory in use, over the fleet.', 'memory', MEMORY_SHARE))
    .withPanel(spread('Disk', 'Used share of the disk, over the fleet.', 'disk', measure('diskUsedPercent')))
    .withPanel(byMachine('Cpu of each machine', 'percent', measure('cpuPercent'), 'cpuPercent'))
    .withPanel(byMachine('Memory of each machine', 'percent', MEMORY_SHARE, 'memoryPercent'))
    .withPanel(top('Busiest machines', 'cpuPercent', measure('cpuPercent')))
    .withPanel(top('Machines with most memory in use', 'memoryPercent', MEMORY_SHARE));
}

function spread(title: string, about: string, name: string, of: Measure) {
  const levels = [0.5, 0.95, 0.99].map((level) =>
    select(`${name}P${level * 100}`, 'percent', percentile(level, of)),
  );
  return lines({ title, about, unit: 'percent' }, THIRD, linesSql('resource', levels, { where: [of.known] }));
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
