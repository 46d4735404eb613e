const EVERY_MS = 60_000;
const DEADLINE_MS = 20_000;

/** Fires the control plane's cron once a minute, as Cloudflare does; `alchemy dev` does not. Returns the way to stop. */
export function startCron(url: string): () => void {
  const timer = setInterval(() => {
    fetch(new URL('/cdn-cgi/handler/scheduled?cron=*+*+*+*+*', url), {
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
      .then((response) => response.body?.cancel())
      // A control plane that does not answer is the probes' affair; the next minute comes.
      .catch(() => undefined);
  }, EVERY_MS);
  return () => clearInterval(timer);
}
