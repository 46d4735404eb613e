const FORWARDED = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'WINCH'];

/**
 * A small init for process 1, in the language of every POSIX shell (dash, bash, busybox): starts its arguments as a child,
 * forwards signals to it, reaps every orphan, and ends with the child's exit code (128 + the signal that killed it).
 *
 * `wait` reaps whatever ends, also processes that the kernel handed over; a forwarded signal interrupts it. An
 * interrupted `wait` does not tell the code of the child, so it is asked again until no signal came in between; 127 is
 * its answer for a child that it told of already. A signal from before the child is there is kept until it is.
 * Standard input is given back by name: a shell takes it away from what it starts in the background.
 */
export const SHELL_INIT = `
child= early=
forward() { signalled=1; if [ -n "$child" ]; then kill -s "$1" "$child" 2>/dev/null; else early="$early $1"; fi; }
${FORWARDED.map((signal) => `trap 'forward ${signal}' ${signal}`).join('\n')}
exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
for signal in $early; do kill -s "$signal" "$child" 2>/dev/null; done
code=127
while :; do
  signalled=
  wait "$child"
  last=$?
  [ "$last" -eq 127 ] || code=$last
  [ -n "$signalled" ] || exit "$code"
done
`.trim();
