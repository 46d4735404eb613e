/**
 * The mark of a run: variables in the environment by which everything a process starts is recognised, wherever it ends
 * up on the machine. They survive `setsid`, double forks and the death of every parent.
 */
const INSTANCE = 'PIDNAP_INSTANCE';
const PROCESS = 'PIDNAP_PROCESS';
const RUN = 'PIDNAP_RUN';
const OUTER = 'PIDNAP_OUTER';

/** Names that a definition cannot set: pidnap gives them their values. */
export const MARK_VARIABLES: readonly string[] = [INSTANCE, PROCESS, RUN, OUTER];

/** Names one run of one process of one pidnap. */
export interface RunMark {
  readonly instanceId: string;
  readonly name: string;
  readonly run: number;
}

/** Gives the value of an environment variable; undefined when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * Variables that mark the processes of a run. When pidnap is itself in the tree of an outer pidnap, `PIDNAP_OUTER` hands
 * the outer marks on (`instance/process/run`, outermost first): what a killed inner pidnap leaves behind is still known
 * to belong to the outer one's process. `own` reads pidnap's own environment.
 */
export function markToVariables(mark: RunMark, own: ReadVariable): Record<string, string> {
  const outer = readMarks(own)
    .filter(({ instanceId }) => instanceId !== mark.instanceId)
    .toReversed();
  return {
    [INSTANCE]: mark.instanceId,
    [PROCESS]: mark.name,
    [RUN]: String(mark.run),
    ...(outer.length > 0 && {
      [OUTER]: outer.map(({ instanceId, name, run }) => `${instanceId}/${name}/${run}`).join(' '),
    }),
  };
}

/** Marks that an environment carries, innermost first; empty for a process that no pidnap started. */
export function readMarks(read: ReadVariable): RunMark[] {
  const inner = toMark([read(INSTANCE), read(PROCESS), read(RUN)]);
  const outer = (read(OUTER) ?? '').split(' ').flatMap((text) => toMark(text.split('/')));
  return [...inner, ...outer.toReversed()];
}

/** As `readMarks`, from the text of `/proc/<pid>/environ`: `NAME=value` entries that end with a NUL each. */
export function readMarksFromText(environ: string): RunMark[] {
  if (!environ.includes(`${INSTANCE}=`)) return [];
  return readMarks((name) => {
    const key = `\0${name}=`;
    const text = `\0${environ}`;
    const at = text.indexOf(key);
    if (at < 0) return undefined;
    const from = at + key.length;
    const end = text.indexOf('\0', from);
    return text.slice(from, end < 0 ? undefined : end);
  });
}

/** Both name the same run. */
export function isSameRun(a: RunMark, b: RunMark): boolean {
  return a.instanceId === b.instanceId && a.name === b.name && a.run === b.run;
}

function toMark([instanceId, name, run]: readonly (string | undefined)[]): RunMark[] {
  if (!instanceId || !name || !run || !/^\d+$/.test(run)) return [];
  return [{ instanceId, name, run: Number(run) }];
}
