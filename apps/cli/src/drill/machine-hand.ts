/** A process of a machine as the drill sees it from outside. */
export type MachineProcess = { pid: number; command: string };

/** How the drill takes hold of one machine, past everything that Fettle offers. One for each backend. */
export type MachineHand = {
  /** The processes of the machine, with pids that `signal` takes. */
  processes(): Promise<MachineProcess[]>;
  signal(pid: number, signal: 'SIGKILL' | 'SIGSTOP'): Promise<void>;
  /** Removes the machine and its disk, as a host does that loses both. Copies are elsewhere and stay. */
  wipeOut(): Promise<void>;
};

/** Which process is meant. An init above pidnap has the same arguments, so the program's own name counts. */
const PATTERNS = {
  web: /^(\S*\/)?node server\.mjs$/,
  daemon: /^(\S*\/)?node (--\S+ )*daemon\.cjs$/,
  pidnap: /^(\S*\/)?node \S*runtime\.cjs boot --root /,
} as const;
export type ProcessRole = keyof typeof PATTERNS;

/** The process of this role among those of a machine; `null` when there is none at the moment. */
export function findRole(processes: readonly MachineProcess[], role: ProcessRole): MachineProcess | null {
  return processes.find(({ command }) => PATTERNS[role].test(command)) ?? null;
}
