import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConnectionOptions } from '../connection/find-control-plane.ts';
import type { Provider } from '../connection/provider.ts';
import { EXIT, EXIT_HELP } from '../failure.ts';
import { renderTable } from '../output/table.ts';
import { providerOption } from '../start/options.ts';
import type { WardenOptions } from '../warden/wire.ts';
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.ts';

/** What a drill was asked for. */
export type DrillOptions = ConnectionOptions & {
  backend: WardenOptions['backend'];
  /** `null`: `local`; with `attach` it is that of the fleet that runs. */
  provider: WardenOptions['provider'];
  faults: readonly FaultName[];
  /** Break machines of the fleet that runs, under its own policy, instead of a fleet made for it. */
  attach: boolean;
  json: boolean;
};

type Raw = ConnectionOptions & {
  backend: WardenOptions['backend'];
  provider?: Provider;
  fault?: FaultName[];
  attach?: boolean;
  list?: boolean;
  json?: boolean;
};

/** The `drill` command. `run` resolves with whether every fault healed at its level. */
export function drillCommand(run: (options: DrillOptions) => Promise<boolean>): Command {
  return new Command('drill')
    .description('break one machine after the other, by real means, and show the healing')
    .addOption(
      new Option(
        '--backend <name>',
        "how the drill's own machines run; auto: containers when a Docker Engine answers",
      )
        .choices(['auto', 'docker', 'process'])
        .default('auto'),
    )
    .addOption(providerOption())
    .option('--fault <name>', 'only this one; may be given several times', collectFault)
    .option('--attach', 'break machines of the fleet that runs (npm start), instead of a fleet made for it')
    .option('--list', 'say which faults there are')
    .addHelpText('after', `\n${EXIT_HELP}\n`)
    .action(async (_: unknown, command: Command) => {
      const raw = command.optsWithGlobals<Raw>();
      if (raw.list === true) return console.log(listFaults(raw.json === true));
      const {
        backend,
        provider = null,
        fault = FAULT_NAMES,
        attach = false,
        json = false,
        ...connection
      } = raw;
      const isGood = await run({ ...connection, backend, provider, faults: fault, attach, json });
      process.exitCode = isGood ? EXIT.ok : EXIT.notHealthy;
    });
}

function listFaults(isJson: boolean): string {
  const all = FAULT_NAMES.map((name) => FAULTS[name]);
  if (isJson) return JSON.stringify(all, null, 2);
  return renderTable(
    ['fault', 'level', 'what is done'],
    all.map(({ name, level, title }) => [name, String(level), title]),
  );
}

function collectFault(text: string, before: FaultName[] = []): FaultName[] {
  const name = FAULT_NAMES.find((one) => one === text);
  if (name === undefined) throw new InvalidArgumentError(`There are ${FAULT_NAMES.join(', ')}.`);
  return [...before, name];
}
