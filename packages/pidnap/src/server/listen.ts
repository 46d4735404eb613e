import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Answering, Door } from './door.ts';
import { TokenFile } from './token-file.ts';

/** Where to listen. */
export interface ListenOptions {
  readonly socket: string;
  readonly tcp?: { host: string; port: number; tokenFile: string } | undefined;
}

/** The open listeners. */
export interface Listening {
  readonly socket: string;
  /** Base URL of the TCP listener with the real port; null when there is none. */
  readonly url: string | null;
  close(): Promise<void>;
}

/**
 * Opens a unix socket (for whoever may open the file) and a TCP port (token required). HTTP is loaded with the first
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
    const { host, port, tokenFile } = options.tcp;
    const onTcp = new Listener(answering, new TokenFile(tokenFile));
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

/** One address, and the door behind it once somebody has come. */
class Listener {
  readonly server: Server;
  readonly #answering: Answering;
  readonly #token: TokenFile | null;
  #door: Promise<Door> | null = null;

  constructor(answering: Answering, token: TokenFile | null) {
    this.#answering = answering;
    this.#token = token;
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
    this.#door ??= import('./door.ts').then(({ openDoor }) => openDoor(this.#answering, this.#token));
    const door = await this.#door;
    door.admit(socket);
    socket.off('error', ignore);
  }
}
