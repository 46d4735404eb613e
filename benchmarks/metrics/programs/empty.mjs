// A Node process that does nothing, for as long as its stdin is open.
process.stdin.resume();
