// What the modules of this folder use of workerd. The types of Workers and those of Node do not go together.

declare module 'cloudflare-internal:workers' {
  const workers: {
    /** Keeps the invocation going until the promise is settled, also after it has answered. */
    waitUntil(promise: Promise<unknown>): void;
  };
  export default workers;
}

declare const scheduler: { wait(ms: number): Promise<void> };

declare class WebSocketPair {
  0: WebSocket;
  1: WebSocket;
}
