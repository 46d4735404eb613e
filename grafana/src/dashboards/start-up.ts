import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { column, type ColumnName } from '@fettle/metrics';
import { highest, mean, measure, percentile } from '@fettle/metrics/queries/expressions';
import { select } from '@fettle/metrics/queries/statement';
import { STARTS } from '../counts.ts';
import { HALF, lines, table } from '../panels.ts';
import { firstMeasured, linesSql, tableSql } from '../sql.ts';
import { dashboard } from './dashboard.ts';

const READY = measure('timeToReadyMs');

/** How long do machines take to start, and what of it? */
export function startUp(): DashboardBuilder {
  return dashboard('start-up', 'Fettle: start-up', 'How long do machines take to start, and what of it?')
    .time({ from: 'now-24h', to: 'now' })
    .withPanel(
      lines(
        {
          title: 'Time to ready',
          about: 'From the entrypoint’s start until every service was healthy, over all starts of a step.',
          unit: 'ms',
        },
        HALF,
        linesSql('startup', [
          select('p50', 'ms', percentile(0.5, READY)),
          select('p95', 'ms', percentile(0.95, READY)),
          select('slowest', 'ms', highest(READY)),
        ]),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Starts',
          about: 'Starts of machines in each step; one that was reported twice counts once.',
          unit: 'short',
        },
        HALF,
        linesSql('startup', [STARTS]),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'What of it',
          about: 'Means of the parts of a start: the daemon answers, the last task completed, all is ready.',
          unit: 'ms',
        },
        HALF,
        part('daemonReadyMs'),
        part('tasksCompleteMs'),
        part('timeToReadyMs'),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Time to ready of each machine',
          about: 'A dot for each step in which the machine started.',
          unit: 'ms',
        },
        HALF,
        linesSql('startup', [select('ready', 'ms', highest(READY))], { by: ['machine'] }),
      ),
    )
    .withPanel(
      table(
        { title: 'Slowest starts', about: 'One row for each start within the range.' },
        24,
        tableSql(
          'startup',
          ['machine', 'slot', 'boot', 'platform', 'customer'],
          [
            firstMeasured('at'),
            ...(['timeToReadyMs', 'tasksCompleteMs', 'daemonReadyMs'] as const).map(greatest),
          ],
          { orderBy: ['timeToReadyMs DESC'], limit: 50 },
        ),
        ['at'],
      ),
    );
}

function part(name: ColumnName): string {
  return linesSql('startup', [select(name, 'ms', mean(measure(name)))], { where: [measure(name).known] });
}

function greatest(name: ColumnName) {
  return select(name, 'ms', `max(${column(name)})`);
}
