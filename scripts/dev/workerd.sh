#!/bin/sh
# Runs workerd ($FETTLE_WORKERD) so that it ends with the process that started it, even when that one is killed outright:
# an orphan would go on running alarms on the same storage as its successor. See scripts/dev/prepare.ts.
if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL "$FETTLE_WORKERD" "$@"
fi

# No setpriv with that option (macOS, Alpine): a watcher beside it looks once a second.
parent=$PPID
(
  while kill -0 "$parent" 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done
  kill -9 $$ 2>/dev/null
) </dev/null >/dev/null 2>&1 3>&- &
exec "$FETTLE_WORKERD" "$@"
