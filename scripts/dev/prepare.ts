// Imported before alchemy, which reads these settings when it is loaded. Changes nothing unless `--dev` is given.
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { keepDataPoints } from './keep-data-points.ts';

const LOOPBACK = '127.0.0.1';

export const isDev: boolean = process.argv.includes('--dev');

if (isDev) {
  offline();
  tetherWorkerd();
  listenOnLoopbackOnly();
  keepDataPoints(process.env);
}

/** `alchemy dev` asks for credentials although it never uses them; without a network every other call home only costs time. */
function offline(): void {
  process.env.CLOUDFLARE_API_TOKEN ??= 'unused-in-development';
  process.env.CLOUDFLARE_ACCOUNT_ID ??= '0'.repeat(32);
  process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false';
  process.env.ALCHEMY_CI_STATE_STORE_CHECK = 'false';
}

/** workerd outlives a killed parent and then goes on running alarms on the same files: let the kernel end it. */
function tetherWorkerd(): void {
  const fromAlchemy = createRequire(import.meta.resolve('alchemy'));
  const fromMiniflare = createRequire(fromAlchemy.resolve('miniflare'));
  const workerd = fromMiniflare('workerd') as { default: string };
  process.env.FETTLE_WORKERD ??= workerd.default;
  process.env.MINIFLARE_WORKERD_PATH ??= path.join(import.meta.dirname, 'workerd.sh');
}

/**
 * Alchemy's development server listens on every interface and cannot be told otherwise. Beside the Worker it serves
 * Miniflare's storage explorer and trigger endpoints, which have no authentication.
 */
function listenOnLoopbackOnly(): void {
  const listen = net.Server.prototype.listen as (...args: unknown[]) => net.Server;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]): net.Server {
    const [port, host, ...rest] = args;
    if (typeof port !== 'number' || typeof host === 'string') return listen.apply(this, args);
    return listen.call(this, port, LOOPBACK, ...(host === undefined ? rest : [host, ...rest]));
  };
}
