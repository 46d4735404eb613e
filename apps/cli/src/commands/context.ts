import type { Command } from 'commander';
import { explainError } from '../connection/explain-error.ts';
import {
  findControlPlane,
  type Connection,
  type ConnectionOptions,
} from '../connection/find-control-plane.ts';
import { parseTarget, resolveTarget } from '../connection/target.ts';

/** Options that every command takes. */
export type GlobalOptions = ConnectionOptions & { json?: boolean };

/** What a command works with. */
export type CommandContext = Connection & {
  isJson: boolean;
  /** Prints the outcome: `data` as JSON, or the text. */
  print(data: unknown, text: () => string): void;
  /** The machine that a target leads to. */
  machineId(target: string): Promise<string>;
};

/**
 * Makes the action of a command that talks to the control plane: connects, runs, and turns what goes wrong into a
 * failure that says in one line what it is.
 */
export function withControlPlane<Arguments extends unknown[]>(
  run: (context: CommandContext, ...rest: Arguments) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions>();
    const connection = await findControlPlane(options, process.env);
    const isJson = options.json === true;
    const context: CommandContext = {
      ...connection,
      isJson,
      print: (data, text) => console.log(isJson ? JSON.stringify(data, null, 2) : text()),
      machineId: (target) => resolveTarget(connection.client, parseTarget(target, connection.project)),
    };
    try {
      await run(context, ...(args.slice(0, -1) as Arguments));
    } catch (error) {
      throw explainError(error, connection.url);
    }
  };
}

/** Help for the argument that most commands take. */
export const TARGET_HELP = 'slot (web-1), project/slot (demo/web-1) or machine id (demo.web-1.1)';
