import { isSame } from '@fettle/core/replay/compare';
import type { Replay } from '@fettle/core/replay/replay';
import { formatClock, formatDuration } from './age.ts';
import { clean, cut, renderTable } from './table.ts';

/** A decision is told in so many characters; its reasons can be long. */
const MOST_OF_A_DECISION = 60;

const DIVERGED = 'from here on the machine would have been in another state';

/** A replay for people: the verdict first, then both policies side by side, then what they come to. */
export function describeReplay(machineId: string, replay: Replay): string {
  const { span, rows } = replay;
  if (span === null)
    return `${machineId}: nothing to replay; no look of the recording found the machine at rest`;
  return [
    [...verdict(machineId, replay, span), ...limits(replay)].join('\n'),
    ...(rows.length === 0 ? [] : [timeline(replay)]),
    counts(replay),
  ].join('\n\n');
}

function verdict(machineId: string, { agreement, rows, divergedAt, counts }: Replay, span: Span): string[] {
  const { looks } = counts.recorded;
  const head = `${machineId}: ${looks} looks in ${formatDuration(span.to - span.from)}, from ${formatMoment(span.from)} to ${formatMoment(span.to)} (UTC)`;
  const { agreed, disagreements } = agreement;
  const faithful =
    disagreements.length === 0
      ? `The recorded policy, replayed, decides what was decided: all ${agreed} decisions.`
      : `The recorded policy, replayed, decides ${agreed} of the decisions that were made; ${disagreements.length} differ, listed below: what follows is as uncertain.`;
  return [head, faithful, difference(rows, divergedAt, counts)];
}

type Span = NonNullable<Replay['span']>;

function difference(rows: Replay['rows'], divergedAt: number | null, counts: Replay['counts']): string {
  if (rows.every(isSame)) return 'The other policy would have done exactly the same.';
  if (divergedAt === null)
    return 'The other policy would have done the same to the machine; what it decided on the way differs.';
  const changes = differences(counts);
  return `The other policy would have acted differently from ${formatMoment(divergedAt)} on${changes === '' ? '' : `: ${changes}`}.`;
}

function differences({ recorded, other }: Replay['counts']): string {
  const named: [string, number, number][] = [
    ['incidents', recorded.incidents, other.incidents],
    ...recorded.tries.map((tries, index): [string, number, number] => [
      `tries of level ${index + 1}`,
      tries,
      other.tries[index] ?? 0,
    ]),
    ['machines given up', recorded.givenUp, other.givenUp],
  ];
  return named
    .filter(([, before, after]) => before !== after)
    .map(([what, before, after]) => `${after} instead of ${before} ${what}`)
    .join(', ');
}

/** What a reader must know before believing the rest. */
function limits({ leftOut, passedOver, divergedAt }: Replay): string[] {
  return [
    ...(leftOut === 0
      ? []
      : [`The first ${leftOut} looks are left out: something was under way that they do not show.`]),
    ...(passedOver === 0 ? [] : [`${passedOver} looks are passed over: the other policy checks less often.`]),
    ...(divergedAt === null
      ? []
      : [
          'From there on the looks show a machine on which the recorded policy had acted: what follows, and the counts, are only what the same looks would have led to.',
        ]),
  ];
}

function timeline({ rows, divergedAt, agreement }: Replay): string {
  const cells = rows.map((row) => [
    formatMoment(row.at),
    told(row.left),
    row.right === row.left ? '=' : told(row.right),
  ]);
  const mark = rows.findIndex((row) => divergedAt !== null && row.at >= divergedAt && !isSame(row));
  if (mark !== -1) cells.splice(mark, 0, ['--', `-- ${DIVERGED}`, '--']);
  const table = renderTable(['time (utc)', 'recorded policy', 'other policy'], cells);
  if (agreement.disagreements.length === 0) return table;
  const apart = agreement.disagreements.map(({ at, left, right }) => [
    formatMoment(at),
    told(left),
    told(right),
  ]);
  return `${table}\n\n${renderTable(['time (utc)', 'what was decided', 'recorded policy, replayed'], apart)}`;
}

function told(decision: string | null): string {
  return decision === null ? '-' : cut(clean(decision), MOST_OF_A_DECISION);
}

function counts({ counts: { recorded, other } }: Replay): string {
  const rows: [string, number, number][] = [
    ['looks', recorded.looks, other.looks],
    ['incidents', recorded.incidents, other.incidents],
    ['healed', recorded.healed, other.healed],
    ['given up', recorded.givenUp, other.givenUp],
    ...recorded.tries.map((tries, index): [string, number, number] => [
      `tries of level ${index + 1}`,
      tries,
      other.tries[index] ?? 0,
    ]),
    ['skipped', recorded.skipped, other.skipped],
    ['held', recorded.held, other.held],
  ];
  return renderTable(
    ['', 'recorded policy', 'other policy'],
    rows.map(([what, before, after]) => [what, String(before), String(after)]),
  );
}

/** Day and time: a recording can be longer than a day. */
function formatMoment(at: number): string {
  return `${new Date(at).toISOString().slice(5, 10)} ${formatClock(at)}`;
}
