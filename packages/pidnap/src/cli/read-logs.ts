import type { PidnapClient } from '../client.ts';
import type { LogLine } from '../contract.ts';
import type { NamedLine } from './output/log-line.ts';

/** Which lines are wanted. */
export interface LogQuery {
  readonly names: readonly string[];
  /** The newest so many of each process. */
  readonly lines: number;
  readonly since: number | undefined;
  readonly stream: LogLine['stream'] | undefined;
}

/** Where the lines of a process that were read end: so many of them are of that time. */
export interface LogEnd {
  readonly at: number;
  readonly count: number;
}

/** Most lines that pidnap gives in one answer. */
const MOST_LINES = 10_000;

/** The newest lines of several processes in the order of their time, and where those of each process end. */
export async function readLines(
  client: PidnapClient,
  { names, lines, since, stream }: LogQuery,
): Promise<{ lines: NamedLine[]; ends: ReadonlyMap<string, LogEnd> }> {
  const ends = new Map<string, LogEnd>();
  const parts = await Promise.all(
    names.map(async (name) => {
      // Of one stream alone it is not known how far back its newest lines reach.
      const tail = stream === undefined ? Math.max(1, lines) : MOST_LINES;
      const all = await readWithEnd(client, { name, tail, since });
      ends.set(name, endOf(all));
      const wanted = all.filter((line) => stream === undefined || line.stream === stream);
      return (lines === 0 ? [] : wanted.slice(-lines)).map((line) => ({ name, ...line }));
    }),
  );
  return { lines: parts.flat().toSorted((a, b) => a.at - b.at), ends };
}

/** The newest lines, and at least all those of the newest time: lines that came together share one. */
async function readWithEnd(
  client: PidnapClient,
  query: { name: string; tail: number; since: number | undefined },
): Promise<LogLine[]> {
  const { lines, more } = await client.logs(query);
  if (!more || lines[0]?.at !== lines.at(-1)?.at) return lines;
  return (await client.logs({ ...query, tail: MOST_LINES })).lines;
}

/**
 * Prints every line that comes after those that were read, until pidnap ends or no process is left. With `isAll`,
 * processes that become known later are followed as well.
 */
export async function followLines(
  client: PidnapClient,
  {
    query: { names, stream },
    ends,
    isAll,
    print,
  }: {
    query: LogQuery;
    ends: ReadonlyMap<string, LogEnd>;
    isAll: boolean;
    print: (line: NamedLine) => void;
  },
): Promise<void> {
  const followed = new Set<string>();
  const failed = Promise.withResolvers<never>();
  const follow = async (name: string): Promise<void> => {
    if (followed.has(name)) return;
    followed.add(name);
    const { at, count } = ends.get(name) ?? NOTHING;
    let known = count;
    for await (const line of await client.followLogs({ name, tail: MOST_LINES, since: at })) {
      // Those of the last time that was read come again first.
      if (line.at === at && known-- > 0) continue;
      if (stream === undefined || line.stream === stream) print({ name, ...line });
    }
    followed.delete(name);
  };
  const all = Promise.all(names.map(follow));
  const followNew = async (): Promise<void> => {
    for await (const event of await client.events({})) {
      const found = event.type === 'snapshot' ? event.processes.map(({ name }) => name) : [event.name];
      const isGone = event.type === 'state' && event.to === null;
      if (!isGone) for (const name of found) follow(name).catch(failed.reject);
    }
  };
  await Promise.race([failed.promise, isAll ? Promise.all([all, followNew()]) : all]);
}

const NOTHING: LogEnd = { at: 0, count: 0 };

function endOf(lines: readonly LogLine[]): LogEnd {
  const at = lines.at(-1)?.at ?? 0;
  return { at, count: lines.filter((line) => line.at === at).length };
}
