import { describe, expect, it } from 'vitest';
import { order } from '../../test/orders.ts';
import type { MachineRecord } from '../disk/machine-records.ts';
import { containerSpec, machineName, readerSpec } from './container-spec.ts';

const { identity, services, limits, versions } = order();
const surroundings = { hostId: 'host-a', network: 'fettle-host-a', extraHosts: [] };

function record(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return {
    format: 1,
    phase: 'ready',
    identity,
    services,
    limits,
    versions,
    versionsFrom: null,
    image: 'sha256:abc',
    ports: { pidnap: 7701, daemon: 7702, web: 8080 },
    commandKeys: ['K'.repeat(43)],
    createdBy: 'demo.web-1.1/1',
    rebuiltBy: null,
    createdAt: 0,
    ...overrides,
  };
}

describe('the container of a machine', () => {
  it('gets memory without swap, a share of the processors, and a bound on processes', () => {
    const { HostConfig } = containerSpec(
      record({ limits: { memoryMb: 100, cpus: 1.5, pids: 40 } }),
      surroundings,
    );
    expect(HostConfig).toMatchObject({
      Memory: 104_857_600,
      MemorySwap: 104_857_600,
      NanoCpus: 1.5e9,
      PidsLimit: 40,
    });
  });

  it('is published nowhere but on loopback', () => {
    const { HostConfig } = containerSpec(record(), surroundings);
    const bindings = Object.values(HostConfig!.PortBindings as Record<string, { HostIp: string }[]>).flat();
    expect(bindings).toHaveLength(3);
    expect(new Set(bindings.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
  });

  it('has no secret and no environment of its own', () => {
    expect(containerSpec(record(), surroundings).Env).toBeUndefined();
  });

  it('carries the labels by which it is found', () => {
    expect(containerSpec(record(), surroundings)).toMatchObject({
      name: machineName('host-a', 'demo.web-1.1'),
      Labels: { 'fettle.host': 'host-a', 'fettle.machine': 'demo.web-1.1', 'fettle.generation': '1' },
    });
  });

  it('is locked down, and so is the one that only reads a volume', () => {
    const locked = {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      ReadonlyRootfs: true,
    };
    expect(containerSpec(record(), surroundings).HostConfig).toMatchObject(locked);
    const reader = readerSpec({ hostId: 'host-a', image: 'sha256:abc', volume: 'v' });
    expect(reader.HostConfig).toMatchObject({ ...locked, NetworkMode: 'none', Mounts: [{ ReadOnly: true }] });
  });
});
