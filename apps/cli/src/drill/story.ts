import { styleText } from 'node:util';
import { formatSeconds } from '../output/age.ts';
import { renderTable } from '../output/table.ts';
import { FAULTS, type Fault } from './faults.ts';
import type { DrillResult } from './score.ts';

/** How a drill tells what it does. */
export type DrillStory = {
  /** Something about the drill as a whole. */
  say(text: string): void;
  begin(fault: Fault, slot: string, machineId: string): void;
  /** One thing that happened, `ms` after the injection. */
  tell(ms: number, text: string): void;
  /** The result of a fault, with why it does not count as healed. */
  end(result: DrillResult, why: readonly string[]): void;
  /** All of them. */
  finish(results: readonly DrillResult[]): void;
};

/** One JSON object per fault on stdout, and nothing else there; what is wrong with one goes to `complain`. */
export function jsonStory(write: (line: string) => void, complain: (line: string) => void): DrillStory {
  const quiet = (): void => undefined;
  return {
    say: quiet,
    begin: quiet,
    tell: quiet,
    finish: quiet,
    end(result, why) {
      write(JSON.stringify(result));
      for (const line of why) complain(`${result.fault}: ${line}`);
    },
  };
}

/** The story in text, as it happens. */
export function textStory(stream: NodeJS.WriteStream): DrillStory {
  const print = (text: string): void => void stream.write(`${text}\n`);
  return {
    say: print,
    begin({ name, title, level }, slot, machineId) {
      const expected = level === 0 ? 'pidnap alone, no incident' : `level ${level}`;
      print(
        `\n${styleText('bold', name, { stream })} on ${slot} (${machineId}): ${title}; expected: ${expected}`,
      );
    },
    tell: (ms, text) => print(`  ${`+${formatSeconds(ms)}`.padStart(9)}  ${text}`),
    end(result, why) {
      const { level, detectMs, healMs, healed } = result;
      const mark = healed ? styleText('green', '✓', { stream }) : styleText('red', '✗', { stream });
      if (level !== null && healMs !== null) {
        const noticed = detectMs === null ? 'never noticed' : `noticed after ${formatSeconds(detectMs)}`;
        print(`  ${mark} healed at level ${level}, ${noticed}, healthy after ${formatSeconds(healMs)}`);
      }
      for (const line of why) print(`  ${mark} ${line}`);
    },
    finish(results) {
      const rows = results.map(({ fault, slot, level, levelsTried, detectMs, healMs, healed }) => [
        fault,
        slot,
        String(FAULTS[fault].level),
        level === null ? '-' : String(level),
        levelsTried.join(', ') || '-',
        detectMs === null ? '-' : formatSeconds(detectMs),
        healMs === null ? '-' : formatSeconds(healMs),
        healed ? 'yes' : 'NO',
      ]);
      const columns = ['fault', 'slot', 'expected', 'level', 'tried', 'noticed', 'healthy', 'healed'];
      print(`\n${renderTable(columns, rows)}`);
    },
  };
}
