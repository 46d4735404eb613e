import { Command } from 'commander';
import { replay as replayRecording } from '@fettle/core/replay/replay';
import { CliFailure, EXIT } from '../failure.ts';
import { describeReplay } from '../output/describe-replay.ts';
import { recordMachine } from '../replay/record-machine.ts';
import { RecordingFile } from '../replay/recording-file.ts';
import { TARGET_HELP, withControlPlane, type GlobalOptions } from './context.ts';
import { duration } from './duration.ts';
import { readPolicy } from './policy.ts';
import { readJson } from './read-json.ts';

const SINCE = duration(60_000, 90 * 86_400_000);

/** Commands about what was, and what would have been. */
export function replayCommands(): Command[] {
  return [record(), replay()];
}

function record(): Command {
  return new Command('record')
    .description('print the recorded past of a machine as JSON, to be kept, shared and replayed')
    .requiredOption('--machine <target>', TARGET_HELP)
    .option('--since <time>', 'how far back, such as 6h (default: all that is kept)', SINCE)
    .action(
      withControlPlane(
        async ({ client, machineId }, { machine, since }: { machine: string; since?: number }) => {
          const recording = await recordMachine(client, await machineId(machine), since ?? null);
          console.log(JSON.stringify(recording));
        },
      ),
    );
}

type ReplayOptions = { machine?: string; recording?: string; policy: string; since?: number };

function replay(): Command {
  return new Command('replay')
    .description("what another policy would have done with a machine's past; does nothing to the machine")
    .option('--machine <target>', TARGET_HELP)
    .option('--recording <file>', 'what `record` wrote, instead of a machine; needs no fleet; - reads stdin')
    .requiredOption('--policy <file>', 'the other policy, as `policy show` prints it; - reads stdin')
    .option('--since <time>', 'how far back, such as 6h (default: all that is kept)', SINCE)
    .action(async (options: ReplayOptions, command: Command) => {
      const { machine, recording } = options;
      if ((machine === undefined) === (recording === undefined))
        throw new CliFailure(EXIT.usage, 'expected either --machine or --recording');
      if (recording === '-' && options.policy === '-')
        throw new CliFailure(EXIT.usage, '--recording and --policy cannot both be read from stdin');
      const policy = await readPolicy(options.policy);
      if (recording !== undefined) {
        const { json } = command.optsWithGlobals<GlobalOptions>();
        return tell(since(await readJson(recording, RecordingFile), options.since), policy, json === true);
      }
      await withControlPlane(async ({ client, isJson, machineId }) => {
        const found = await recordMachine(client, await machineId(machine!), options.since ?? null);
        tell(found, policy, isJson);
      })(command);
    });
}

/** The part of a recording that is not older than `sinceMs` before it was made. */
function since(recording: RecordingFile, sinceMs: number | undefined): RecordingFile {
  if (sinceMs === undefined) return recording;
  const from = recording.recordedAt - sinceMs;
  return { ...recording, snapshots: recording.snapshots.filter(({ at }) => at >= from) };
}

function tell(recording: RecordingFile, policy: RecordingFile['policy'], isJson: boolean): void {
  const result = replayRecording(recording, policy);
  const { machineId } = recording.identity;
  console.log(isJson ? JSON.stringify({ machineId, ...result }, null, 2) : describeReplay(machineId, result));
}
