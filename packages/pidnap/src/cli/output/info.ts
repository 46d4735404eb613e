import type * as v from 'valibot';
import type { PidnapInfo } from '../../contract.ts';
import type { Terminal } from './terminal.ts';
import { formatDuration, formatMoment, formatShortDuration } from './time.ts';

/** Who answers, for people. */
export function formatInfo(info: v.InferOutput<typeof PidnapInfo>, terminal: Terminal): string {
  const { boot, leftovers, now } = info;
  const since = (at: number | null): string =>
    at === null ? 'not yet' : `${formatShortDuration(at - boot.entrypointAt)} after the first program began`;
  const facts = [
    ['pidnap', `${info.version}, pid ${info.pid}${info.shuttingDown ? ', shutting down' : ''}`],
    ['started', `${formatMoment(info.startedAt)} (${formatDuration(now - info.startedAt)} ago)`],
    ['config', info.configFile ?? 'none: started from a program'],
    ['state', info.stateDir],
    ['instance', info.instanceId],
    ['boot', info.bootId],
    ['process 1', info.isPid1 ? 'pidnap itself' : 'another program'],
    ['orphans', info.orphanReaper === 'init' ? 'reaped by an init' : 'not reaped: no init was found'],
    ['ready', since(boot.readyAt)],
    ['tasks done', since(boot.tasksCompleteAt)],
    ['all healthy', since(boot.allHealthyAt)],
    ['leftovers', `${leftovers.adopted.length} adopted, ${leftovers.ended} ended`],
    ['memory', info.oomKills === null ? 'kills are not known' : `${info.oomKills} ended for want of memory`],
  ];
  return facts
    .map(([name = '', value = '']) => `${terminal.paint('dim', name.padEnd(11))} ${value}`)
    .join('\n');
}
