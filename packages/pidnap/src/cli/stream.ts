import { CliFailure, EXIT } from './failure.ts';

/** For commands that go on until somebody has seen enough: Ctrl-C is their normal end. */
export function endOnInterrupt(): void {
  process.once('SIGINT', () => process.exit(EXIT.ok));
}

/** What is to follow came to its end by itself. */
export function streamEnded(): CliFailure {
  return new CliFailure(
    EXIT.notRunning,
    'nothing follows: pidnap ended, or no process is left that was followed',
  );
}

/** Whoever reads the output may stop reading (`| head`): that is no failure, and nothing is left to do. */
export function endWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}
