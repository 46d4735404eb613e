export { openDaytonaServer } from './daytona/open-daytona-server.ts';
export { openFlyServer, type FlyServerOptions } from './fly/open-fly-server.ts';
export type { ProviderServer, ServerOptions } from './server/options.ts';
export * from './contract/test-controls.ts';
