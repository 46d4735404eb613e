import { Command, InvalidArgumentError, Option } from 'commander';
import { Provider } from '../connection/provider.ts';
import type { WardenOptions } from '../warden/wire.ts';
import { EXIT_HELP } from '../failure.ts';
import { MOST_CHECK_MS } from './demo-policy.ts';

/** What `npm start` was asked for. */
export type StartOptions = {
  state: string;
  port: number | null;
  backend: WardenOptions['backend'];
  /** `null`: that of the last start, else `local`. */
  provider: WardenOptions['provider'];
  slots: number;
  /** `null`: as the policy says. */
  checkMs: number | null;
  json: boolean;
  /** End, with the fleet parked, as soon as it is healthy; `notHealthy` when that takes longer than `healthyWithinMs`. */
  exitWhenHealthy: boolean;
  healthyWithinMs: number;
};

type Raw = {
  state: string;
  port?: number;
  backend: WardenOptions['backend'];
  provider?: Provider;
  slots: number;
  checkInterval?: number;
  json?: boolean;
  exitWhenHealthy?: boolean;
  healthyWithin: number;
};

/** The `start` command with its options; what it does is added by whoever makes it. */
export function startCommand(): Command {
  return new Command('start')
    .description('run a whole fleet on this computer: control plane, host-agent, repositories, machines')
    .option(
      '--port <number>',
      'port of the control plane; 0 for a free one (default: that of the last start, else 8787)',
      port,
    )
    .addOption(
      new Option('--backend <name>', 'how machines run; auto: containers when a Docker Engine answers')
        .choices(['auto', 'docker', 'process'])
        .default('auto'),
    )
    .addOption(providerOption())
    .option('--slots <count>', 'slots of the project', count(1, 20), 3)
    .option('--check-interval <seconds>', 'how often each machine is checked (default: 5)', interval)
    .option('--state <folder>', 'where everything of this fleet is kept', '.fettle')
    .option('--json', 'one JSON object per line instead of text')
    .option('--exit-when-healthy', 'stop everything again once all machines are healthy')
    .option('--healthy-within <seconds>', 'how long that may take', count(1, 3600), 180)
    .addHelpText('after', `\n${EXIT_HELP}\n`);
}

/** What a `start` command was asked for. */
export function startOptions(command: Command): StartOptions {
  const raw = command.optsWithGlobals<Raw>();
  return {
    state: raw.state,
    port: raw.port ?? null,
    backend: raw.backend,
    provider: raw.provider ?? null,
    slots: raw.slots,
    checkMs: raw.checkInterval ?? null,
    json: raw.json === true,
    exitWhenHealthy: raw.exitWhenHealthy === true,
    healthyWithinMs: raw.healthyWithin * 1000,
  };
}

/** The option that says whose API the control plane speaks to have machines made. */
export function providerOption(): Option {
  return new Option(
    '--provider <name>',
    'who makes the machines: the host-agent itself, or a local server that speaks the API of this cloud (default: that of the last start, else local)',
  ).choices(Provider.options);
}

/** Understands a port; 0 stands for a free one. */
export function port(text: string): number {
  return count(0, 65_535)(text);
}

/** Understands seconds, which may have a fraction, as milliseconds. */
export function interval(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0.5 && seconds * 1000 <= MOST_CHECK_MS)) {
    throw new InvalidArgumentError(`Expected seconds from 0.5 to ${MOST_CHECK_MS / 1000}.`);
  }
  return Math.round(seconds * 1000);
}

/** Understands a whole number within bounds. */
export function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
