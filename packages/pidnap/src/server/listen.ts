import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Answering, Door } from './door.ts';
import { parseKeys, parseToken } from './access-files.ts';
import type { Access } from './guard.ts';
import { WatchedFile } from './watched-file.ts';

/** With `tokenFile`, or with `keysFile` and `audience`: the config is checked for that. */
interface TcpOptions {
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string | undefined;
  readonly keysFile?: string | undefined;
  readonly audience?: string | undefined;
}

/** Where to listen. */
export interface ListenOptions {
  readonly socket: string;
  readonly tcp?: TcpOptions | undefined;
}

/** The open listeners. */
export interface Listening {
  readonly socket: string;
  /** Base URL of the TCP listener with the real port; null when there is none. */
  readonly url: string | null;
  close(): Promise<void>;
}

/**
 * Opens a unix socket (for whoever may open the file) and a TCP port (token or signature required). HTTP is loaded with the first
 * connection, the API with the first request: a pidnap that nobody asks starts fast and stays small.
 */
export async function listen(options: ListenOptions, answering: Answering): Promise<Listening> {
  const onSocket = new Listener(answering, null);
  rmSync(options.socket, { force: true });
  // Closed to others from its first moment: the file is made within `listen`, by the mask of that time.
  const mask = process.umask(0o177);
  try {
    onSocket.server.listen(options.socket);
  } finally {
    process.umask(mask);
  }
  await once(onSocket.server, 'listening');
  const listeners = [onSocket];
  let url: string | null = null;
  if (options.tcp) {
    const { host, port } = options.tcp;
    const onTcp = new Listener(answering, accessOf(options.tcp));
    onTcp.server.listen(port, host);
    await once(onTcp.server, 'listening');
    listeners.push(onTcp);
    const { port: realPort } = onTcp.server.address() as AddressInfo;
    url = `http://${host.includes(':') ? `[${host}]` : host}:${realPort}`;
  }
  return {
    socket: options.socket,
    url,
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
      rmSync(options.socket, { force: true });
    },
  };
}

/** Reads the file now, so that a missing one is told at the start. */
function accessOf({ tokenFile, keysFile, audience }: TcpOptions): Access {
  if (tokenFile !== undefined) return { token: new WatchedFile(tokenFile, parseToken) };
  if (keysFile === undefined || audience === undefined)
    throw new Error('a TCP port needs tokenFile, or keysFile and audience');
  return { keys: new WatchedFile(keysFile, parseKeys), audience };
}

/** One address, and the door behind it once somebody has come. */
class Listener {
  readonly server: Server;
  readonly #answering: Answering;
  readonly #access: Access | null;
  #door: Promise<Door> | null = null;

  constructor(answering: Answering, access: Access | null) {
    this.#answering = answering;
    this.#access = access;
    // As an HTTP server sets it for the connections it accepts itself.
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#admit(socket));
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    const door = await this.#door;
    door?.closeIdle();
    // Whoever waits or follows gets a moment to read its last line.
    const force = setTimeout(() => door?.closeAll(), 500);
    await closed;
    clearTimeout(force);
  }

  async #admit(socket: Socket): Promise<void> {
    // Until HTTP takes it over, nobody else listens to what becomes of it.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const access = this.#access;
    const loadGuard =
      access && (async () => import('./guard.ts').then(({ createGuard }) => createGuard(access)));
    this.#door ??= import('./door.ts').then(({ openDoor }) => openDoor(this.#answering, loadGuard));
    const door = await this.#door;
    door.admit(socket);
    socket.off('error', ignore);
  }
}
