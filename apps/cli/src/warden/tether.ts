// Loaded into the control plane's process with --import: ends it, and workerd with it, when the pipe at its stdin
// closes. The pipe belongs to the warden, so this also happens when the warden is killed outright.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
// The pipe alone is no reason to keep running.
if ('unref' in process.stdin) process.stdin.unref();
