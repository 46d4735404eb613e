#!/bin/sh
# The supervised program where there is no C compiler: what child.c does, less precisely. A time of 0 says that the
# harness should take the time at which the line arrives.
fifo=$1 name=$2 mode=$3 argument=$4 marker=$5
line='a line of a program that has much to say, one hundred bytes with its end, xxxxxxxxxxxxxxxxxxxxxxxxx'

wait_for_ever() {
  while :; do
    sleep 100000 &
    sleeper=$!
    wait "$sleeper"
    kill "$sleeper" 2>/dev/null
  done
}

case $mode in
slow-stop) trap 'kill "$sleeper"; sleep "$(awk "BEGIN { print $argument / 1000 }")"; exit 0' TERM ;;
flood-on-signal) trap 'kill "$sleeper"; exec yes "$line"' USR1 ;;
esac

echo "$name $$ 0" >"$fifo"

case $mode in
exit) exit 0 ;;
flood)
  yes "$line" | head -c $((argument / 100 * 100))
  echo "$marker"
  exec sleep 100000
  ;;
slow-stop | flood-on-signal) wait_for_ever ;;
*) exec sleep 100000 ;;
esac
