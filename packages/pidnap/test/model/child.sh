#!/bin/sh
# A child of the model test: child.sh <folder> <behaviour>. It proves by itself that no other tree of the same process
# is alive (a lock that its own children inherit), writes down every run, and ends when it is told to through a pipe.
folder=$1
behaviour=$2
name=$PIDNAP_PROCESS
run=$PIDNAP_RUN
# Taken by the test: a shell that handles it does not end by it.
trap : USR1
[ "$behaviour" = stubborn ] && trap '' TERM

exec 9>>"$folder/$name.lock"
flock -n 9 || echo "$name: run $run (pid $$) began while $(cat "$folder/$name.holder") was alive" >>"$folder/violations"
echo "run $run (pid $$)" >"$folder/$name.holder"
exec 3<>"$folder/$name.orders"
echo yes >"$folder/$name.well"
echo "up: run $run pid $$"
echo "leader $name $run $$" >>"$folder/ledger"

case $behaviour in
  quick0) exit 0 ;;
  quick1) exit 1 ;;
esac

while :; do
  # An order for a run that is gone is nobody's.
  read -r order pid <&3 || continue
  [ "$pid" = $$ ] || continue
  case $order in
    exit0) exit 0 ;;
    exit1) exit 1 ;;
    sick) : >"$folder/$name.well" ;;
    # Two forks and a session of its own; the lock stays open, so that the next run would notice it.
    daemonize)
      (setsid sh -c 'echo "kid $0 $1 $$" >>"$2/ledger"; exec sleep 1000' "$name" "$run" "$folder" 3<&- &)
      exit 1
      ;;
    fork) (setsid sh -c 'echo "kid $0 $1 $$" >>"$2/ledger"; exec sleep 1000' "$name" "$run" "$folder" 3<&- &) ;;
    fork-stubborn)
      (setsid sh -c 'trap "" TERM; echo "kid $0 $1 $$" >>"$2/ledger"; exec sleep 1000' "$name" "$run" "$folder" 3<&- &)
      ;;
  esac
done
