import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backendSuite } from '../backend/backend-suite.ts';
import type { Place } from '../../test/host-process.ts';
import { mainOf, membersOf } from '../core/process-entry.ts';
import { readProcesses } from './process-table.ts';
import { terminate } from './terminate.ts';

async function mainPid({ hostId, state }: Place, machineId: string): Promise<number> {
  const recorded = JSON.parse(
    await readFile(join(state, 'machines', machineId, 'instance.json'), 'utf8'),
  ) as {
    pid: number;
    startMark: string;
  };
  const main = mainOf(membersOf(await readProcesses(hostId), machineId), recorded);
  if (main === null) throw new Error(`${machineId} does not run`);
  return main.pid;
}

backendSuite({
  backend: 'process',
  async lose(place, machineId) {
    await terminate({ machineId, hostId: place.hostId, recorded: null, graceMs: 0 });
    await rm(join(place.state, 'machines', machineId), { recursive: true, maxRetries: 20, retryDelay: 50 });
  },
  async freeze(place, machineId) {
    process.kill(await mainPid(place, machineId), 'SIGSTOP');
  },
  async kill(place, machineId) {
    process.kill(await mainPid(place, machineId), 'SIGKILL');
  },
  async countOwned({ hostId }) {
    return (await readProcesses(hostId)).filter(({ machineId }) => machineId !== null).length;
  },
});
