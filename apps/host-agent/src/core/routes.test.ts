import { describe, expect, it } from 'vitest';
import { controlPath, gitRoute, proxyRoute } from './routes.ts';

const pathOf = (path: string) => new URL(path, 'http://x').pathname;

describe('the way to a machine', () => {
  it('keeps the rest of the path as it is', () => {
    expect(proxyRoute('/machines/demo.web-1.1/ports/daemon/rpc/a%2Fb')).toEqual({
      machineId: 'demo.web-1.1',
      portName: 'daemon',
      rest: '/rpc/a%2Fb',
    });
    expect(proxyRoute('/machines/demo.web-1.1/ports/web')).toMatchObject({ rest: '/' });
  });
  it.each([
    '/machines/x/ports/web/',
    '/machines/demo.web-1.1/ports/80/',
    '/machines/demo.web-1.1',
    '/machines/..%2f/ports/web/',
  ])('does not begin at %s', (path) => expect(proxyRoute(pathOf(path))).toBeNull());
});

describe('the way from a machine to the control plane', () => {
  it('is open for what is meant for machines', () => {
    expect(controlPath('POST', '/control/machine/v1/rpc/report')).toBe('/machine/v1/rpc/report');
  });
  it.each(['PUT', 'GET'])('is open for evidence: %s', (method) => {
    const path = '/machine/v1/evidence/17/logs.txt';
    expect(controlPath(method, `/control${path}`)).toBe(path);
  });
  it.each([
    ['POST', '/control/operator/rpc/x'],
    ['POST', '/control/machine/v1/../operator/x'],
    ['POST', '/control/machine/v1/%2e%2e/operator/x'],
    ['POST', '/control/machines'],
    ['GET', '/control/machine/v1/rpc/report'],
    ['PUT', '/control/machine/v1/rpc/report'],
    ['DELETE', '/control/machine/v1/evidence/17/logs.txt'],
    ['GET', '/control/api/evidence/demo.web-1.1/17/logs.txt'],
    ['GET', '/control/machine/v1/evidence/../../api/evidence/demo.web-1.1/17/logs.txt'],
    ['POST', '/machine/v1/rpc/report'],
  ])('is shut for %s %s', (method, path) => expect(controlPath(method, pathOf(path))).toBeNull());
});

describe('the way from a machine to the repositories', () => {
  it('is open for the two requests of a fetch', () => {
    expect(gitRoute('GET', '/git/platform.git/info/refs', 'git-upload-pack')).toBe('/platform.git/info/refs');
    expect(gitRoute('POST', '/git/customer/git-upload-pack', null)).toBe('/customer.git/git-upload-pack');
  });
  it.each([
    ['GET', '/git/platform.git/info/refs', 'git-receive-pack'],
    ['GET', '/git/platform.git/info/refs', null],
    ['POST', '/git/platform.git/git-receive-pack', null],
    ['GET', '/git/platform.git/objects/info/packs', null],
    ['GET', '/git/platform.git/config', null],
    ['GET', '/git/other.git/info/refs', 'git-upload-pack'],
    ['GET', '/git/../secret/info/refs', 'git-upload-pack'],
  ])('is shut for %s %s (%s)', (method, path, service) =>
    expect(gitRoute(method, pathOf(path), service)).toBeNull(),
  );
});
