import { startPidnap } from '../run.ts';
import { putInitAbove } from '../shell/init-above.ts';
import { loadConfig } from '../shell/load-config.ts';

/** `pidnap run`: supervises until SIGTERM or SIGINT, then stops everything and exits 0 (1 when something was left). */
export async function serve(configPath: string): Promise<void> {
  const config = loadConfig(configPath);
  putInitAbove();
  const ended = signalled();
  const pidnap = await startPidnap(config, process.env);
  const { socket, url } = pidnap.listening;
  console.log(`pidnap ${process.pid} listens on ${socket}${url ? ` and ${url}` : ''}`);
  console.log(`pidnap stops everything on ${await ended}`);
  // Who sends it twice does not want to wait for the grace.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => pidnap.kill());
  const clean = await pidnap.stop();
  process.exit(clean ? 0 : 1);
}

function signalled(): Promise<string> {
  // SIGHUP comes when a terminal closes; a supervisor that ends by it would take the machine down with it.
  process.on('SIGHUP', () => {});
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
