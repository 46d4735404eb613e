import http from 'node:http';

const PING_TIMEOUT_MS = 3000;
const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** Says whether a Docker Engine answers at `host` (the form of DOCKER_HOST: `unix://`, `tcp://` or `http://`). Never throws. */
export async function dockerAnswers(
  host: string = process.env.DOCKER_HOST || DEFAULT_HOST,
): Promise<boolean> {
  const target = parseHost(host);
  if (target === undefined) return false;
  return new Promise((resolve) => {
    const options = { ...target, path: '/_ping', timeout: PING_TIMEOUT_MS };
    const request = http.get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}

function parseHost(host: string): http.RequestOptions | undefined {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('/')) return { socketPath: host };
  if (!URL.canParse(host)) return undefined;
  const { hostname, port } = new URL(host);
  return hostname === '' ? undefined : { host: hostname, port: port || '2375' };
}
