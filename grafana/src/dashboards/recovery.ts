import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { column } from '@fettle/metrics';
import { highest, mean, measure, total } from '@fettle/metrics/queries/expressions';
import { RESTARTED } from '@fettle/metrics/queries/process';
import { select } from '@fettle/metrics/queries/statement';
import { RESTARTS, STARTS } from '../counts.ts';
import { HALF, lines, table } from '../panels.ts';
import { firstMeasured, lastMeasured, linesSql, tableSql } from '../sql.ts';
import { dashboard } from './dashboard.ts';
import { silentSlots } from './silent-slots.ts';

const TIMES = ['firstAt', 'lastAt'];

/** A machine id ends in its generation; what is not the first one has replaced another machine. */
const REPLACEMENTS = `NOT endsWith(${column('machine')}, '.1')`;

/** What was repaired, replaced and rolled back? All of it is read from what machines measured. */
export function recovery(): DashboardBuilder {
  const seen = [firstMeasured('firstAt'), lastMeasured('lastAt')];
  return dashboard('recovery', 'Fettle: recovery', 'What was repaired, replaced and rolled back?')
    .time({ from: 'now-24h', to: 'now' })
    .withPanel(
      lines(
        {
          title: 'Restarts of processes',
          about: 'The lowest step of recovery: the supervisor starts a process again.',
          unit: 'short',
        },
        HALF,
        linesSql('process', [RESTARTS], { by: ['machine'], where: [RESTARTED] }),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Starts of machines',
          about: 'Machines that were started, restarted or replaced, a line for each slot.',
          unit: 'short',
        },
        HALF,
        linesSql('startup', [STARTS], { by: ['slot'] }),
      ),
    )
    .withPanel(
      table(
        {
          title: 'Generations',
          about: 'The machines that each slot had within the range; a new one stands for a replacement.',
        },
        HALF,
        tableSql(null, ['slot', 'machine'], seen, { orderBy: ['slot', 'firstAt DESC'] }),
        TIMES,
      ),
    )
    .withPanel(
      table(
        {
          title: 'Versions',
          about: 'What each machine ran, and when: a set that comes back after another one is a rollback.',
        },
        HALF,
        tableSql(null, ['machine', 'platform', 'customer', 'image'], seen, {
          where: [`${column('platform')} != ''`],
          orderBy: ['machine', 'firstAt DESC'],
        }),
        TIMES,
      ),
    )
    .withPanel(
      table(
        {
          title: 'Starts of replacements',
          about: 'How long machines took to be ready that replaced another one.',
        },
        HALF,
        tableSql(
          'startup',
          ['machine', 'boot'],
          [firstMeasured('at'), select('timeToReadyMs', 'ms', highest(measure('timeToReadyMs')))],
          {
            where: [REPLACEMENTS],
            orderBy: ['at DESC'],
          },
        ),
        ['at'],
      ),
    )
    .withPanel(silentSlots())
    .withPanel(
      lines(
        {
          title: 'How late machines are watched',
          about:
            'How long after its time the alarm of a machine’s object ran: the median and the worst of the fleet.',
          unit: 'ms',
        },
        HALF,
        linesSql('sweep', [
          select('medianLagMs', 'ms', mean(measure('medianLagMs'))),
          select('worstLagMs', 'ms', highest(measure('worstLagMs'))),
        ]),
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Watchers in trouble',
          about:
            'Machines that were not looked at in time, whose object did not answer, or whose alarm was lost.',
          unit: 'short',
        },
        HALF,
        linesSql('sweep', [
          select('stale', 'count', highest(measure('staleMachines'))),
          select('silent', 'count', highest(measure('silentObjects'))),
          select('rearmed', 'count', total('rearmedMachines')),
        ]),
      ),
    );
}
