import { expect, it } from 'vitest';
import { machinePorts } from './machine-ports.ts';

it('gives services their own ports, and pidnap and the daemon two that no service has', () => {
  expect(machinePorts([{ name: 'web', port: 8080 }])).toEqual({ pidnap: 7701, daemon: 7702, web: 8080 });
  const clash = [
    { name: 'web', port: 7701 },
    { name: 'api', port: 7702 },
  ];
  expect(machinePorts(clash)).toEqual({ pidnap: 7703, daemon: 7704, web: 7701, api: 7702 });
});
