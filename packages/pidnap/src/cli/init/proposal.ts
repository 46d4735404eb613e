/** A process that a first config file proposes. */
export interface Proposal {
  readonly name: string;
  readonly command: string | readonly string[];
  /** What it is, for a comment. */
  readonly remark: string;
  /** False: another one is more likely wanted at the same time. */
  readonly autostart: boolean;
}

/** Scripts of a package.json that usually run for as long as the program is used, the most likely one first. */
const LASTING_SCRIPTS = ['start', 'dev', 'worker'];

/** What a folder's package.json says that matters here. */
export interface PackageFacts {
  readonly scripts: readonly string[];
  /** `npm`, `pnpm`, `yarn` or `bun`. */
  readonly tool: string;
}

/** Proposes processes from the scripts of a package.json, or one that shows that it works. */
export function proposeProcesses(facts: PackageFacts | null): Proposal[] {
  const scripts = LASTING_SCRIPTS.filter((script) => facts?.scripts.includes(script));
  if (!facts || scripts.length === 0) return [EXAMPLE];
  return scripts.map((script) => ({
    name: script === 'start' ? 'app' : script,
    command: [facts.tool, 'run', script],
    remark: `The script "${script}" of package.json.`,
    // `start` and `dev` are two ways to run the same program.
    autostart: script !== 'dev' || !scripts.includes('start'),
  }));
}

const EXAMPLE: Proposal = {
  name: 'clock',
  command: 'while true; do date; sleep 5; done',
  remark: 'A text is run by /bin/sh; a list of strings is a program and its arguments, without a shell.',
  autostart: true,
};
