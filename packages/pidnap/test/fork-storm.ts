import { spawnSync } from 'node:child_process';
import { readProcessRow } from '../src/shell/process-table.ts';

/** Whether there is a perl to run the storm. */
export const hasPerl = spawnSync('perl', ['-v']).status === 0;
if (!hasPerl) console.warn('SKIPPED: perl is not installed, trees that fork all the time are not tested');

/**
 * Whether a storm may be let loose: there is a perl, and somebody reaps orphans. In a container whose process 1 is npm
 * nobody does; every generation would stay a zombie and fill the table of the whole machine.
 */
export const canStorm = hasPerl && orphansAreReaped();
if (hasPerl && !canStorm)
  console.warn('SKIPPED: nobody reaps orphans here, trees that fork all the time are not tested');

function orphansAreReaped(): boolean {
  const orphan = spawnSync('sh', ['-c', 'sleep 0.01 > /dev/null 2>&1 & echo $!'], { encoding: 'utf8' });
  // Some inits look only every few seconds; a zombie that nobody reaps stays for ever.
  for (let round = 0; round < 20; round++) {
    if (readProcessRow(Number(orphan.stdout)) === null) return true;
    spawnSync('sleep', ['0.5']);
  }
  return false;
}

/**
 * A program for `perl -e` that is hard to catch: four chains in which every process forks the next one, in a session of
 * its own, and ends. Writes a pid into the file it is given once they are under way. Ends by itself after 30 s or 20,000
 * generations.
 */
export const FORK_STORM = `
  use POSIX ();
  $SIG{CHLD} = 'IGNORE';
  my $until = time + 30;
  for (1 .. 4) {
    next if fork;
    for my $generation (1 .. 20000) {
      exit if time > $until;
      if (fork) { POSIX::_exit(0) }
      POSIX::setsid();
      if ($generation == 100) { open my $file, '>', $ARGV[0]; print $file $$; close $file }
    }
    exit;
  }
  sleep 1000;`;
