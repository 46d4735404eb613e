import { Command } from 'commander';
import { asksPidnap, withPidnap } from '../session.ts';
import { endOnInterrupt, streamEnded } from '../stream.ts';

/** `pidnap events`: every change as it comes. */
export function eventsCommand(): Command {
  return asksPidnap(
    new Command('events')
      .description('show every change of state and health as it comes, after one line with all states')
      .argument('[name]', 'only of this process'),
  ).action(
    withPidnap(async ({ client, isJson, terminal }, name: string | undefined) => {
      endOnInterrupt();
      const { formatEvent } = await import('../output/event-line.ts');
      const events = await client.events(name === undefined ? {} : { name });
      for await (const event of events)
        console.log(isJson ? JSON.stringify(event) : formatEvent(event, terminal));
      throw streamEnded();
    }),
  );
}
