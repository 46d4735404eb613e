import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { column, type ColumnName } from '@fettle/metrics';
import { mean, measure, perSecond } from '@fettle/metrics/queries/expressions';
import { select } from '@fettle/metrics/queries/statement';
import { HALF, lines, table } from '../panels.ts';
import { lastMeasured, linesSql, OF_MACHINE, tableSql } from '../sql.ts';
import { machineVariable } from '../variables.ts';
import { dashboard } from './dashboard.ts';

/** What does this one machine use? */
export function machine(): DashboardBuilder {
  return dashboard('machine', 'Fettle: machine', 'What does this one machine use?')
    .withVariable(machineVariable())
    .withPanel(figures('Cpu', 'Share of the machine’s own processors in use.', 'percent', 'cpuPercent'))
    .withPanel(
      figures(
        'Memory',
        'In use without page cache, and what it may use.',
        'decmbytes',
        'memoryUsedMb',
        'memoryTotalMb',
      ),
    )
    .withPanel(
      figures('Disk', 'Used share of the disk with the machine’s data.', 'percent', 'diskUsedPercent'),
    )
    .withPanel(
      figures(
        'Waiting',
        'Share of time in which something waited for a processor, memory or the disk (PSI). Empty where the machine cannot tell.',
        'percent',
        'cpuPressurePercent',
        'memoryPressurePercent',
        'ioPressurePercent',
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Network',
          about: 'Bytes per second, from the counters of the machine’s own network.',
          unit: 'Bps',
        },
        HALF,
        rate('received', 'networkReceivedBytes'),
        rate('sent', 'networkSentBytes'),
      ),
    )
    .withPanel(
      figures(
        'Load and processors',
        'Load average of the last minute (the host’s inside a container), and processors that the machine may use.',
        'short',
        'load1',
        'cpuLimit',
      ),
    )
    .withPanel(figures('Open files', 'Open file descriptors of its processes.', 'short', 'openFiles'))
    .withPanel(
      table(
        {
          title: 'Sources',
          about: 'Where its figures were read: its own control group, or `/proc`, which shows the host.',
        },
        HALF,
        tableSql('resource', ['cpuSource', 'memorySource', 'boot'], [lastMeasured('lastAt')], {
          where: [OF_MACHINE],
          orderBy: ['lastAt DESC'],
        }),
        ['lastAt'],
      ),
    );
}

/** One statement for each figure: what the machine cannot tell leaves out its own line only. */
function figures(title: string, about: string, unit: string, ...names: ColumnName[]) {
  const statements = names.map((name) =>
    linesSql('resource', [select(name, 'count', mean(measure(name)))], {
      where: [OF_MACHINE, measure(name).known],
    }),
  );
  return lines({ title, about, unit }, HALF, ...statements);
}

function rate(name: string, counted: ColumnName): string {
  return linesSql('resource', [select(name, 'bytes', perSecond(counted, 'coversMs'))], {
    where: [OF_MACHINE, measure(counted).known, `${column('coversMs')} > 0`],
  });
}
