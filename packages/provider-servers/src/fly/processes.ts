/** The processes of a machine, as a shell inside it can tell. Pure. */

/**
 * Where machines are plain processes of one computer, all of its processes are seen: a machine's own carry the mark that
 * the shell itself carries.
 */
const SCRIPT = [
  'for dir in /proc/[0-9]*; do',
  '  pid=${dir#/proc/}',
  '  if [ -n "$FETTLE_MACHINE_ID" ]; then',
  '    tr "\\0" "\\n" < "$dir/environ" 2>/dev/null | grep -qx "FETTLE_MACHINE_ID=$FETTLE_MACHINE_ID" || continue',
  '  fi',
  '  read -r _ pages _ < "$dir/statm" 2>/dev/null || continue',
  '  printf "%s\\t%s\\t%s\\t" "$pid" "$pages" "$(readlink "$dir/cwd" 2>/dev/null)"',
  '  tr "\\0\\n\\t" "   " < "$dir/cmdline" 2>/dev/null; echo',
  'done',
].join('\n');

const PAGE_BYTES = 4096;

/** The command that prints them, and how its output is read: `ProcessStat` for each. */
export const processes = {
  command: ['/bin/sh', '-c', SCRIPT],
  read: (output: string) =>
    output.split('\n').flatMap((line) => {
      const [pid, pages, directory, command] = line.split('\t');
      if (pid === undefined || pages === undefined || command === undefined) return [];
      return [
        {
          pid: Number(pid),
          rss: Number(pages) * PAGE_BYTES,
          directory: directory ?? '',
          command: command.trim(),
        },
      ];
    }),
};
