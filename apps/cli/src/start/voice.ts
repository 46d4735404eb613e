import { createLogUpdate } from 'log-update';
import { styleText } from 'node:util';
import { formatClock, formatSeconds } from '../output/age.ts';
import { FLEET_COLUMNS, fleetRow, modeNote, strayRow, type FleetLine } from '../output/fleet-rows.ts';
import { renderTable } from '../output/table.ts';
import type { FleetReading } from './read-fleet.ts';

const STEP_NAMES: Record<string, string> = {
  leftovers: 'leftovers of an earlier run',
  image: 'machine image files',
  repositories: 'git repositories',
  analytics: 'analytics engine',
  host: 'host-agent',
  provider: 'local server of a cloud',
  'control-plane': 'control plane in workerd',
  project: 'project',
  healthy: 'fleet healthy',
};

/** How a start talks to whoever watches: a terminal that is redrawn, a log of lines, or JSON. */
export type Voice = {
  step(name: string, detail: string, tookMs: number): void;
  say(text: string, fact: Record<string, unknown>): void;
  /** The present state of the fleet; called again and again. */
  fleet(reading: FleetReading): void;
  /** Nothing is redrawn any more. */
  end(): void;
};

/** One JSON object per line, for programs. */
export function jsonVoice(write: (line: string) => void): Voice {
  const put = (fact: Record<string, unknown>): void => write(JSON.stringify({ at: Date.now(), ...fact }));
  let last = '';
  return {
    step: (step, detail, tookMs) => put({ event: 'step', step, detail, tookMs }),
    say: (_, fact) => put(fact),
    fleet: (reading) => {
      const slots = reading.lines.map(slotFact);
      if (JSON.stringify(slots) === last) return;
      last = JSON.stringify(slots);
      put({ event: 'fleet', slots });
    },
    end: () => undefined,
  };
}

function slotFact({ slot, machineId, routedTo, phase, machine }: FleetLine): Record<string, unknown> {
  const { level = null, versions = null, lastEvent } = machine ?? {};
  return { slot, machineId, routedTo, phase, level, versions, lastEvent: lastEvent?.message ?? null };
}

/** Text. On a terminal the table stays at the bottom; elsewhere one line is printed for every change of a slot. */
export function textVoice(stream: NodeJS.WriteStream): Voice {
  const live = stream.isTTY ? createLogUpdate(stream, { showCursor: true }) : null;
  const print = (text: string): void => {
    if (live !== null) live.persist(text);
    else stream.write(`${text}\n`);
  };
  const said = new Map<string, string>();
  return {
    step: (name, detail, tookMs) => {
      const label = (STEP_NAMES[name] ?? name).padEnd(28);
      print(
        `${styleText('green', '✓', { stream })} ${label} ${detail} ${styleText('dim', formatSeconds(tookMs), { stream })}`,
      );
    },
    say: (text, { event }) =>
      print(event === 'trouble' ? styleText('yellow', `! ${text}`, { stream }) : text),
    fleet: (reading) => {
      if (live !== null) return live(`\n${drawFleet(reading, stream.columns)}\n`);
      for (const line of changedLines(reading, said)) print(line);
    },
    end: () => live?.done(),
  };
}

function drawFleet({ lines, besides, project }: FleetReading, width: number): string {
  const rows = [...lines.map(fleetRow), ...besides.map(strayRow)];
  const guard = project.stormGuard === null ? '' : `storm guard: ${project.stormGuard}`;
  const parts = [renderTable(FLEET_COLUMNS, rows, { width }), guard, modeNote(project)];
  return parts.filter((part) => part !== '').join('\n');
}

/** A line for every slot whose machine, phase, level or last event is not what it was at the last call. */
function changedLines(reading: FleetReading, said: Map<string, string>): string[] {
  return reading.lines.flatMap(({ slot, machineId, phase, machine }) => {
    const level = machine?.level ?? null;
    const event = machine?.lastEvent?.message ?? '';
    const text = `${slot}  ${machineId ?? '-'}  ${phase}${level === null ? '' : `  level ${level}`}  ${event}`;
    if (said.get(slot) === text) return [];
    said.set(slot, text);
    return [`${formatClock(reading.project.now)}  ${text}`];
  });
}
