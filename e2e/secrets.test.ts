import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHost } from '../apps/cli/src/drill/drill-fleet.ts';
import { EvidencePart, type EvidenceBundle } from '../packages/contract/src/evidence.ts';
import { findInEnvironments, findInFiles, MACHINE_TOKENS, namesOf, type Secret } from './find-secrets.ts';
import { npmRun, until } from './npm-start.ts';
import { openPlantedFleet, type PlantedFleet } from './planted-fleet.ts';

/** For their owner alone, mode 0600. */
const OWN_FILES = ['state.json', 'host-token', 'provider-key', 'analytics-token'];
/** A machine's own disk: its credentials, and what its services write. */
const MACHINE_DISKS = 'host/machines/';
/** What a cloud knows of its machines: the file with the bootstrap token is part of it, and good for nothing any more. */
const OF_THE_CLOUD = 'provider/';
const MACHINE = 'planted.web-1.1';

describe('secrets that were planted everywhere, in a fleet of Fly', () => {
  let fleet: PlantedFleet;
  let all: Secret[] = [];

  beforeAll(async () => {
    fleet = await openPlantedFleet();
    all = [...fleet.own, ...fleet.logged, MACHINE_TOKENS];
    await until('a healthy machine', async () => {
      const { slots } = await fleet.client.projects.get({ project: fleet.project });
      return slots[0]?.machineId === MACHINE && slots[0].phase === 'healthy';
    });
  });

  afterAll(() => fleet?.end());

  /** What operators are shown, apart from logs: those a machine must be awake for. */
  async function shown(): Promise<Record<string, unknown>> {
    const { client, project } = fleet;
    const machine = { machineId: MACHINE };
    return {
      project: await client.projects.get({ project }),
      machine: await client.machines.get(machine),
      snapshots: await client.machines.snapshots(machine),
      events: await client.machines.events(machine),
      incidents: await client.machines.incidents(machine),
      evidence: await client.machines.evidence(machine),
      audit: await client.audit.list({ project }),
      access: await client.audit.listAccess({}),
    };
  }

  function foundIn(texts: Record<string, unknown>): string[] {
    return Object.entries(texts).flatMap(([where, value]) =>
      namesOf(typeof value === 'string' ? value : JSON.stringify(value), all).map(
        (name) => `${where}: ${name}`,
      ),
    );
  }

  test('a machine clones with the password that came with its credentials, and has none in its environment', async () => {
    const { versions } = await fleet.client.machines.get({ machineId: MACHINE });
    expect(versions?.customer).toMatch(/^[0-9a-f]{40}$/);
    const { hostId } = await readHost(fleet.folder);
    expect(await findInEnvironments(`FETTLE_HOST_ID=${hostId}`, all)).toEqual([]);
  });

  test('none is in a log that operators read', async () => {
    const { client } = fleet;
    const logs = {
      web: await client.services.logs({ machineId: MACHINE, name: 'web' }),
      daemon: await client.services.logs({ machineId: MACHINE, name: 'daemon' }),
      credentials: await client.services.logs({ machineId: MACHINE, name: 'credentials' }),
      checkout: await client.services.logs({ machineId: MACHINE, name: 'checkout' }),
    };
    expect(JSON.stringify(logs.web).split('[redacted]').length).toBeGreaterThan(fleet.logged.length);
    expect(foundIn(logs)).toEqual([]);
  });

  test('what a service has logged is kept as evidence without them', async () => {
    const { services } = await fleet.client.machines.get({ machineId: MACHINE });
    const daemon = services.find(({ name }) => name === 'daemon')!;
    const [planted] = fleet.logged;
    await fleet.client.machines.exec({
      machineId: MACHINE,
      command: ['node', '-e', `process.kill(${daemon.pid}, 'SIGSTOP') // password=${String(planted!.is)}`],
    });
    const bundle = await until('evidence', async () => {
      const [newest] = await fleet.client.machines.evidence({ machineId: MACHINE });
      return newest;
    });
    const parts: Record<string, string> = {};
    for (const part of EvidencePart.options) parts[part] = await partOf(bundle, part);
    expect(parts['logs.txt']!.split('[redacted]').length).toBeGreaterThan(fleet.logged.length);
    expect(foundIn(parts)).toEqual([]);
  });

  test('none is in anything else that operators are shown', async () => {
    const texts = await until('who ran the command', async () => {
      const now = await shown();
      return JSON.stringify(now['audit']).includes('machines.exec') && now;
    });
    expect(foundIn(texts)).toEqual([]);
  });

  test('none is in a log, in storage, in the exported audit log, or in what a cloud or a host keeps', async () => {
    await fetch(new URL('/cdn-cgi/handler/scheduled?cron=*+*+*+*+*', fleet.state.url));
    await until('an export', async () => {
      const heads = await fleet.client.audit.heads({ project: fleet.project });
      return heads.length > 0;
    });
    const withoutTokens = [...fleet.own, ...fleet.logged];
    expect(findInFiles(fleet.folder, withoutTokens, [...OWN_FILES, MACHINE_DISKS])).toEqual([]);
    expect(findInFiles(fleet.folder, [MACHINE_TOKENS], [MACHINE_DISKS, OF_THE_CLOUD])).toEqual([]);
  });

  async function partOf({ id }: EvidenceBundle, part: string): Promise<string> {
    const get = ['evidence', 'get', MACHINE, id, '--part', part];
    return (await npmRun('fettle', ['--state', fleet.folder, '--project', fleet.project, ...get])).stdout;
  }
});
