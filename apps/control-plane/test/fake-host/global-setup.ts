import type { TestProject } from 'vitest/node';
import { startAccessServer } from '../access-server.ts';
import { startFakeHost } from './fake-host.ts';
import { answerScript } from './script.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    hostUrl: string;
    accessTeam: string;
  }
}

/** One fake host and one team of Access for all tests inside workerd; each test uses machines of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broken = 'b'.repeat(40);
  const host = await startFakeHost({
    repositories: {
      platform: { main: 'a'.repeat(40) },
      customer: { main: 'c'.repeat(40), broken },
      broken: [broken],
    },
    extra: answerScript,
  });
  const access = await startAccessServer();
  project.provide('hostUrl', host.url);
  project.provide('accessTeam', access.team);
  return async () => {
    await Promise.all([host.close(), access.close()]);
  };
}
