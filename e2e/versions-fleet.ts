import { createFettleClient, type FettleClient } from '@fettle/client';
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fleetFolder, readFleetState } from '../apps/cli/src/connection/fleet-state.ts';
import { DRILL_POLICY } from '../apps/cli/src/drill/drill-policy.ts';
import { sameVersions } from '../apps/cli/src/output/same-versions.ts';
import type { PolicyInput } from '../packages/contract/src/policy.ts';
import { npmRun, npmStart, ROOT, until } from './npm-start.ts';

/** A fleet of `npm start` whose machines are on versions that are proven, under the drill's policy. */
export type VersionsFleet = {
  client: FettleClient;
  project: string;
  /** Runs a command of the CLI against it. */
  fettle(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Commits a release that works to the customer's repository; resolves with the hash. */
  commitGood(): Promise<string>;
  /** Resolves when every slot leads to a healthy machine whose versions are known to work. */
  calm(): Promise<void>;
  end(): Promise<void>;
};

/** Starts one. `policy` is laid over that of the drill. */
export async function openVersionsFleet({
  backend,
  slots,
  policy,
}: {
  backend: 'process' | 'docker';
  slots: number;
  policy: PolicyInput;
}): Promise<VersionsFleet> {
  const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-versions-'));
  const start = npmStart(['--state', state, '--backend', backend, '--port', '0', '--slots', String(slots)]);
  const fettle = (...args: string[]) => npmRun('fettle', ['--state', state, ...args]);

  async function end(): Promise<void> {
    start.npm.kill('SIGTERM');
    await start.ended;
    await npmRun('reset', ['--state', state]);
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await start.fact('step', ({ step }) => step === 'healthy');
    const { url, operatorToken: token, project } = (await readFleetState(fleetFolder(state).stateFile))!;
    const client = createFettleClient({ url, token });
    const policyFile = path.join(state, 'policy.json');
    writeFileSync(policyFile, JSON.stringify({ ...DRILL_POLICY, ...policy }));
    const set = await fettle('policy', 'set', policyFile);
    if (set.code !== 0) throw new Error(set.stderr);

    const calm = () =>
      until('machines that are known to work', async () => {
        const machines = await client.machines.list({ project });
        const view = await client.projects.get({ project });
        return view.slots.every(({ machineId }) => {
          const machine = machines.find(({ identity }) => identity.machineId === machineId);
          return (
            machine?.phase === 'healthy' &&
            machine.ledger.some(
              (one) => one.state === 'works' && sameVersions(one.versions, machine.versions),
            )
          );
        });
      });
    return {
      client,
      project,
      fettle,
      async commitGood() {
        const command = ['examples/main.ts', 'commit-good-customer', path.join(state, 'repos')];
        const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT });
        return (JSON.parse(stdout) as { commit: string }).commit;
      },
      calm: async () => void (await calm()),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
