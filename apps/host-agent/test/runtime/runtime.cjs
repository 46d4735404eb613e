// A machine in one file: opens every port of its machine.json and does on request what real services do to a host.
const { fork, spawn } = require('node:child_process');
const { appendFileSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

const [, , verb, ...args] = process.argv;
const root = args[args.indexOf('--root') + 1];
if (verb === 'child') setInterval(() => {}, 1 << 30);
else if (verb === 'hog') hog();
else if (verb === 'boot') boot();
else throw new Error(`unknown verb ${verb}`);

function boot() {
  const spec = JSON.parse(readFileSync(join(root, 'fettle/machine.json'), 'utf8'));
  const secret = join(root, 'fettle/bootstrap.json');
  appendFileSync(join(root, 'data/boots.txt'), `${process.pid}\n`);
  console.log(`booted ${spec.identity.machineId}`);
  for (const [name, port] of Object.entries(spec.ports)) {
    createServer((request, response) => answer({ name, request, response, spec, secret })).listen(
      port,
      spec.listenHost,
    );
  }
  process.on('SIGTERM', () => {
    console.log('asked to stop');
    process.exit(0);
  });
}

async function answer({ name, request, response, spec, secret }) {
  const url = new URL(request.url, 'http://machine');
  const json = (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  switch (url.pathname) {
    case '/facts':
      return json({
        name,
        pid: process.pid,
        uid: process.getuid(),
        env: process.env,
        spec,
        secret: { content: JSON.parse(readFileSync(secret, 'utf8')), mode: statSync(secret).mode & 0o777 },
      });
    case '/echo': {
      let body = '';
      for await (const chunk of request) body += chunk;
      return json({ name, method: request.method, url: request.url, headers: request.headers, body });
    }
    case '/hang':
      return undefined;
    case '/break':
      return request.socket.destroy();
    case '/stream':
      response.write('first\n');
      // The second part is sent when the caller says that it has the first.
      globalThis.more = () => response.end('second\n');
      return undefined;
    case '/more':
      globalThis.more();
      return json({});
    case '/write':
      writeFileSync(join(root, 'data', url.searchParams.get('name')), url.searchParams.get('text'));
      return json({});
    case '/fork':
      return json({ pid: fork(__filename, ['child']).pid });
    case '/orphan': {
      // Its own session and a clean environment but for the mark: what a badly behaved service leaves behind.
      const child = spawn(process.execPath, [__filename, 'child'], {
        detached: true,
        stdio: 'ignore',
      });
      child.unref();
      return json({ pid: child.pid });
    }
    case '/deaf':
      process.removeAllListeners('SIGTERM');
      process.on('SIGTERM', () => console.log('not listening'));
      return json({});
    case '/hog':
      json({});
      return hog();
    case '/exit':
      json({});
      return setImmediate(() => process.exit(Number(url.searchParams.get('code'))));
    default:
      response.statusCode = 404;
      return json({ from: 'machine' });
  }
}

function hog() {
  const kept = [];
  for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, kept.length + 1));
}
